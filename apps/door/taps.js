// A tap, or a cell of a table, cannot be put back: who comes back after a break is told of it instead.
const taps = (() => {
  const TOLD = 'trialkit.perhaps', CELL = 8000, TAP = 1000, RUN = 2000;  // how long (ms) each may be on its way
  // what is perhaps not with the server; what a line took with it that died before it was cut; what the note tells
  let perhaps = [], unheard = [], open = [];
  let who = '', heard = Date.now(), cut = false;
  let table = null;  // in which the last key or tap was

  for (const kind of ['keydown', 'pointerdown'])
    document.addEventListener(kind, ({target}) => {
      table = target.closest?.('[data-testid="stDataFrame"]') ?? table;
    }, true);
  const marked = () => {
    const cell = table?.querySelector('td[aria-selected=true]');
    const head = cell?.closest('table').querySelectorAll('th')[[...cell.parentNode.children].indexOf(cell)];
    return cell ? `row ${cell.parentNode.firstElementChild.innerText}, ${head?.innerText ?? ''}` : '';
  };
  document.addEventListener('input', (event) => {
    if (!event.target.closest('#portal')) return;
    const before = perhaps.find((one) => one.cell && one.box === event.target);
    perhaps = perhaps.filter((one) => one !== before);
    const verb = before?.verb ?? 'typed in a table';
    const one = {cell: true, box: event.target, text: event.target.value, at: Date.now(), verb};
    perhaps.push(one);
    setTimeout(() => { if (one.box.isConnected && marked()) one.verb = `typed in a table, ${marked()},`; }, 300);
  }, true);
  document.addEventListener('click', (event) => {
    const button = event.target.closest && event.target.closest(
      'button[data-testid^="stBaseButton"], [data-testid="stMenuButtonBody"] [role="menuitem"]');
    if (!button || !event.isTrusted) return;
    const icon = button.querySelector('[data-testid="stIconMaterial"]')?.innerText ?? '';
    const text = button.innerText.replace(icon, '').trim().slice(0, 80);
    const one = {text, at: Date.now(), verb: 'tapped'};
    const taken = document.dispatchEvent(new CustomEvent('tk-tapped', {detail: text, cancelable: true}));
    if (taken) return void perhaps.push(one);
    event.preventDefault();
    event.stopPropagation();
    tell([one]);
  }, true);

  const note = document.createElement('div');
  note.style.cssText = 'position:fixed;z-index:1000002;left:0;right:0;bottom:0;padding:10px 16px;' +
    'background:#fff4d6;border-top:2px solid #b98900;color:#1b2733;font:16px system-ui;display:none';
  note.setAttribute('role', 'alert');
  document.addEventListener('DOMContentLoaded', () => document.body.append(note));
  const clockOf = (at) => new Date(at).toTimeString().slice(0, 8);
  const store = (list) => sessionStorage.setItem(TOLD, JSON.stringify(list.map(({box, ...one}) => ({...one, who}))));
  const tell = (list) => {
    if (!list.length) return;
    open.push(...list);
    store(open);  // a reload tells it again
    const said = open.map(({text, verb, at}) => `“${text}”, ${verb} at ${clockOf(at)}`).join('; ');
    const ok = document.createElement('button');
    ok.style.cssText = 'margin-left:16px;font:inherit;padding:4px 12px';
    ok.textContent = 'I have looked';
    ok.onclick = () => {
      note.style.display = 'none';
      open = [];
      sessionStorage.removeItem(TOLD);
    };
    note.replaceChildren(`Perhaps this was not taken: ${said}. ` +
      'Look whether it is there; if not, do it again, with that time.', ok);
    note.style.display = 'block';
  };

  document.addEventListener('tk-cut', () => {
    cut = true;
    const last = heard - RUN;  // what was heard then may still have spoken of what was before the tap
    unheard.push(...perhaps.filter((one) => one.at > last));
    perhaps = perhaps.filter((one) => one.at <= last);
  });
  document.addEventListener('tk-heard', () => {
    heard = Date.now();
    if (!cut) return;
    cut = false;
    tell(unheard.splice(0));
  });

  return {
    // the server had taken all that was handed over when this was asked
    arrived: (asked) => {
      const cell = document.querySelector('#portal :is(input, textarea)');
      perhaps = perhaps.filter((one) => one.at + (one.cell ? CELL : TAP) > asked || (one.cell && cell));
    },
    // the page is left: its doubts are told on the next one of the same person
    keep: () => {
      const doubts = [...open, ...unheard, ...perhaps];
      if (doubts.length) store(doubts);
    },
    shownTo: (person) => {
      who = person;
      const before = JSON.parse(sessionStorage.getItem(TOLD) || '[]');
      sessionStorage.removeItem(TOLD);
      tell(before.filter((one) => one.who === who));
    },
  };
})();
