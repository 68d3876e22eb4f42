// What another agent prepared for somebody without a telephone: called back, then handed in, or not.

import { newKey } from '/web/api.js';
import { el, fill } from '/web/dom.js';
import { choices, dayInWords, facts } from '/web/screens.js';
import { said } from './form.js';
import { unpacked } from './queue.js';

const LONGEST = 3600000; // milliseconds

export function callbacks(kit) {
  const { api, screens, words } = kit;
  return {
    title: words.callbacks,
    load: () => api.get('/agent/callbacks'),
    show(main, answer) {
      const { items } = answer.body;
      main.append(items.length
        ? choices(items, (one) => [one.name, el('bdi', {}, one.slip), dayInWords(one.held_on, words)], (one) => screens.go(held(kit, one)))
        : el('p', { class: 'says' }, words.no_callbacks));
    },
  };
}

// What is read out, in the words of the form where it was taken along.
function held(kit, listed) {
  const { api, screens, words } = kit;
  // One key for each decision, however often the network makes her press.
  const keys = { true: newKey(), false: newKey() };
  return {
    title: listed.slip,
    async load() {
      const [answer, taken] = await Promise.all([api.get(`/agent/callbacks/${listed.id}`), unpacked(kit)]);
      return { ...answer, form: taken && taken.forms[listed.service] };
    },
    show(main, { body: work, form }) {
      const wait = work.decided_in * 1000;
      const here = screens.here();
      if (wait > 0 && wait < LONGEST) setTimeout(() => { if (here()) screens.again(); }, wait + 1000);
      const decide = (look, agreed, word) => el('button', {
        type: 'button', class: look, disabled: wait > 0, onclick: () => screens.go(decided(kit, work, agreed, keys[agreed])),
      }, word);
      main.append(
        el('p', { class: 'lead' }, wait > 0
          ? fill(words.call_back_from, { time: new Date(Date.now() + wait).toTimeString().slice(0, 5) }) : words.called_back),
        facts([[words.service, work.name], [words.witness, el('bdi', {}, work.witness)], ...said(words, form && form.fields, work.answers)]),
        ...(work.consent ? [el('p', { class: 'quiet' }, words.also_read_out), el('p', { class: 'says' }, work.consent)] : []),
        decide('do', true, words.she_wants),
        decide('plain', false, words.she_does_not),
      );
    },
  };
}

function decided(kit, work, agreed, key) {
  const { api, screens, words } = kit;
  return {
    title: work.slip,
    load: () => api.post(`/agent/callbacks/${work.id}`, { agreed }, key),
    show(main, { body }) {
      screens.done();
      const told = { handed_in: words.handed_in, processing: words.processing, refused: words.not_handed_in };
      main.append(
        el('p', { class: 'says' }, told[body.state], body.reference ? el('b', {}, el('bdi', {}, body.reference)) : null),
        el('button', { type: 'button', class: 'do', onclick: () => kit.home() }, words.go_on),
      );
    },
  };
}
