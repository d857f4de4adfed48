// Whoever has asked for another page can no longer fill in the one that still stands: the server lets go of its boxes,
// and what they would say goes to nobody.
(() => {
  const LONGEST = 10000, EVERY = 20;  // ms
  const keyed = '[class*="st-key-"]', cells = '#portal';
  let stale = null, since = 0, began = false, rests = 0;
  const atRest = () => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning';
  const look = () => {
    began ||= !atRest();
    rests = atRest() ? rests + 1 : 0;
    if ((began && rests > 5) || Date.now() - since > LONGEST) stale = null;
    else setTimeout(look, EVERY);
  };
  const leave = () => {
    const looks = stale;
    // a box of the next page may be drawn with what this one was drawn with: it goes by another name
    stale = new Map([...document.querySelectorAll(`[data-testid="stMain"] ${keyed}`)].map((at) => [at, at.className]));
    [since, began, rests] = [Date.now(), false, 0];
    if (!looks) setTimeout(look, EVERY);
  };
  const shut = (event) => {
    const {target, isTrusted, key} = event;
    if (!stale || !isTrusted || !target.closest || target.closest('a[href]')) return;
    if (key && key.length > 1 && !['Enter', 'Backspace', 'Delete'].includes(key)) return;
    const at = target.closest(keyed);
    if (!target.closest(cells) && !(at && stale.get(at) === at.className)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  for (const kind of ['keydown', 'beforeinput', 'paste', 'pointerdown', 'mousedown', 'click'])
    addEventListener(kind, shut, true);
  addEventListener('popstate', leave, true);
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    if (!link || link.origin !== location.origin || link.target === '_blank' || link.download) return;
    if (link.getAttribute('href').startsWith('#') || /^\/(sign|download|second-factor)/.test(link.pathname)) return;
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    leave();
  }, true);
})();
