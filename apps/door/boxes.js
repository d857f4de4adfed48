// What a box does not take is told. A list into which words were typed and from which nothing was chosen forgets them as
// soon as it is left: what can only be meant one way is taken.
(() => {
  const boxes = ':is([data-testid="stSelectbox"], [data-testid="stMultiSelect"]) input';
  const choices = () => [...document.querySelectorAll('[data-testid="stSelectboxVirtualDropdown"] [role=option]')];
  const tell = (detail) => document.dispatchEvent(new CustomEvent('tk-tell', {detail}));
  const words = (at) => at.textContent.trim().toLowerCase();
  const left = (at) => {
    const typed = at.value.trim();
    if (!typed || at.getAttribute('aria-expanded') === 'false') return;
    const offered = choices().filter((one) => one.dataset.key !== undefined);
    const meant = offered.length === 1 ? offered : offered.filter((one) => words(one) === typed.toLowerCase());
    if (meant.length === 1) meant[0].click();
    else tell(`“${typed}” was not taken: ${offered.length > 1 ? 'several choices have it' : 'no choice has it'}. ` +
      'Choose in the list.');
  };
  document.addEventListener('keydown', ({key, target, isTrusted}) => {
    if (isTrusted && key === 'Tab' && target.matches?.(boxes)) left(target);
  }, true);
  document.addEventListener('pointerdown', ({target, isTrusted}) => {
    const at = document.activeElement;
    const own = at?.closest?.('[data-testid="stSelectbox"], [data-testid="stMultiSelect"]');
    if (!isTrusted || !at?.matches?.(boxes) || own.contains(target)) return;
    if (!target.closest?.('[role=listbox], [role=option], [data-testid="stSelectboxVirtualDropdown"]')) left(at);
  }, true);
  document.addEventListener('paste', ({target, clipboardData}) => {
    const breaks = target.matches?.('input') ? /[\r\n]+/g : /\r/g;
    const pasted = (clipboardData?.getData('text/plain') ?? '').replace(breaks, ''), before = target.value ?? '';
    if (!target.matches?.('.stTextInput input, .stTextArea textarea') || pasted.length < 2) return;
    const meant = before.slice(0, target.selectionStart) + pasted + before.slice(target.selectionEnd);
    if (meant === before) return;
    setTimeout(() => {
      if (target.isConnected && !target.readOnly && target.value === before)
        tell(`The pasted text of ${pasted.length.toLocaleString('en')} characters is too long for this box: nothing of it was taken.`);
    }, 300);
  }, true);
})();
