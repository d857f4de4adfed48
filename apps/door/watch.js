// Knows when the session ends, says so before, and sees to it that nothing typed is lost.
(() => {
  const EVERY = 5000, PAUSE = 4000, KEPT = 'trialkit.typed';
  let ends = Infinity, warn = 0, canStay = true, who = '', session = '', timer = 0, asked = 0, told = 0, going = false;
  let box = null, lost = false, cut = false, answered = true, out = false, good = 0;

  const make = (kind, style) => { const made = document.createElement(kind); made.style.cssText = style; return made; };
  const bar = make('div', 'position:fixed;z-index:1000001;left:0;right:0;top:0;padding:10px 16px;background:#fff4d6;' +
    'border-bottom:2px solid #b98900;color:#1b2733;font:16px system-ui;display:none');
  const words = make('span', '');
  words.setAttribute('role', 'alert');
  const clock = make('span', 'font-variant-numeric:tabular-nums');
  clock.setAttribute('role', 'timer');
  const stay = make('button', 'margin-left:16px;font:inherit;padding:4px 12px');
  stay.textContent = 'Stay signed in';
  stay.onmousedown = (event) => event.preventDefault();  // the box that is being filled in stays in focus
  stay.onclick = () => look('/stay', 'POST');
  bar.append(words, ' ', clock, stay);
  const show = (sentence, left, button) => {
    if (words.textContent !== sentence) words.textContent = sentence;
    clock.textContent = left;
    stay.hidden = !button;
    bar.style.display = sentence ? 'block' : 'none';
  };

  // the address of a page, however it is written: the first of its kind need not say so
  const address = () => {
    const asked = new URLSearchParams(location.search);
    for (const name of ['event_repeat', 'form_repeat']) if (asked.get(name) === '1') asked.delete(name);
    asked.sort();
    return `${location.pathname}?${asked}`;
  };
  // A box of text hands over what is in it when it is left. So that nobody has to leave it, it is left and entered again
  // by us once the typing pauses: what was typed lies on the desk before anything can happen to it.
  const texts = (at) => at && at.matches && at.matches('.stTextInput input, .stTextArea textarea') &&
    !at.closest('[class*="st-key-tk-about-"]');  // which nobody types in
  const whole = (at) => at.closest?.('[data-testid="stForm"]');  // sent as a whole, by its button
  const handOver = () => {
    const at = document.activeElement;
    if (!texts(at) || at !== box) return;
    const [from, to] = [at.selectionStart, at.selectionEnd];
    at.blur();
    at.focus({preventScroll: true});
    at.setSelectionRange(from, to);
    box = null;
  };
  document.addEventListener('input', (event) => {
    if (!texts(event.target)) return;
    box = event.target;
    const [label, here] = [box.getAttribute('aria-label'), address()];
    // an answer is known by its question, a box of a form that is sent as a whole by its own name
    const own = whole(box) && box.closest('[data-testid="stElementContainer"]')?.className.match(/st-key-[\w-]+/)?.[0];
    const anchor = own || box.closest('[class*="st-key-at-"]')?.className.match(/st-key-at-[\w-]+/)?.[0];
    const number = named(label, anchor).indexOf(box);
    const now = {text: box.value, at: Date.now(), left: false, box};
    const one = {who, here, label, number, anchor, ...now};
    typed.set(keyOf(one), one);
    keep();
    clearTimeout(timer);
    timer = setTimeout(handOver, PAUSE);
  }, true);
  // What was typed and is perhaps not with the server: by the box. The server surely has what was handed over a good
  // while before a question that it answered, while the line to the screens was open and all that was said on it had been
  // answered there. A box of a form that is sent as a whole is handed over only then.
  const keyOf = ({here, label, number}) => `${here} ${label} ${number}`;
  const typed = new Map(), earlier = JSON.parse(sessionStorage.getItem(KEPT) || '[]');
  const named = (label, anchor) => [...document.querySelectorAll(
    `${anchor ? `.${anchor} ` : ''}[aria-label=${JSON.stringify(label)}]:is(input, textarea)`)];
  const atRest = () => {
    const app = !cut && document.querySelector('[data-testid="stApp"]');
    return app && app.dataset.testConnectionState === 'CONNECTED' && app.dataset.testScriptState === 'notRunning';
  };
  const stands = ({box, text}) => box.isConnected && box.value === text;
  const waits = (one) => stands(one) && whole(one.box);
  // a box that the server took away or emptied was answered by it, so its words need not be kept as long
  const since = (one) => one.at + (stands(one) ? 2 * PAUSE : 1500);
  const arrived = (asked) => {
    for (const [key, one] of typed) if (one.left && since(one) < asked && !waits(one)) typed.delete(key);
    keep();
    taps.arrived(asked);
  };
  const left = (event) => {
    if (whole(event.target) || event.target.disabled) return;  // that it was shut under the hand hands nothing over
    for (const one of typed.values()) if (one.box === event.target) one.left = true;
    if (texts(event.target)) sent();
  };
  // who empties a box says so: one that is empty and whose words are known was emptied from under them
  const goneFrom = ({box, text}) => !box.isConnected || (whole(box) && text && !box.value);
  const handedIn = (form) => {
    for (const one of typed.values()) if (form && form === whole(one.box)) one.left = true;
  };
  const sent = () => {
    [handed, began, rests] = [Date.now(), false, 0];
    soon();
  };
  document.addEventListener('tk-sent', sent);  // a cell of a table was left
  // Who goes to another page with a click out of a box takes the screens away from under the answer: the click waits
  // until it is with the server. An answer may have to wait for the one before: rest is what lasts a while.
  let handed = 0, began = false, rests = 0, wanted = null, next = 0;
  const soon = () => {
    clearTimeout(next);
    next = setTimeout(onItsWay, 50);
  };
  const onItsWay = () => {
    if (!handed) return;
    if (cut) return void soon([handed, began, rests] = [Date.now(), false, 0]);
    const since = Date.now() - handed;
    began = began || !atRest();
    rests = atRest() && answered ? rests + 1 : 0;
    const there = began && rests > 4;
    if (!there && !lost && since < (began ? 2 * PAUSE : 1500)) return void soon();
    const goOn = wanted;
    if (goOn && !there) doubted();
    [handed, wanted] = [0, null];
    if (there) document.dispatchEvent(new CustomEvent('tk-arrived'));
    if (goOn) goOn();
  };
  // The page is left, and perhaps the answer did not get there: its box is looked at again when the page is. Nowhere else:
  // a box that is made anew on the same page may show another answer, which was chosen instead.
  const doubted = () => {
    for (const one of typed.values()) if (one.left && one.at + 2 * PAUSE > handed) one.left = false;
  };
  // Back and Forward wait as well: asked for before the answer, or while the server takes it, the page that was left could
  // be drawn again over the one that was asked for.
  addEventListener('popstate', (event) => {
    if (event.waited) return;
    wanted = null;
    if (box && box === document.activeElement) box.blur();  // with its page it would go without a word of what is in it
    document.dispatchEvent(new CustomEvent('tk-leaving'));
    if (!handed) return;
    event.stopImmediatePropagation();
    const again = Object.assign(new PopStateEvent('popstate', {state: event.state}), {waited: true});
    const place = location.href;
    wanted = () => {
      if (location.href !== place) history.replaceState(event.state, '', place);  // what ran meanwhile put its own there
      dispatchEvent(again);
    };
  }, true);
  document.addEventListener('click', (event) => {
    const link = event.target.closest && event.target.closest('a[href]');
    if (!handed || !link || link.origin !== location.origin || link.getAttribute('href').startsWith('#')) return;
    if (link.target === '_blank' && !/^\/(sign|second-factor)/.test(link.pathname)) return;  // the screens stay
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const same = `a[href=${JSON.stringify(link.getAttribute('href'))}]`;
    wanted = () => {
      const drawn = link.isConnected ? link : document.querySelector(same);
      if (drawn) drawn.click();
      else location.assign(link.href);
    };
  }, true);
  document.addEventListener('change', left, true);
  // a box that was entered again by a script is left without a change
  document.addEventListener('focusout', (event) => {
    if (event.target !== box || box.disabled) return;
    left(event);
    box = null;
  }, true);
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    left(event);
    if (event.target.matches?.('input') || event.ctrlKey || event.metaKey) handedIn(whole(event.target));
  }, true);
  document.addEventListener('click', ({target}) => {
    const button = target.closest?.('[data-testid="stFormSubmitButton"]');
    if (button) handedIn(whole(button));
  }, true);
  document.addEventListener('tk-tapped', (event) => {
    if (lost || cut) return event.preventDefault();
    if (event.detail !== 'Discard changes') return;
    const here = address();  // what was thrown away on purpose does not come back into its box
    for (const [key, one] of typed) if (one.here === here) typed.delete(key);
    keep();
  });
  // A line can be dead for long before it is cut. Streamlit says it all again on the next (apps/screens.py), but for taps.
  document.addEventListener('tk-said', () => { answered = false; });
  document.addEventListener('tk-cut', () => {
    cut = true;
    sent();  // who goes on when the line is back waits until what was in the boxes is said again
    look();
  });
  document.addEventListener('tk-heard', () => {
    answered = true;
    if (!cut) return;
    cut = lost = false;
    if (!box?.isConnected || box.disabled || box === document.activeElement) return;
    const at = document.activeElement;  // who went elsewhere meanwhile left it while it was shut
    box.focus({preventScroll: true});
    handOver();
    at?.focus({preventScroll: true});
  });
  document.addEventListener('tk-entered', handOver);  // the box in use has its keys again
  const keep = () => {
    if (!typed.size) return sessionStorage.removeItem(KEPT);
    sessionStorage.setItem(KEPT, JSON.stringify([...typed.values()].map(({box, ...one}) => one)));
  };
  // who closes the window on a box that is not left yet is asked, and meanwhile it is handed over
  addEventListener('beforeunload', (event) => {
    if (going || ![...typed.values()].some((one) => !one.left && one.box.isConnected && !whole(one.box))) return;
    handOver();
    event.preventDefault();
  });
  document.addEventListener('visibilitychange', () => { if (document.hidden) handOver(); else look(); });

  // Whoever types is there, though no message says so yet.
  for (const kind of ['keydown', 'pointerdown'])
    document.addEventListener(kind, (event) => {
      if (event.isTrusted && canStay && !bar.contains(event.target) && Date.now() - told > EVERY) {
        told = Date.now();
        look('/stay', 'POST');
      }
    }, true);

  const leave = (place = '/sign-in?ended=1&next=' + encodeURIComponent(location.pathname + location.search)) => {
    if (going || out) return;
    going = true;
    document.dispatchEvent(new CustomEvent('tk-gone'));
    // what was typed while nobody took it comes back after the sign-in, to the same person at the same place
    taps.keep();
    location.href = place;
  };
  const look = async (path = '/left', method = 'GET') => {
    const began = asked = Date.now(), rested = atRest();
    let answer;
    try { answer = await fetch(path, {method, cache: 'no-store', signal: AbortSignal.timeout(8000)}); } catch (gone) {
      lost ||= began > good;  // a later question may have been answered
      return;
    }
    if (answer.status === 401) return leave();
    if (!answer.ok) return;
    [lost, good] = [false, Math.max(good, began)];
    const said = await answer.json();
    // somebody signed in beside this page: it is theirs now, and nothing that was drawn for the one before stays in it
    if (session && session !== said.session) return leave(who === said.who ? location.href : '/');
    session = said.session;
    if (rested && atRest() && answered) arrived(began);
    [ends, warn, canStay] = [Date.now() + said.seconds * 1000, said.warn * 1000, said.stay];
    if (who !== said.who) {
      who = said.who;
      putBack(earlier);
      for (const one of earlier)
        if (one.who === who && !one.left) typed.set(keyOf(one), {...one, box: {isConnected: false}});
      taps.shownTo(who);
    }
  };
  const putBack = (list) => {
    const here = address();
    const kept = list.filter((one) => one.who === who && one.here === here);
    let tries = 0;
    const next = () => {  // one after the other: entering a box leaves the one before
      const one = kept[0], all = one ? named(one.label, one.anchor) : [];
      const at = one && (all.length > 1 ? all[one.number] : all[0]);
      if (!one || ++tries > 60) return;
      kept.shift();
      if (!at || at.disabled) return void setTimeout(next, 250, kept.push(one));
      if (at.value === one.text) return next();
      const kind = at.tagName === 'INPUT' ? HTMLInputElement : HTMLTextAreaElement;
      at.focus();
      Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(at, one.text);
      at.dispatchEvent(new Event('input', {bubbles: true}));
      setTimeout(() => { handOver(); next(); }, 300);  // once the page has taken notice of it
    };
    next();
  };

  setInterval(() => {
    const rest = ends - Date.now();
    // a page was left in the middle of an answer, and is here again
    const here = address();
    const back = [...typed].filter(([, one]) => one.anchor && one.here === here && !one.left && goneFrom(one) &&
      one.at + PAUSE < Date.now() && atRest() && document.querySelector(`.${one.anchor} :is(input, textarea)`));
    for (const [key] of back) typed.delete(key);
    putBack(back.map(([, one]) => one));
    if (lost || cut) show('The server does not answer. Wait: what you typed is kept. A tap is not taken.', '', false);
    else if (rest > warn) show('', '', false);
    else show(canStay ? 'You will be signed out. Answers you typed are kept.'
      : 'Your sign-in has lasted as long as it may. Answers you typed are kept; sign in again to go on.',
      Math.max(0, Math.ceil(rest / 1000)) + ' s', canStay);
    const gone = [...typed.values()].some((one) => one.left && !stands(one) && since(one) < Date.now());
    if (rest <= 0 || Date.now() - asked > (lost ? EVERY / 5 : EVERY) || (gone && !lost && atRest())) look();
  }, 1000);

  // links to pages of the door stay in this tab; signing out is a post
  document.addEventListener('click', async (event) => {
    const link = event.target.closest && event.target.closest('a[href]');
    if (!link || link.origin !== location.origin) return;
    if (link.hash.startsWith('#at-')) return;
    const plain = !event.defaultPrevented && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (plain && link.closest('.tk') && link.pathname !== location.pathname) {
      // a link in a table of the screens: the next page is drawn without loading everything anew
      event.preventDefault();
      history.pushState({}, '', link.href);
      dispatchEvent(new PopStateEvent('popstate', {state: {}}));
      return;
    }
    if (!/^\/(sign|download|second-factor)/.test(link.pathname)) return;
    event.preventDefault();
    event.stopPropagation();
    if (link.pathname === '/sign-out') {
      out = true;  // not somebody who is sent away
      const gone = await fetch('/sign-out', {method: 'POST', redirect: 'manual'}).catch(() => null);
      if (gone?.type !== 'opaqueredirect' && gone?.status !== 401) {
        out = false;
        lost = true;
        return;
      }
      location.href = '/sign-in';
    } else location.href = link.href;
  }, true);
  // what a form is drawn with is fetched while nobody waits for it; Safari has no requestIdleCallback
  const idle = window.requestIdleCallback || ((later) => setTimeout(later, 200));
  const ahead = (document.currentScript.dataset.ahead || '').split(' ').filter(Boolean);
  addEventListener('load', () => ahead.forEach((part) => idle(() => import(part).catch(() => {}))));
  document.addEventListener('DOMContentLoaded', () => { document.body.append(bar); look(); });
})();
