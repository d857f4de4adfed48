// Whoever has asked for another page can no longer fill in the one that still stands: the server lets go of its boxes,
// and what they would say goes to nobody.
(() => {
  const EVERY = 20, REST = 120, NOWHERE = 500;  // ms; after which a link that started nothing may lead nowhere
  const keyed = '[class*="st-key-"]', pages = ':is([data-testid="stMain"], [role="dialog"])', cells = '#portal';
  let stale = null, boxes = [], timer = 0;
  let going = {};  // the way to the next page: from which number, to itself or not, amid a run or not, and what was seen
  const atRest = () => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning';
  const looks = () => getComputedStyle(document.documentElement).getPropertyValue('--tk-looks');  // apps/look.py
  const stands = () => {
    stale = null;
    clearTimeout(timer);
    for (const box of boxes) box.readOnly = false;
    boxes = [];
  };
  // The next page has another number, and is all there when the run that draws it is at rest: at once, unless that run
  // broke off another, where there is a moment of rest between. Without a new number, by a link to the same page or to
  // nowhere, a run or the server has to say so. Events ask, too: where time is short they come before timers.
  const look = () => {
    if (!stale) return;
    const way = going, now = looks(), rested = Date.now() - way.ran > REST;
    if (!atRest()) Object.assign(way, {ran: Date.now(), began: true});
    else if ((now && now !== way.number && (rested || !way.amid)) || (way.itself && way.began && rested)) stands();
    else if (!way.asked && Date.now() - way.ran > NOWHERE) {
      way.asked = true;
      const again = () => Object.assign(way, {ran: Date.now(), asked: false});
      fetch('/health', {cache: 'no-store'}).then(
        () => setTimeout(() => { if (stale && way === going) atRest() ? stands() : again(); }, NOWHERE), again);
    }
  };
  const wait = () => {
    look();
    if (stale) timer = setTimeout(wait, EVERY);
  };
  const leave = (to) => {
    const amid = Boolean(stale) || !atRest();
    // a box of the next page may be drawn with what this one was drawn with: it goes by another name
    stale = new Map([...document.querySelectorAll(`${pages} ${keyed}`)].map((at) => [at, at.className]));
    const open = [...document.querySelectorAll(`${pages} ${keyed} :is(input, textarea)`)].filter((box) => !box.readOnly);
    for (const box of open) box.readOnly = true;  // what an input method composes cannot be stopped otherwise
    boxes.push(...open);
    going = {number: looks(), itself: to === location.href, amid, ran: Date.now(), began: false, asked: false};
    clearTimeout(timer);
    timer = setTimeout(wait, EVERY);
  };
  const shut = (event) => {
    look();
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
  addEventListener('popstate', () => leave(), true);
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    if (event.defaultPrevented) return;  // watch.js took it, and said so
    if (!link || link.origin !== location.origin || link.target === '_blank' || link.download) return;
    if (link.getAttribute('href').startsWith('#') || /^\/(sign|download|second-factor)/.test(link.pathname)) return;
    if (!event.button && !event.altKey) leave(link.href);
  }, true);
})();
