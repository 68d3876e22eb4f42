// Digits typed with a finger (or a keyboard, where there is one).

import { el } from './dom.js';

// `lead` says what to type; `done` gets it once it has at least `least` and at most `most` digits. Nothing stays on
// the screen once it is done with; `hidden`: not while it is typed either.
export function pad(words, { lead, least, most, done, more = null, hidden = false }) {
  let typed = '';
  let busy = false;
  const shown = el('output', { class: 'typed', 'aria-live': hidden ? 'off' : 'polite' });
  const finish = async () => {
    if (busy || typed.length < least) return;
    busy = true;
    draw();
    await done(typed);
    busy = false;
    typed = '';
    draw();
  };
  const ready = el('button', { type: 'button', class: 'do', onclick: finish }, words.go_on);
  const draw = () => {
    shown.textContent = (hidden ? '•'.repeat(typed.length) : typed) || '\u00a0';
    ready.disabled = busy || typed.length < least;
  };
  const press = (digit) => {
    if (!busy && typed.length < most) typed += digit;
    draw();
  };
  const erase = () => {
    if (!busy) typed = typed.slice(0, -1);
    draw();
  };
  const clear = () => {
    if (!busy) typed = '';
    draw();
  };
  const key = (digit) => el('button', { type: 'button', onclick: () => press(digit) }, digit);
  const keys = el('div', { class: 'pad', role: 'group', 'aria-label': words.digits },
    [...'123456789'].map(key),
    el('button', { type: 'button', 'aria-label': words.clear, onclick: clear }, '✕'),
    key('0'),
    el('button', { type: 'button', 'aria-label': words.erase, onclick: erase }, '⌫'),
  );
  const whole = el('div', { class: 'beside' },
    el('div', {}, el('p', { class: 'lead' }, lead), shown, more), el('div', {}, keys, ready));
  const onkey = (event) => {
    if (!whole.isConnected) return removeEventListener('keydown', onkey);
    if (/^[0-9]$/.test(event.key)) press(event.key);
    else if (event.key === 'Backspace') erase();
    else if (event.key === 'Enter' && event.target.tagName !== 'BUTTON') finish();
  };
  addEventListener('keydown', onkey);
  draw();
  return whole;
}
