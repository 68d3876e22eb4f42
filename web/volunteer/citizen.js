// One citizen, with her consent and for half an hour: her applications, forms, visits, menus, the slip, the end.

import { newKey, problemWords } from '/web/api.js';
import { booking } from '/web/booking.js';
import { el, fill, ltr } from '/web/dom.js';
import { choices, dayInWords, facts } from '/web/screens.js';
import { documents } from './documents.js';
import { fields } from './form.js';
import { ownHands } from './hands.js';
import { menus } from './menu.js';

export function citizen(kit) {
  const { api, beside, screens, words } = kit;
  const mine = ({ code }) => kit.citizen.services.has(code);
  return {
    title: words.together,
    load: () => api.get('/services'),
    show(main, answer) {
      const services = answer.body.items.filter(mine);
      const tile = (text, screen) => el('button', { type: 'button', class: 'tile', onclick: () => screens.go(screen()) }, text);
      // The menus have invented ministries of their own for practice, the page what it took along.
      const able = Boolean(beside.token || beside.practised);
      main.append(
        el('p', { class: 'quiet' }, services.map(({ name }) => name).join(' · ')),
        el('div', { class: 'tiles' },
          able && services.some((one) => one.can_apply || one.described) && tile(words.her_applications, () => applications(kit)),
          able && services.filter((one) => one.can_apply).map((one) => tile(fill(words.apply_for, { service: one.name }), () => applying(kit, one))),
          able && services.some((one) => one.can_book) && tile(words.home_visit, () => booking({
            api: beside, screens, words, country: kit.country, within: kit.citizen.services, identify: () => null,
            finish: () => { kit.citizen.slip = null; screens.start(citizen(kit)); },
          })),
          tile(words.menus, () => { kit.citizen.slip = null; return menus(kit); }),
          tile(words.slip, () => slip(kit))),
        el('button', { type: 'button', class: 'do', onclick: () => screens.go(ending(kit)) }, words.end),
      );
    },
  };
}

function applications(kit) {
  const { beside, screens, words } = kit;
  return {
    title: words.her_applications,
    load: () => beside.everything('/applications?limit=50'),
    show(main, answer) {
      const { items } = answer.body;
      main.append(items.length
        ? choices(items, (one) => [one.service_name, one.state_name, el('bdi', {}, one.reference)], (one) => screens.go(application(kit, one)))
        : el('p', { class: 'says' }, words.no_applications));
    },
    trouble: (answer) => ownHands(kit, answer),
  };
}

function application(kit, { reference, service_name: name }) {
  const { beside, screens, words } = kit;
  return {
    title: name,
    load: () => beside.get(`/applications/${encodeURIComponent(reference)}`),
    show(main, { body }) {
      const amount = body.amount && `${body.amount.amount} ${body.amount.currency}`;
      main.append(
        el('p', { class: 'says' }, el('bdi', {}, body.reference), el('b', {}, body.state_name)),
        facts([
          [words.due, body.due_on && dayInWords(body.due_on, words)], [words.amount, amount],
          [words.until, body.until && dayInWords(body.until, words)], [words.reason, body.reason],
          [words.place, body.pickup && `${body.pickup.place}, ${body.pickup.address}`],
        ]),
        ...(body.needs.length ? [el('p', { class: 'lead' }, words.bring), el('ul', { class: 'needs' }, body.needs.map((need) => el('li', {}, need)))] : []),
        el('button', { type: 'button', class: 'plain', onclick: () => screens.go(documents(kit, body.reference)) }, words.documents),
      );
    },
    trouble: (answer) => ownHands(kit, answer),
  };
}

