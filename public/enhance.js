// Everything works without this file. It saves a person typing, looking and guessing; the server judges all the same.
(() => {
  const all = (selector) => document.querySelectorAll(selector);

  // What does nothing without scripts is only shown with them.
  for (const element of all('[data-reveal]')) element.hidden = false;

  const summary = document.querySelector('[data-focus]');
  summary?.focus();

  // Where a GET shows this page; the language switch knows.
  const language = document.querySelector('.language');
  const here = language?.elements.back.value;

  // A page with problems is the answer to a form: without this, "back" and "reload" would ask whether to send that form again.
  if (summary && here) history.replaceState(null, '', here);

  // What was typed survives a change of language, in this tab and once. Secrets, codes and answers are left out.
  const typed = () =>
    [...all('main input, main select')].filter(
      ({ name, type, tagName, autocomplete }) =>
        name &&
        !['hidden', 'password'].includes(type) &&
        autocomplete !== 'one-time-code' &&
        (tagName === 'SELECT' || autocomplete !== 'off'),
    );
  const isTick = ({ type }) => type === 'checkbox' || type === 'radio';
  try {
    const kept = JSON.parse(sessionStorage.getItem('typed'));
    sessionStorage.removeItem('typed');
    for (const field of kept?.here === here ? typed() : []) {
      const value = kept.values[field.id];
      if (value === undefined) continue;
      if (isTick(field)) field.checked = value;
      else field.value = value;
    }
    language?.addEventListener('submit', () => {
      const values = Object.fromEntries(typed().map((field) => [field.id, isTick(field) ? field.checked : field.value]));
      sessionStorage.setItem('typed', JSON.stringify({ here, values }));
    });
  } catch {
    // Storage is switched off: it is typed once more.
  }

  for (const box of all('[data-shows]')) {
    const fields = box.dataset.shows.split(' ').map((id) => document.getElementById(id));
    const show = () => {
      for (const field of fields) field.type = box.checked ? 'text' : 'password';
    };
    box.addEventListener('change', show);
    // So that browsers offer to keep it, and it is not left readable on the way back.
    box.form?.addEventListener('submit', () => {
      box.checked = false;
      show();
    });
  }

  // The rules of a new password tick themselves. "Commonly used" is known to the server alone and is not ticked here.
  const rules = {
    length: (text, { minLength }) => [...text].length >= Number(minLength),
    'too-long': (text, { maxLength }) => [...text].length <= Number(maxLength),
    uppercase: (text) => /[\p{Lu}\p{Lt}]/u.test(text),
    lowercase: (text) => /\p{Ll}/u.test(text),
    special: (text) => /[^\p{L}\p{M}\p{N}]/u.test(text),
  };
  for (const list of all('[data-rules]')) {
    const field = document.getElementById(list.dataset.rules);
    const items = [...list.querySelectorAll('[data-rule]')];
    list.classList.add('rules-live');
    const states = items.map((item) => {
      const state = document.createElement('span');
      state.className = 'hidden-words';
      const words = document.createElement('span');
      words.append(...item.childNodes, state);
      item.append(words);
      return state;
    });
    field.addEventListener('input', () => {
      const text = field.value.normalize('NFC');
      items.forEach((item, index) => {
        const rule = item.dataset.rule;
        if (!rules[rule]) return;
        const met = text !== '' && rules[rule](text, list.dataset);
        item.classList.toggle('rule-met', met);
        states[index].textContent = text === '' ? '' : ` (${met ? list.dataset.met : list.dataset.unmet})`;
      });
    });
  }

  for (const button of all('[data-print]')) button.addEventListener('click', () => window.print());

  for (const button of all('[data-copy]')) {
    button.addEventListener('click', async () => {
      const said = button.closest('.buttons, p')?.querySelector('.copied');
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        if (said) said.textContent = button.dataset.copied;
      } catch {
        if (said) said.textContent = '';
      }
    });
  }

  // The phone number is asked for where text messages are chosen.
  for (const part of all('[data-shown-with]')) {
    const box = document.getElementById(part.dataset.shownWith);
    if (!box) continue;
    const follow = () => {
      part.hidden = !box.checked;
    };
    // Of the form: a radio button is not told that another one was chosen.
    box.form.addEventListener('change', follow);
    follow();
  }

  // The end of a session is told before it comes; asking for the page again puts it off (WCAG 2.2.1).
  for (const part of all('[data-shown-after-minutes]')) {
    const reveal = () => {
      part.hidden = false;
    };
    setTimeout(reveal, Number(part.dataset.shownAfterMinutes) * 60_000);
  }

  // A second click within two seconds is a double click. No button is ever switched off: a lost answer must not lock the page.
  const sentAt = new WeakMap();
  document.addEventListener('submit', (event) => {
    const before = sentAt.get(event.target);
    const now = Date.now();
    if (before !== undefined && now - before < 2000) event.preventDefault();
    else sentAt.set(event.target, now);
  });
})();
