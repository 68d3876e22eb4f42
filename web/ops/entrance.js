// The way in: a name, a password, and the code from the app.

import { el } from '/web/dom.js';

// `enter({name, password, code})` gives the answer; it is told what is wrong, and the password stays nowhere.
export function entrance(main, words, why, enter) {
  const field = (name, attributes) => {
    const input = el('input', { id: name, name, required: true, autocapitalize: 'none', spellcheck: 'false', ...attributes });
    return [input, el('label', {}, words[`sign_${name}`], input)];
  };
  const [name, nameField] = field('name', { type: 'text', autocomplete: 'username', maxlength: 32 });
  const [password, passwordField] = field('password', { type: 'password', autocomplete: 'current-password', maxlength: 200 });
  const [code, codeField] = field('code', { type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', pattern: '[0-9]{6}', maxlength: 6 });
  const wrong = el('p', { class: 'bad', role: 'alert', hidden: !why }, why);
  const go = el('button', { class: 'do' }, words.sign_in);
  const form = el('form', { class: 'entrance', novalidate: true }, el('p', { class: 'lead' }, words.who_are_you), wrong, nameField, passwordField, codeField, go);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const missing = [name, password, code].find((input) => !input.value.trim());
    if (missing) {
      missing.focus();
      return;
    }
    go.disabled = true;
    const answer = await enter({ name: name.value.trim(), password: password.value, code: code.value.replace(/\s/g, '') });
    go.disabled = false;
    password.value = '';
    code.value = '';
    if (answer.ok) return;
    wrong.textContent = answer.status === 429 ? words.too_many : answer.status === 401 || answer.status === 400 ? words.refused : words.no_figures;
    wrong.hidden = false;
    password.focus();
  });
  main.replaceChildren(form);
  name.focus();
}
