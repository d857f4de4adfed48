// What is typed into the cells of a table, key by key, whatever the table is busy with.
(() => {
  const PATIENCE = 1500, SENT = 400;  // ms: the longest a key waits; what a table takes to hand its cells over
  const table = '[class*="st-key-at-"] [data-testid="stDataFrame"]', within = '#portal :is(textarea, input)';
  const box = () => document.querySelector(within);
  const say = (name) => document.dispatchEvent(new CustomEvent(name));

  // A cell opens its box some time after the key that makes it do so, and shuts it some time after Tab: meanwhile a key
  // would reach the cell that was, and take the place of what is in it. And if Tab comes before the box is done with the
  // key before it, the box shuts as if by Escape. Keys wait here until the table is done, in order.
  const keys = [];
  let waits = null, timer = null;  // until then: gives whether the table is done
  const begin = (at, key, shift) => {
    const late = Date.now() + PATIENCE, into = at.closest('#portal');
    const shuts = into && (['Tab', 'Escape'].includes(key) || (key === 'Enter' && !shift));
    if (shuts) {
      if (key !== 'Escape' && at.getAttribute('role') === 'combobox' && at.value && !into.querySelector('[role=option]')) unknown(at.value);
      waits = () => !at.isConnected || Date.now() > late;
      handedOver(at, key);
    } else if (into) {
      let done = false;
      setTimeout(() => { done = true; }, 5);  // after the box's own, which it set for at once
      waits = () => done;
    } else if (at.closest(table) && (key === 'Enter' || (key.length === 1 && key !== ' ')))
      waits = () => (box() && document.activeElement === box()) || Date.now() > late;
    if (waits) timer ??= setTimeout(go);
  };
  const go = () => {
    timer = null;
    if (!waits()) return void (timer = setTimeout(go, 4));
    waits = null;
    if (!keys.length) return;
    waits = () => true;  // what a key does is drawn before the next one comes
    timer = setTimeout(go);
    feed(...keys.shift());
  };
  const feed = (key, shift) => {
    const into = box(), edit = key.length === 1 ? ['insertText', key] : {Backspace: ['delete'], Delete: ['forwardDelete']}[key];
    if (into && into === document.activeElement && edit) return void document.execCommand(edit[0], false, edit[1]);
    const at = into ?? document.activeElement, keyCode = {Tab: 9, Enter: 13, Escape: 27}[key] ?? 0;
    at.dispatchEvent(new KeyboardEvent('keydown', {key, keyCode, shiftKey: shift, bubbles: true, cancelable: true}));
    begin(at, key, shift);
  };
  addEventListener('keydown', (event) => {
    const {key, shiftKey, target} = event;
    if (!event.isTrusted || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !target.closest) return;
    if (!waits) return begin(target, key, shiftKey);
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!['Shift', 'CapsLock'].includes(key)) keys.push([key, shiftKey]);
  }, true);

  // A list takes none but its choices, and drops what else was typed without a word.
  const note = document.createElement('div');
  note.setAttribute('role', 'alert');
  note.style.cssText = 'position:fixed;z-index:1000002;left:50%;bottom:16px;transform:translateX(-50%);padding:10px 16px;' +
    'background:#fff4d6;border:2px solid #b98900;border-radius:8px;color:#1b2733;font:16px system-ui;display:none';
  let until = 0;
  const unknown = (text) => {
    note.textContent = `“${text}” is none of the choices of this cell and was not taken. Enter opens its list.`;
    note.style.display = 'block';
    clearTimeout(until);
    until = setTimeout(() => { note.style.display = 'none'; }, 8000);
  };
  document.addEventListener('DOMContentLoaded', () => document.body.append(note));

  // Whoever leaves the page with a cell open, or right after, takes it away from under the answer: the cell is shut, and
  // the way to the next page waits for it (watch.js) as it does for a box.
  let typed = null, sent = 0, gone = false;
  const handedOver = (at, key) => {
    if (typed !== at || key === 'Escape') return;
    [typed, sent] = [null, Date.now()];
    say('tk-sent');
  };
  const shut = () => {
    const at = box();
    if (!at || typed !== at) return;
    at.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 13, bubbles: true, cancelable: true}));
    handedOver(at);
  };
  document.addEventListener('input', ({target}) => { if (target.matches(within)) typed = target; }, true);
  document.addEventListener('pointerdown', ({target}) => {
    if (typed?.isConnected && !target.closest?.('#portal')) handedOver(typed);  // it is shut by this
  }, true);
  document.addEventListener('tk-leaving', shut);
  document.addEventListener('tk-arrived', () => { sent = 0; });
  document.addEventListener('tk-gone', () => { gone = true; });
  addEventListener('beforeunload', (event) => {
    if (gone || !(typed?.isConnected || Date.now() - sent < SENT)) return;
    shut();
    event.preventDefault();
  });
})();
