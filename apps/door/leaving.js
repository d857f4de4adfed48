// Whoever has asked for another page can no longer fill in the one that still stands: the server lets go of its boxes,
// and what they would say goes to nobody.
(() => {
  const EVERY = 20, NOWHERE = 500;  // ms; after which a link that started nothing may lead nowhere
  const keyed = '[class*="st-key-"]', pages = ':is([data-testid="stMain"], [role="dialog"])', cells = '#portal';
  let stale = null, boxes = [], since = 0, began = false, rests = 0, asked = false;
  const atRest = () => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning';
  const stands = () => {
    stale = null;
    for (const box of boxes) box.readOnly = false;
    boxes = [];
  };
  const look = () => {
    if (!stale) return;
    began ||= !atRest();
    rests = atRest() ? rests + 1 : 0;
    if (began && rests > 5) return stands();
    if (!began && !asked && Date.now() - since > NOWHERE) {  // a server that answers this and starts nothing stays here
      asked = true;
      fetch('/health', {cache: 'no-store'}).then(
        () => setTimeout(() => { if (!began) stands(); }, NOWHERE), () => { asked = false; });
    }
    setTimeout(look, EVERY);
  };
  const leave = () => {
    const looks = stale;
    // a box of the next page may be drawn with what this one was drawn with: it goes by another name
    stale = new Map([...document.querySelectorAll(`${pages} ${keyed}`)].map((at) => [at, at.className]));
    const open = [...document.querySelectorAll(`${pages} ${keyed} :is(input, textarea)`)].filter((box) => !box.readOnly);
    for (const box of open) box.readOnly = true;  // what an input method composes cannot be stopped otherwise
    boxes.push(...open);
    [since, began, rests, asked] = [Date.now(), false, 0, false];
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
  // a link that is meant for another tab or window goes there, and these screens stay: Streamlit would take them there
  addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    if (link?.origin === location.origin && (event.ctrlKey || event.metaKey || event.shiftKey))
      event.stopImmediatePropagation();
  }, true);
  addEventListener('popstate', leave, true);
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    if (!link || link.origin !== location.origin || link.target === '_blank' || link.download) return;
    if (link.getAttribute('href').startsWith('#') || /^\/(sign|download|second-factor)/.test(link.pathname)) return;
    if (!event.button && !event.altKey) leave();
  }, true);
})();
