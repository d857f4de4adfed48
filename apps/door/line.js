// The line to the screens: that something is said on it, that something is heard, and that it is cut, is told at once.
(() => {
  const tell = (what) => document.dispatchEvent(new CustomEvent(what));
  const known = new WeakSet(), send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (message) {
    if (!known.has(this)) {
      known.add(this);
      this.addEventListener('message', () => tell('tk-heard'));
      this.addEventListener('close', () => tell('tk-cut'));
    }
    tell('tk-said');
    return send.call(this, message);
  };

  // Streamlit shuts every box while the line is cut, and the box in use loses the keys: it gets them back
  let used = null, cut = false;
  document.addEventListener('focusin', ({target}) => { used = target; });
  document.addEventListener('focusout', ({target}) => { if (!target.disabled && !cut) used = null; });
  document.addEventListener('pointerdown', ({target}) => { if (cut && target !== used) used = null; }, true);
  document.addEventListener('tk-cut', () => { cut = true; });
  document.addEventListener('tk-heard', () => {
    if (!cut) return;
    cut = false;
    let tries = 0;
    const enter = () => {
      if (!used?.isConnected || document.activeElement !== document.body || ++tries > 50) return;
      if (used.disabled) return void setTimeout(enter, 100);
      used.focus({preventScroll: true});
      tell('tk-entered');
    };
    enter();
  });
})();
