// What is typed into the cells of a table, key by key, whatever the table is busy with.
(() => {
  const PATIENCE = 3000, SENT = 400;  // ms: the longest a key waits; what a table takes to hand its cells over
  const tables = '[class*="st-key-at-"] [data-testid="stDataFrame"]', around = '#portal .gdg-clip-region';
  const within = `${around} :is(textarea, input)`, box = () => document.querySelector(within);
  const list = (at) => at.getAttribute('role') === 'combobox';
  const several = (at) => at.closest('[data-testid="multi-select-cell"]');  // it stays open and takes one more
  const closes = ({key, shiftKey}) => key === 'Tab' || key === 'Escape' || (key === 'Enter' && !shiftKey);
  const sends = ['Tab', 'Enter', 'Escape', 'Backspace', 'Delete', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'];

  // A cell opens its box some time after the key that makes it do so, and shuts it some time after Tab: meanwhile a key
  // would reach the cell that was, and take the place of what is in it. And if Tab comes before the box is done with the
  // key before it, the box shuts as if by Escape. Such keys wait here until the table is done, in order.
  const keys = [];
  let phase = null, timer = null, last = null;
  const until = (done, soft = false) => {
    const late = Date.now() + PATIENCE;
    phase = {done: () => done() || Date.now() > late, soft};
    timer ??= setTimeout(go);
  };
  const softly = () => {  // what shuts the box comes after what the box itself has set for at once
    let done = false;
    setTimeout(() => { done = true; }, 5);
    until(() => done, true);
  };
  const begin = (at, event) => {
    const {key} = event, open = at.closest(around);
    if (open && closes(event) && !several(at)) {
      const chosen = !event.shiftKey && document.querySelector('#portal [role=option]');
      if (key !== 'Escape' && list(at) && !chosen) unknown(at);
      until(() => !at.isConnected);
      if (key !== 'Escape') handedOver(at);
    } else if (open) {
      softly();
      if (several(at) && key === 'Enter') sent();
    } else if (at.closest(tables) && !at.matches('input') && !box()) {
      if (['Delete', 'Backspace'].includes(key)) sent();
      if (key === 'Enter' || key.length === 1) until(() => opened(key) || !event.defaultPrevented);
    }
  };
  const opened = (key) => {
    const at = box();
    if (!at || !(at.disabled || at === document.activeElement)) return false;
    // the letter that opens the box comes into it without a word
    if (key !== 'Enter' && key !== ' ') at.dispatchEvent(new Event('input', {bubbles: true}));
    return true;
  };
  const go = () => {
    timer = null;
    if (!phase) return;
    if (!phase.done()) return void (timer = setTimeout(go, 4));
    phase = null;
    if (!keys.length) return;
    const now = document.activeElement, at = now === document.body ? last?.querySelector('canvas') : now;
    if (!at?.closest(`${tables}, ${around}`)) return dropped();
    until(() => true);  // what a key does is drawn before the next one comes
    feed(at, ...keys.shift());
  };
  const feed = (at, key, shiftKey) => {
    const edit = key.length === 1 ? ['insertText', key] : {Backspace: ['delete'], Delete: ['forwardDelete']}[key];
    if (edit && at.matches('input, textarea')) return void document.execCommand(edit[0], false, edit[1]);
    const keyCode = {Tab: 9, Enter: 13, Escape: 27}[key] ?? 0;
    const event = new KeyboardEvent('keydown', {key, keyCode, shiftKey, bubbles: true, cancelable: true});
    at.dispatchEvent(event);
    begin(at, event);
  };
  const mac = /Mac|iP(hone|ad)/.test(navigator.platform);
  addEventListener('keydown', (event) => {
    const {key, target, altKey, ctrlKey, metaKey} = event;
    if (!(event instanceof KeyboardEvent) || !event.isTrusted || event.isComposing || event.keyCode === 229) return;
    if (!target.closest) return;
    const open = target.closest(around);
    last = target.closest(tables) ?? last;
    if (metaKey || (ctrlKey !== altKey && !event.getModifierState('AltGraph') && !(mac && altKey)))
      return void (open && !keys.length && (!phase || phase.soft) && softly());
    if (!phase || (phase.soft && !keys.length && open && !closes(event))) return begin(target, event);
    if (target !== document.body && !target.closest(`${tables}, ${around}`)) return;  // another box is typed in by now
    if (key.length > 1 && !sends.includes(key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    keys.push([key, event.shiftKey]);
  }, true);

  // What is not taken is told: of a list, which takes none but its choices, and of keys that came too late.
  const note = document.createElement('div');
  note.setAttribute('role', 'alert');
  note.style.cssText = 'position:fixed;z-index:1000002;left:50%;bottom:16px;transform:translateX(-50%);padding:10px 16px;' +
    'background:#fff4d6;border:2px solid #b98900;border-radius:8px;color:#1b2733;font:16px system-ui;display:none';
  let hides = 0;
  const tell = (sentence) => {
    note.textContent = sentence;
    note.style.display = 'block';
    clearTimeout(hides);
    hides = setTimeout(() => { note.style.display = 'none'; }, 8000);
  };
  document.addEventListener('tk-tell', ({detail}) => tell(detail));
  const unknown = ({value}) => value &&
    tell(`“${value}” is none of the choices of this cell and was not taken. Enter opens its list.`);
  const dropped = () => {
    const text = keys.splice(0).map(([key]) => key).filter((key) => key.length === 1).join('');
    phase = null;
    if (text) tell(`“${text}” was typed while the table was busy, and was not taken: look at its cells.`);
  };
  document.addEventListener('DOMContentLoaded', () => document.body.append(note));

  // Whoever leaves the page with a cell open, or right after, takes it away from under the answer: the cell is shut, and
  // the way to the next page waits for it (watch.js) as it does for a box.
  let typed = null, moment = 0, gone = false;
  const sent = () => {
    moment = Date.now();
    document.dispatchEvent(new CustomEvent('tk-sent'));
  };
  const handedOver = (at) => {
    if (typed !== at && !list(at)) return;
    typed = null;
    sent();
  };
  const shut = () => {
    const at = box();
    if (!at || (typed !== at && !several(at))) return;
    if (several(at)) for (const kind of ['pointerdown', 'click'])  // it is shut by nothing else
      document.body.dispatchEvent(new PointerEvent(kind, {bubbles: true}));
    else if (list(at)) return unknown(at);  // Enter would choose what nobody chose
    else at.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 13, bubbles: true, cancelable: true}));
    handedOver(at);
  };
  document.addEventListener('input', ({target}) => { if (target.matches(within)) typed = target; }, true);
  document.addEventListener('pointerdown', ({isTrusted, target}) => {
    if (!isTrusted || target.closest?.('#portal')) return;
    if (keys.length) dropped();
    if (!typed?.isConnected) return;
    if (list(typed)) unknown(typed);
    handedOver(typed);  // it is shut by this
  }, true);
  document.addEventListener('click', ({target}) => { if (target.closest?.('#portal [role=option]')) sent(); }, true);
  document.addEventListener('paste', ({target}) => { if (target.closest?.(tables)) sent(); }, true);
  const leave = () => {
    if (!phase) return shut();
    sent();  // the way to the next page waits for a key that is on its way into a cell, too
    const finish = () => phase ? setTimeout(finish, 4) : shut();
    finish();
  };
  document.addEventListener('tk-leaving', leave);
  document.addEventListener('tk-arrived', () => { moment = 0; });
  document.addEventListener('tk-gone', () => { gone = true; });
  addEventListener('beforeunload', (event) => {
    if (gone || !(phase || typed?.isConnected || Date.now() - moment < SENT)) return;
    leave();
    event.preventDefault();
  });
})();
