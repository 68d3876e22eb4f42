// What another agent prepared for somebody without a telephone: called back, then handed in, or not.

import { el, fill } from '/web/dom.js';
import { choices, facts } from '/web/screens.js';

export function callbacks(kit) {
  const { api, screens, words } = kit;
  return {
    title: words.callbacks,
    load: () => api.get('/agent/callbacks'),
    show(main, answer) {
      const { items } = answer.body;
      main.append(items.length
        ? choices(items, (one) => [one.name, el('bdi', {}, one.slip), one.held_on], (one) => screens.go(held(kit, one)))
        : el('p', { class: 'says' }, words.no_callbacks));
    },
  };
}

function held(kit, listed) {
  const { api, screens, words } = kit;
  return {
    title: listed.slip,
    load: () => api.get(`/agent/callbacks/${listed.id}`),
    show(main, { body: work }) {
      const early = Date.parse(work.decided_from) > Date.now();
      const decide = (look, agreed, word) =>
        el('button', { type: 'button', class: look, disabled: early, onclick: () => screens.instead(said(kit, work, agreed)) }, word);
      main.append(
        facts([[words.service, work.name], [words.witness, work.witness], ...Object.entries(work.answers)]),
        el('p', { class: 'lead' }, early
          ? fill(words.call_back_from, { time: new Date(work.decided_from).toTimeString().slice(0, 5) }) : words.called_back),
        decide('do', true, words.she_wants),
        decide('plain', false, words.she_does_not),
      );
    },
  };
}

function said(kit, work, agreed) {
  const { api, words } = kit;
  return {
    title: work.slip,
    load: () => api.post(`/agent/callbacks/${work.id}`, { agreed }),
    show(main, { body }) {
      const told = { handed_in: words.handed_in, processing: words.processing, refused: words.not_handed_in };
      main.append(
        el('p', { class: 'says' }, told[body.state] || body.state, body.reference ? el('b', {}, body.reference) : null),
        el('button', { type: 'button', class: 'do', onclick: () => kit.home() }, words.go_on),
      );
    },
  };
}
