// How a page answers the hand: the way to an answer, keys, what stays in its place, tables wider than theirs.
(() => {
  // Streamlit tells the page around it how each run goes. There is none, so that it tells itself, and looks each message
  // over for where it comes from, which takes longer than all the rest of it.
  addEventListener('message', (event) => {
    if (event.source === window && event.data?.stCommVersion) event.stopImmediatePropagation();
  }, true);

  // from what is said of an answer to the answer: by a link, or at once when a save was refused for it
  const jump = (name, boxes = ':is(input, textarea, [role=radio], button, canvas)') => {
    const at = document.querySelector(`.st-key-${CSS.escape(name)}`);
    if (!at) return false;
    at.scrollIntoView({block: 'center'});
    const box = at.querySelector(`${boxes}:not(:disabled)`);
    if (box) box.focus({preventScroll: true});
    return Boolean(box);
  };
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href*="#at-"]');
    if (!link || link.origin !== location.origin || !link.hash.startsWith('#at-')) return;
    event.preventDefault();
    event.stopPropagation();
    jump(link.hash.slice(1));
  }, true);
  document.addEventListener('animationstart', (event) => {
    if (event.animationName !== 'tk-first') return;
    // the browser may fetch what draws the box first: the cursor waits for it, a second at most, then a button will do
    const name = event.target.dataset.at;
    let tries = 0, loading = 0;
    const search = setInterval(() => {
      // a box that is still being loaded is waited for: the cursor belongs into it, not on the button below
      if (document.querySelector(`.st-key-${CSS.escape(name)} [data-testid="stSkeleton"]`) && ++loading < 50) return;
      if (jump(name, ++tries > 10 ? undefined : ':is(input, textarea, [role=radio], canvas)') || tries > 20)
        clearInterval(search);
    }, 100);
  });

  // Tab goes from answer to answer. What there is to say about one is opened by F2 in its box, or by its sign, where
  // Tab stops only if the box takes nothing: there is no other way to it then.
  const rows = '[class*="st-key-at-"]', sign = '[data-about]';
  const beside = '.tk-sign';  // a calculated value is its own sign: Tab stops there
  const takes = ':is(input, textarea, [data-testid="stButtonGroup"] button):not(:disabled)';
  const signs = () => {
    for (const one of document.querySelectorAll(beside)) {
      const box = one.closest(rows)?.querySelector(takes);
      one.tabIndex = box ? -1 : 0;
      box?.setAttribute('aria-keyshortcuts', 'F2');
    }
  };
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Tab') return signs();
    if (event.key !== 'F2' || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const row = event.target.closest?.(rows), one = row?.querySelector(sign);
    const way = one || row?.querySelector('[class*="st-key-about-row"] button');  // or that of a table's rows
    if (!way) return;
    event.preventDefault();
    way.focus();
    way.click();
  }, true);
  document.addEventListener('mouseover', (event) => {
    const one = event.target.closest?.(`${sign}, .board a[aria-label]`);
    if (one) one.title = one.getAttribute('aria-label') ?? one.textContent.split('\u2003').pop() + ' (F2)';
  });
  // A sign that is pressed is written into the unseen box of its form, whose text is sent by Enter (apps/form/about.py).
  // An answer may draw it anew between the press and its end, and while it has the focus: it counts by its name.
  const named = (one) => one?.dataset && one.dataset.about && `${one.dataset.form} ${one.dataset.about}`;
  const press = (one) => {
    const {about, form} = one.dataset, at = document.querySelector(`.st-key-tk-about-${CSS.escape(form)} input`);
    if (!at) return;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(at, `${about} ${Date.now()}`);
    at.dispatchEvent(new Event('input', {bubbles: true}));
    setTimeout(() => at.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true})));
  };
  let down = null;
  document.addEventListener('pointerdown', ({target}) => { down = target.closest?.(sign) ?? null; }, true);
  document.addEventListener('pointerup', ({target}) => {
    const one = target.closest?.(sign);
    if (one && down && one !== down && named(one) === named(down)) press(one);  // no click comes of it
  }, true);
  document.addEventListener('click', ({target}) => {
    const one = target.closest?.(sign);
    if (one) press(one);
  });
  let focused = null;
  document.addEventListener('focusin', ({target}) => { focused = target.closest?.(sign) ?? null; });
  new MutationObserver(() => {
    if (!focused || focused.isConnected) return;
    const again = [...document.querySelectorAll(sign)].find((one) => named(one) === named(focused));
    if (again && document.activeElement === document.body) again.focus({preventScroll: true});
    if (again || document.activeElement !== document.body) focused = null;
  }).observe(document, {childList: true, subtree: true});

  // What comes and goes above the box that is being filled in moves the page under it and not the box.
  let stood = null, floor = null;
  const depth = ({at, main}) => at.getBoundingClientRect().top + main.scrollTop;  // in the page, however it is scrolled
  const stand = () => {
    const at = document.activeElement?.closest?.(`${rows} :is(input, textarea, button)`);
    const main = at?.closest('[data-testid="stMain"]');
    if (stood) stood.main.style.overflowAnchor = '';
    stood = main && {at, main, top: depth({at, main})};
    if (stood) main.style.overflowAnchor = 'none';  // the browser holds on to something else, or to nothing
  };
  const steady = new ResizeObserver(() => {
    if (!stood?.at.isConnected || stood.at !== document.activeElement) return stand();
    const moved = depth(stood) - stood.top;
    if (moved) stood.main.scrollBy({top: moved, behavior: 'instant'});
    stood.top += moved;
  });
  document.addEventListener('focusin', () => {
    const now = document.querySelector('.stMainBlockContainer');
    if (now !== floor) {
      steady.disconnect();
      if (floor = now) steady.observe(now);
    }
    stand();
  });

  // a table that is wider than its place says that there is more of it to the right
  const scrolls = '.dvn-scroller, .tk>.wide:only-child';
  const wider = (one) => one.closest('[data-testid="stDataFrame"], .tk')?.classList.toggle('tk-more',
    one.scrollWidth - one.clientWidth - one.scrollLeft > 8);
  document.addEventListener('scroll', ({target}) => { if (target.matches?.(scrolls)) wider(target); }, true);
  setInterval(() => document.querySelectorAll(scrolls).forEach(wider), 1000);
})();
