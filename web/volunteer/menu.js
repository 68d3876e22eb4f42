// Her own menus, screen by screen, as her telephone would show them; never her PIN.

import { problemWords } from '/web/api.js';
import { el } from '/web/dom.js';
import { ownHands } from './hands.js';
import { alarm } from './signing.js';

const PAIR = /^(0 .+) (00 .+)$/; // two options on one line, as a small screen has them
const OPTION = /^(\d{1,2})[ .)]\s*(.+)$/;

export function menus(kit) {
  const { api, screens, words } = kit;
  let turn = 0;
  // Counted on only when an answer came: what is typed next is meant for the screen that is shown.
  const ask = async (input) => {
    const came = await api.post(`/agent/citizens/${kit.citizen.id}/menu`, { run: kit.citizen.run, turn: turn + 1, input });
    if (came.ok) turn += 1;
    return came;
  };
  return {
    title: words.menus,
    load() {
      kit.citizen.run += 1;
      turn = 0;
      return ask('');
    },
    show(main, answer) {
      const glass = el('div', { class: 'glass', role: 'log', 'aria-live': 'polite', tabindex: '-1' });
      const wrong = alarm();
      const typed = el('input', { type: 'text', maxlength: 160, autocomplete: 'off', 'aria-label': words.type_here });
      const send = el('button', { type: 'button', class: 'do' }, words.send);
      const here = screens.here();
      const next = async (input) => {
        glass.setAttribute('aria-busy', 'true');
        const came = await ask(input);
        if (!here()) return;
        glass.removeAttribute('aria-busy');
        typed.value = '';
        wrong.hidden = true;
        if (came.ok) draw(came.body);
        else if (ownHands(kit, came)) main.replaceChildren(...ownHands(kit, came));
        else wrong.say(problemWords(came, words));
      };
      const entry = el('form', { class: 'row', onsubmit: (event) => { event.preventDefault(); if (typed.value.trim()) next(typed.value.trim()); } }, typed, send);
      send.type = 'submit';
      const again = el('button', { type: 'button', class: 'do', onclick: () => screens.again() }, words.menus_again);
      const draw = ({ text, goes_on: goesOn }) => {
        glass.replaceChildren(...text.split('\n').flatMap((line) => line.match(PAIR)?.slice(1) || [line]).map((line) => {
          const option = goesOn && line.match(OPTION);
          return option
            ? el('button', { type: 'button', class: 'plain', onclick: () => next(option[1]) }, line)
            : el('p', {}, line);
        }));
        // What was pressed is gone: whoever reads with the ears goes on from the new screen.
        glass.focus({ preventScroll: true });
        entry.hidden = !goesOn;
        again.hidden = goesOn;
      };
      main.append(glass, wrong, entry, again);
      draw(answer.body);
    },
    trouble: (answer) => ownHands(kit, answer),
  };
}
