// Where the agent's hands end: what only the citizen's own telephone may do, and help that is over.

import { problemWords } from '/web/api.js';
import { el, fill, ltr } from '/web/dom.js';

const ALONE = ['pin_needed', 'consent_needed', 'not_agreed'];
const OVER = ['sign_in_needed', 'help_over'];

// What to show instead of an answer; null where it is another kind of trouble.
export function ownHands(kit, { body }) {
  const { code } = body || {};
  if (OVER.includes(code)) return over(kit);
  if (!ALONE.includes(code)) return null;
  const { words, country } = kit;
  return [
    el('p', { class: 'bad', role: 'alert' }, problemWords({ body }, words)),
    el('p', { class: 'lead' }, fill(words.own_hands, { code: ltr(country.service_code) })),
  ];
}

function over(kit) {
  kit.leaveCitizen();
  return [
    el('p', { class: 'says' }, kit.words.help_over),
    el('button', { type: 'button', class: 'do', onclick: () => kit.home() }, kit.words.go_on),
  ];
}
