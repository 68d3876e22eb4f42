// Drafts made away from networks: filled on the device, brought to the gateway, each with its own yes of the citizen.

import { el } from '/web/dom.js';
import { choices } from '/web/screens.js';
import { fields } from './form.js';
import { consent } from './helping.js';
import { all, drop, keep, note, sync, unpacked } from './queue.js';

const AT_ONCE = 50;

export function drafts(kit) {
  const { screens, words } = kit;
  return {
    title: words.drafts_title,
    load: async () => ({ ok: true, drafts: await all(kit.vault), taken: await unpacked(kit) }),
    show(main, { drafts: queued, taken }) {
      const named = (draft) => [(taken && taken.names[draft.service]) || draft.service, el('bdi', {}, draft.number || draft.witness), words[`result_${draft.result || 'new'}`]];
      main.append(
        el('p', { class: 'quiet' }, words.drafts_sealed),
        queued.length ? choices(queued, named, (one) => screens.go(draft(kit, taken, one))) : el('p', { class: 'says' }, words.no_drafts),
        el('button', { type: 'button', class: 'do', disabled: !taken, onclick: () => screens.go(which(kit, taken)) }, words.new_draft),
        ...(taken ? [] : [el('p', { class: 'bad' }, words.no_bundle)]),
        ...(queued.length ? [el('button', { type: 'button', class: 'do', onclick: () => screens.go(bringing(kit, queued.slice(0, AT_ONCE))) }, words.bring_drafts)] : []),
      );
    },
  };
}

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
    title: (taken && taken.names[had.service]) || had.service,
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
        await keep(vault, { ...had, ...reach, answers: asked.answers(), result: undefined, confirmed: false });
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
function bringing(kit, queued) {
  const { words } = kit;
  return {
    title: words.bring_drafts,
    load: () => sync(kit, queued),
    show(main, { came }) {
      main.append(el('ul', { class: 'list' }, came.map((one) => el('li', { class: 'entry' },
        el('b', {}, el('bdi', {}, one.number || one.witness)), el('span', {}, words[`result_${one.result}`], why(words, one)), next(kit, one)))));
    },
  };
}

const why = (words, { why: code }) => (code ? ` ${words[`why_${code}`] || words.why_limit}` : '');

function next(kit, came) {
  const { screens, words, vault } = kit;
  const press = (text, act) => el('button', { type: 'button', class: 'plain', onclick: act }, text);
  const again = (draft) => screens.instead(bringing(kit, [draft]));
  switch (came.result) {
    case 'accepted': return press(words.go_on_with_her, () => screens.go(together(kit, came)));
    case 'needs_consent': return press(words.type_her_code, () => screens.go(together(kit, came, () => again(came))));
    case 'conflict': return el('div', { class: 'row' },
      press(words.hers_stays, async () => { await drop(vault, came); screens.back(); }),
      press(words.this_one, async () => { await note(vault, { ...came, confirmed: true }); again({ ...came, confirmed: true }); }));
    default: return null;
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
