// Knows when the session ends, says so before, and sees to it that nothing typed is lost.
(() => {
  const EVERY = 5000, PAUSE = 4000, KEPT = 'trialkit.typed';
  let ends = Infinity, warn = 0, canStay = true, who = '', timer = 0, asked = 0, told = 0, going = false;
  let box = null, changed = 0, lost = false;

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

  // A box of text hands over what is in it when it is left. So that nobody has to leave it, it is left and entered again
  // by us once the typing pauses: what was typed lies on the desk before anything can happen to it.
  const texts = (at) => at && at.matches && at.matches('.stTextInput input, .stTextArea textarea');
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
    changed = Date.now();
    const here = location.pathname + location.search;
    last = {who, here, label: box.getAttribute('aria-label'), text: box.value};
    clearTimeout(timer);
    timer = setTimeout(handOver, PAUSE);
  }, true);
  let last = null;
  document.addEventListener('visibilitychange', () => { if (document.hidden) handOver(); else look(); });

  // Whoever types is there, though no message says so yet.
  for (const kind of ['keydown', 'pointerdown'])
    document.addEventListener(kind, (event) => {
      if (event.isTrusted && canStay && !bar.contains(event.target) && Date.now() - told > EVERY) {
        told = Date.now();
        look('/stay', 'POST');
      }
    }, true);

  const leave = () => {
    if (going) return;
    going = true;
    // what was typed while nobody took it comes back after the sign-in, to the same person at the same place
    if (last && (lost || Date.now() - changed < 2 * PAUSE)) sessionStorage.setItem(KEPT, JSON.stringify(last));
    location.href = '/sign-in?ended=1&next=' + encodeURIComponent(location.pathname + location.search);
  };
  const look = async (path = '/left', method = 'GET') => {
    asked = Date.now();
    let answer;
    try { answer = await fetch(path, {method, cache: 'no-store', signal: AbortSignal.timeout(8000)}); } catch (gone) {
      lost = true;
      return;
    }
    if (answer.status === 401) return leave();
    if (!answer.ok) return;
    lost = false;
    const said = await answer.json();
    [ends, warn, canStay] = [Date.now() + said.seconds * 1000, said.warn * 1000, said.stay];
    if (who !== said.who) { who = said.who; putBack(); }
  };
  const putBack = () => {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || 'null');
    sessionStorage.removeItem(KEPT);
    if (!kept || kept.who !== who || kept.here !== location.pathname + location.search) return;
    let tries = 0;
    const search = setInterval(() => {
      const at = document.querySelector(`[aria-label=${JSON.stringify(kept.label)}]:is(input, textarea):enabled`);
      if (++tries > 60 || at) clearInterval(search);
      if (!at || at.value === kept.text) return;
      const kind = at.tagName === 'INPUT' ? HTMLInputElement : HTMLTextAreaElement;
      at.focus();
      Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(at, kept.text);
      at.dispatchEvent(new Event('input', {bubbles: true}));
      setTimeout(handOver, 300);  // once the page has taken notice of it
    }, 250);
  };

  setInterval(() => {
    const left = ends - Date.now();
    if (lost) show('The server does not answer. Wait: what you typed is kept.', '', false);
    else if (left > warn) show('', '', false);
    else show(canStay ? 'You will be signed out. Answers you typed are kept.'
      : 'Your sign-in has lasted as long as it may. Answers you typed are kept; sign in again to go on.',
      Math.max(0, Math.ceil(left / 1000)) + ' s', canStay);
    if (left <= 0 || Date.now() - asked > (lost ? EVERY / 5 : EVERY)) look();
  }, 1000);

  // links to pages of the door stay in this tab; signing out is a post
  document.addEventListener('click', async (event) => {
    const link = event.target.closest && event.target.closest('a[href]');
    if (!link || link.origin !== location.origin) return;
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
      await fetch('/sign-out', {method: 'POST', redirect: 'manual'});
      location.href = '/sign-in';
    } else location.href = link.href;
  }, true);
  // what a form is drawn with is fetched while nobody waits for it; Safari has no requestIdleCallback
  const idle = window.requestIdleCallback || ((later) => setTimeout(later, 200));
  const ahead = (document.currentScript.dataset.ahead || '').split(' ').filter(Boolean);
  addEventListener('load', () => ahead.forEach((part) => idle(() => import(part).catch(() => {}))));
  document.addEventListener('DOMContentLoaded', () => { document.body.append(bar); look(); });
})();