function applying(kit, { code, name }) {
  const { beside, screens, words } = kit;
  return {
    title: name,
    load: () => beside.get(`/forms/${code}`),
    show(main, { body: form }) {
      const asked = fields(words, form.fields, form.draft);
      const notes = el('div', { class: 'notes', 'aria-live': 'assertive' });
      // One key for this application, however often the network makes her press.
      let key = newKey();
      const sent = async (work) => {
        asked.clear();
        notes.replaceChildren();
        const answer = await work();
        if (answer.ok) return answer;
        if (answer.status === 422) key = newKey();
        const first = asked.wrong((answer.body && answer.body.errors) || []);
        // Before a witness she agrees here.
        const alone = kit.citizen && kit.citizen.witnessed ? null : ownHands(kit, answer);
        notes.append(...(alone || [el('p', { class: 'bad' }, problemWords(answer, words))]));
        if (first) first.focus();
        return null;
      };
      const keep = async () => {
        const answer = await sent(() => beside.ask('PUT', `/drafts/${code}`, { body: { answers: asked.answers() }, key: newKey() }));
        if (answer) notes.append(el('p', { class: 'says' }, words.draft_kept));
      };
      const hand = async () => {
        const here = screens.here();
        const answer = await sent(() => beside.post('/applications', { service: code, answers: asked.answers(), consent: agreed.checked }, key));
        if (answer) kit.citizen.slip = null;
        if (answer && here()) screens.instead(handedIn(kit, name, answer));
      };
      const agreed = el('input', { type: 'checkbox' });
      // Before a witness she says it aloud; else with her own telephone in her hand.
      const agreement = kit.citizen.witnessed
        ? el('label', { class: 'tick' }, agreed, words.she_agrees)
        : el('p', { class: 'lead' }, fill(words.own_hands, { code: ltr(kit.country.service_code) }));
      main.append(
        ...(form.ministry ? [el('p', { class: 'says' }, `${form.ministry}. ${form.purpose}`)] : []),
        asked.element,
        ...(form.consent ? [el('p', { class: 'says' }, form.consent.words), agreement] : []),
        notes,
        el('button', { type: 'button', class: 'do', onclick: hand }, words.hand_in),
        el('button', { type: 'button', class: 'plain', onclick: keep }, words.keep_draft),
      );
    },
    trouble: (answer) => ownHands(kit, answer),
  };
}

function handedIn(kit, name, { body }) {
  const { screens, words } = kit;
  return {
    title: name,
    show(main) {
      screens.done(1);
      const says = body.slip ? [words.held, el('b', {}, body.slip)]
        : body.reference ? [words.handed_in, el('b', {}, body.reference)] : [words.processing];
      const press = (look, text, act) => el('button', { type: 'button', class: look, onclick: act }, text);
      main.append(
        el('p', { class: 'says' }, says),
        facts([[words.due, body.due_on && dayInWords(body.due_on, words)]]),
        ...(body.reference ? [press('plain', words.documents, () => screens.go(documents(kit, body.reference)))] : []),
        press('plain', words.slip, () => screens.go(slip(kit))),
        press('do', words.go_on, () => screens.start(citizen(kit))),
      );
    },
  };
}

// A number with a hyphen stands on one line, to be read out and typed.
const unbroken = (line) => line.split(/(\b[A-Z]+-\w+)/).map((part, at) => (at % 2 ? el('span', { class: 'unbroken' }, part) : part));

// Its lines, as they come out of the printer too.
const paper = (kit, { body: { lines, claim }, anew }) => {
  const { beside, words } = kit;
  const practised = beside.practised ? beside.numbers.map((one) => `${words.practice_number} ${one}`) : [];
  return [
    ...(claim && anew ? [el('p', { class: 'quiet' }, words.slip_newest)] : []),
    el('article', { class: 'slip' }, [...lines, ...practised].map((line) => el('p', {}, unbroken(line)))),
    el('button', { type: 'button', class: 'do', onclick: () => print() }, words.print),
  ];
};

// Each slip that is made anew takes its claim code from the one before: the same is shown until more was done.
async function asked(kit) {
  const had = kit.citizen.slip;
  const answer = had || (await kit.api.post(`/agent/citizens/${kit.citizen.id}/slip`));
  if (kit.citizen && answer.ok) kit.citizen.slip = answer;
  return { ...answer, anew: !had };
}

function slip(kit) {
  return {
    title: kit.words.slip,
    load: () => asked(kit),
    show: (main, answer) => main.append(...paper(kit, answer)),
    trouble: (answer) => ownHands(kit, answer),
  };
}

// Once it is over nothing can be printed: who has no telephone has her slip before, and nothing but it.
function ending(kit) {
  const { screens, words } = kit;
  const { witnessed } = kit.citizen;
  return {
    title: words.end,
    ...(witnessed ? { load: () => asked(kit) } : {}),
    show(main, answer) {
      main.append(
        el('p', { class: 'lead' }, witnessed ? words.end_print : words.end_sure),
        ...(witnessed ? paper(kit, answer) : []),
        el('button', { type: 'button', class: witnessed ? 'plain' : 'do', onclick: () => screens.instead(ended(kit)) }, words.end_now),
      );
    },
    trouble: (answer) => ownHands(kit, answer),
  };
}

function ended(kit) {
  const { api, screens, words } = kit;
  const { id, practice, witnessed } = kit.citizen;
  const key = newKey();
  return {
    title: words.end,
    load: () => api.post(`/agent/citizens/${id}/end`, undefined, key),
    show(main) {
      kit.leaveCitizen();
      screens.done();
      main.append(
        el('p', { class: 'says' }, practice ? words.practice_over : witnessed ? words.ended_slip : words.ended),
        el('button', { type: 'button', class: 'do', onclick: () => kit.home() }, words.go_on),
      );
    },
    trouble: (answer) => ownHands(kit, answer),
  };
}
