// Drafts made away from networks: filled on the device, brought to the gateway, each with its own yes of the citizen.

import { el, fill } from '/web/dom.js';
import { choices, dayInWords } from '/web/screens.js';
import { fields } from './form.js';
import { consent } from './helping.js';
import { all, drop, keep, note, sync, unpacked } from './queue.js';

const AT_ONCE = 50;
const ANEW = ['help_over', 'another_number']; // her yes is spent: what is sent next asks for another

export function drafts(kit) {
  const { screens, words } = kit;
  return {
    title: words.drafts_title,
    load: async () => ({ ok: true, drafts: await all(kit.vault), taken: await unpacked(kit) }),
    show(main, { drafts: queued, taken }) {
      const named = (one) => [nameOf(taken, one), el('bdi', {}, one.number || one.witness), words[`result_${one.result || 'new'}`]];
      const opened = (one) => (one.result ? outcome(kit, taken, one) : draft(kit, taken, one));
      main.append(
        el('p', { class: 'quiet' }, words.drafts_sealed),
        queued.length ? choices(queued, named, (one) => screens.go(opened(one))) : el('p', { class: 'says' }, words.no_drafts),
        el('button', { type: 'button', class: 'do', disabled: !taken, onclick: () => screens.go(which(kit, taken)) }, words.new_draft),
        ...(taken ? [] : [el('p', { class: 'bad' }, words.no_bundle)]),
        ...(queued.length ? [el('button', { type: 'button', class: 'do', onclick: () => screens.go(bringing(kit, taken, queued.slice(0, AT_ONCE))) }, words.bring_drafts)] : []),
      );
    },
  };
}

const nameOf = (taken, { service }) => (taken && taken.names[service]) || service;

function which(kit, taken) {
  const { screens, words } = kit;
  return {
    title: words.new_draft,
    show(main) {
      main.append(choices(Object.keys(taken.forms), (code) => taken.names[code] || code, (code) => screens.go(draft(kit, taken, { service: code, answers: {}, number: '', witness: '', purpose: purposeOf(taken, code) }))));
    },
  };
}

function purposeOf({ purposes }, service) {
  const found = Object.entries(purposes).filter(([, services]) => services.includes(service)).map(([code]) => code);
  return found.includes('apply') ? 'apply' : found[0];
}

function draft(kit, taken, had) {
  const { screens, words, vault } = kit;
  return {
    title: nameOf(taken, had),
    show(main) {
      const form = taken && taken.forms[had.service];
      if (!form) return main.append(el('p', { class: 'bad' }, words.no_bundle), ...away());
      const number = el('input', { type: 'tel', id: 'number', maxlength: 20, autocomplete: 'off', value: had.number });
      const witness = el('input', { type: 'text', id: 'witness', maxlength: 60, autocomplete: 'off', value: had.witness });
      const asked = fields(words, form.fields, had.answers);
      const wrong = el('p', { class: 'bad', role: 'alert', hidden: true }, words.number_or_witness);
      const save = async () => {
        const reach = { number: number.value.trim(), witness: number.value.trim() ? '' : witness.value.trim() };
        wrong.hidden = Boolean(reach.number || reach.witness);
        if (!wrong.hidden) return;
        // Whose yes it has is nobody else's: another person's draft is another draft.
        const same = had.number === reach.number && had.witness === reach.witness && !ANEW.includes(had.why);
        if (had.client_id && !same) await drop(vault, had);
        const client_id = same ? had.client_id : undefined;
        await keep(vault, { ...had, ...reach, client_id, answers: asked.answers(), result: undefined, why: '', confirmed: false });
        screens.start(screens.trail[0], drafts(kit));
      };
      main.append(
        el('div', { class: 'field' }, el('label', { for: 'number' }, words.her_number), number),
        el('div', { class: 'field' }, el('label', { for: 'witness' }, words.or_witness), witness),
        asked.element, wrong,
        el('button', { type: 'button', class: 'do', onclick: save }, words.keep_here), ...away());
    },
  };

  function away() {
    if (!had.client_id) return [];
    const gone = async () => { await drop(vault, had); screens.start(screens.trail[0], drafts(kit)); };
    return [el('button', { type: 'button', class: 'plain', onclick: gone }, words.drop_draft)];
  }
}

// What came of each, plainly, and what to do about it.
function bringing(kit, taken, queued) {
  const { words } = kit;
  return {
    title: words.bring_drafts,
    load: () => sync(kit, queued),
    show(main, { came }) {
      main.append(el('ul', { class: 'list' }, came.map((one) => entry(kit, taken, one))));
    },
  };
}

// The same of one, as it was told last.
function outcome(kit, taken, one) {
  return {
    title: nameOf(taken, one),
    show(main) {
      main.append(el('ul', { class: 'list' }, entry(kit, taken, one)));
    },
  };
}

function entry(kit, taken, one) {
  const { words } = kit;
  const made = new Date(one.made_at);
  const local = new Date(made.getTime() - made.getTimezoneOffset() * 60000).toISOString();
  return el('li', { class: 'entry came' },
    el('b', {}, nameOf(taken, one)),
    el('span', {}, el('bdi', {}, one.number || one.witness), ' · ', fill(words.made_on, { day: dayInWords(local.slice(0, 10), words), time: local.slice(11, 16) })),
    el('p', { class: one.result === 'refused' ? 'fault' : '' }, words[`result_${one.result}`], why(words, one)),
    el('div', { class: 'row' }, next(kit, taken, one)));
}

const why = (words, { why: code }) => (code ? ` ${words[`why_${code}`] || words.why_limit}` : '');

function next(kit, taken, came) {
  const { screens, words, vault } = kit;
  const press = (text, act, look = 'plain') => el('button', { type: 'button', class: look, onclick: act }, text);
  const again = (one) => screens.start(screens.trail[0], drafts(kit), bringing(kit, taken, [one]));
  const change = press(words.change_draft, () => screens.go(draft(kit, taken, came)));
  switch (came.result) {
    case 'accepted': return [press(words.go_on_with_her, () => screens.go(together(kit, came)), 'do')];
    case 'needs_consent': return [press(words.type_her_code, () => screens.go(together(kit, came, () => again(came))), 'do'), change];
    case 'conflict': return [
      press(words.hers_stays, async () => { await drop(vault, came); screens.start(screens.trail[0], drafts(kit)); }),
      press(words.this_one, async () => { await note(vault, { ...came, confirmed: true }); again({ ...came, confirmed: true }); })];
    default: return [change];
  }
}

// Her yes for a draft; then the same draft once more.
function together(kit, came, agreed = null) {
  const { api, words } = kit;
  return {
    title: words.her_yes,
    load: () => api.get(`/agent/citizens/${came.assisted}`),
    show(main, answer) {
      main.append(...consent(kit, answer.body, agreed));
    },
  };
}
