// Somebody wants to be helped: for what, how she is reached, and her yes.

import { newKey, problemWords } from '/web/api.js';
import { el, fill, ltr } from '/web/dom.js';
import { pad } from '/web/pad.js';
import { choices } from '/web/screens.js';
import { citizen } from './citizen.js';
import { ownHands } from './hands.js';
import { practised } from './practised.js';
import { alarm } from './signing.js';

const LOOK = 2500; // milliseconds between two looks whether she agreed on her own telephone

export function help(kit, practice) {
  const { api, screens, words } = kit;
  kit.practising(practice);
  return {
    title: practice ? words.practise : words.help,
    load: () => api.get('/agent/me'),
    show(main, answer) {
      main.append(
        el('p', { class: 'lead' }, words.purpose),
        choices(answer.body.purposes, (one) => one.name, (one) => screens.go(scope(kit, { purpose: one.code, practice }, one))),
      );
    },
  };
}

function scope(kit, wish, { name, services }) {
  const { api, screens, words } = kit;
  return {
    title: name,
    load: () => api.get('/services'),
    show(main, answer) {
      const offered = answer.body.items.filter(({ code }) => services.includes(code));
      const ticks = offered.map((one) => el('input', { type: 'checkbox', value: one.code, checked: true }));
      const ready = el('button', { type: 'button', class: 'do' }, words.go_on);
      const chosen = () => ticks.filter((tick) => tick.checked).map((tick) => tick.value);
      ticks.forEach((tick) => tick.addEventListener('change', () => { ready.disabled = !chosen().length; }));
      ready.addEventListener('click', () => {
        const next = { ...wish, services: chosen() };
        screens.go(wish.practice ? asking(kit, next) : number(kit, next));
      });
      main.append(
        el('p', { class: 'lead' }, words.which_services),
        el('div', { class: 'list' }, offered.map((one, at) => el('label', { class: 'tick' }, ticks[at], one.name))),
        ready,
      );
    },
  };
}

function number(kit, wish) {
  const { screens, words } = kit;
  const without = el('button', { type: 'button', class: 'plain', onclick: () => screens.go(witness(kit, wish)) }, words.no_telephone);
  return {
    title: words.help,
    show(main) {
      main.append(pad(words, { lead: words.her_number, least: 6, most: 15, more: without, done: (typed) => screens.go(asking(kit, { ...wish, number: typed })) }));
    },
  };
}

function witness(kit, wish) {
  const { screens, words } = kit;
  return {
    title: words.no_telephone,
    show(main) {
      const name = el('input', { type: 'text', maxlength: 60, autocomplete: 'off', id: 'witness' });
      const ready = el('button', { type: 'button', class: 'do', disabled: true, onclick: () => screens.go(asking(kit, { ...wish, witness: name.value.trim() })) }, words.go_on);
      name.addEventListener('input', () => { ready.disabled = !name.value.trim(); });
      main.append(
        el('p', { class: 'says' }, words.witness_why),
        el('label', { class: 'field', for: 'witness' }, words.witness), name, ready,
      );
    },
  };
}

// She is asked; with a witness she agreed already.
function asking(kit, wish) {
  const { api, words } = kit;
  // Asked once, however often the network makes her press.
  const key = newKey();
  return {
    title: words.her_yes,
    load: () => api.post('/agent/citizens', wish, key),
    show(main, { body: asked }) {
      main.append(...consent(kit, asked));
    },
    // Of the number alone it can be said what is wrong with it.
    trouble({ body }) {
      const fits = !body || !(body.errors || []).some(({ pointer }) => pointer === '/number');
      return fits ? null : el('p', { class: 'bad', role: 'alert' }, words.why_number_unfit, ' ', words.why_number);
    },
  };
}

// The code that she hears or reads out, or her own key press; whichever comes first. `agreed`: what follows, instead of
// sitting down together.
export function consent(kit, asked, agreed = null) {
  const { api, screens, words, country } = kit;
  const together = () => (agreed ? agreed() : fetchToken(kit, asked, screens));
  if (asked.state === 'active') {
    together();
    return [];
  }
  const here = screens.here();
  const wrong = alarm();
  const heard = async (code) => {
    const answer = await api.post(`/agent/citizens/${asked.id}/consent`, { code });
    if (!here()) return;
    if (answer.ok) (agreed || (() => meet(kit, asked, answer.body)))();
    else wrong.say(problemWords(answer, words));
  };
  const look = async () => {
    if (!here()) return;
    const { ok, body } = await api.get(`/agent/citizens/${asked.id}`);
    if (!here()) return;
    if (ok && body.state === 'active') together();
    else if (ok && body.state !== 'asked') wrong.say(words.said_no);
    else setTimeout(look, LOOK);
  };
  if (!asked.practice_code) setTimeout(look, LOOK);
  const how = asked.practice_code
    ? el('p', { class: 'says' }, words.practice_code, ' ', el('b', { class: 'number' }, asked.practice_code))
    : el('p', { class: 'quiet' }, fill(words.or_own_phone, { code: ltr(country.service_code) }));
  return [pad(words, { lead: words.her_code, least: 6, most: 6, done: heard, more: [how, wrong] })];
}

async function fetchToken(kit, asked, screens) {
  const here = screens.here();
  const answer = await kit.api.post(`/agent/citizens/${asked.id}/token`);
  if (!here()) return;
  if (answer.ok) meet(kit, asked, answer.body);
  else screens.parts.main.replaceChildren(...screens.trouble({}, answer));
}

// After the page was closed while they sat together.
export function resumed(kit, asked) {
  return {
    title: kit.words.together,
    load: () => kit.api.post(`/agent/citizens/${asked.id}/token`),
    show: (main, answer) => meet(kit, asked, answer.body),
    trouble: (answer) => ownHands(kit, answer),
  };
}

// From now on they sit together. Who she is stays in no place: the session's id alone, sealed.
export async function meet(kit, asked, { access_token: token, expires_in: seconds }) {
  kit.beside.token = token;
  kit.citizen = {
    id: asked.id, until: Date.now() + seconds * 1000, services: new Set(asked.services),
    practice: asked.mode === 'practice', witnessed: asked.mode === 'witness', run: 0, slip: null,
  };
  kit.practising(kit.citizen.practice);
  // Practice is given no access to anything.
  if (kit.citizen.practice) kit.beside = (await practised(kit)) || kit.beside;
  kit.vault.put('citizen', { id: asked.id, mode: asked.mode, services: asked.services, until: kit.citizen.until });
  return kit.screens.start(citizen(kit));
}

