// The agent's day: whom to help next, what waits, what her organisation has done.

import { drawing, el, fill } from '/web/dom.js';
import { facts } from '/web/screens.js';
import { callbacks } from './callbacks.js';
import { drafts } from './drafts.js';
import { help } from './helping.js';
import { names, pack } from './queue.js';
import { lockAndKeep, signOut } from './signing.js';

const DRAWINGS = {
  help: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM16 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 20c0-4 3-6 6-6s6 2 6 6M14 14c4-1 8 1 8 6',
  drafts: 'M5 4h14v16H5zM8 8h8M8 12h8M8 16h4',
  callbacks: 'M6 4l3 1 1 4-2 1a12 12 0 0 0 6 6l1-2 4 1 1 3c-1 2-3 2-5 2C9 19 5 15 4 9c0-2 0-4 2-5z',
  practise: 'M12 4l10 5-10 5L2 9zM6 11v5c3 3 9 3 12 0v-5',
};

export function day(kit) {
  const { api, screens, words, vault } = kit;
  const tile = (name, screen, text) => el('button', { type: 'button', class: 'tile', onclick: () => screens.go(screen()) }, drawing(DRAWINGS[name]), text);
  return {
    title: kit.session.agent.name,
    async load() {
      kit.practising(false);
      const [queued, counted] = await Promise.all([names(vault), api.get('/agent/counts')]);
      if (counted.status === 401 || counted.status === 403) {
        await kit.lock();
        return counted;
      }
      if (counted.ok) pack(kit);
      return { ok: true, queued, counted };
    },
    show(main, { queued, counted }) {
      const { agent } = kit.session;
      main.append(
        el('p', { class: 'quiet' }, el('bdi', {}, agent.organisation), ' · ', el('bdi', {}, agent.badge)),
        el('div', { class: 'tiles' },
          tile('help', () => help(kit, agent.practice), words.help),
          vault.isOpen && tile('drafts', () => drafts(kit), fill(words.drafts, { count: queued.length })),
          tile('callbacks', () => callbacks(kit), words.callbacks),
          agent.practice ? null : tile('practise', () => help(kit, true), words.practise)),
      );
      if (counted.ok) main.append(el('p', { class: 'quiet' }, words.last_days), totals(words, counted.body));
      main.append(
        ...(vault.isOpen ? [el('button', { type: 'button', class: 'plain', onclick: () => lockAndKeep(kit) }, words.lock)] : []),
        el('button', { type: 'button', class: 'plain', onclick: () => leave(kit, queued.length) }, words.sign_out));
    },
  };
}

function totals(words, { sessions, flags }) {
  const sum = (counts, fits = () => true) => counts.filter(({ what }) => fits(what)).reduce((all, { count }) => all + count, 0);
  const real = (what) => !what.startsWith('practice.');
  return facts([
    [words.helped, String(sum(sessions, (what) => real(what) && /\.(active|ended)$/.test(what)))],
    [words.no_yes, String(sum(sessions, (what) => real(what) && /\.(asked|refused)$/.test(what)))],
    [words.flagged, String(sum(flags))],
  ]);
}

function leave(kit, queued) {
  if (!queued) return signOut(kit);
  const { words, screens } = kit;
  return screens.go({
    title: words.sign_out,
    show(main) {
      main.append(
        el('p', { class: 'bad' }, fill(words.drafts_lost, { count: queued })),
        el('button', { type: 'button', class: 'do', onclick: () => lockAndKeep(kit) }, words.lock_only),
        el('button', { type: 'button', class: 'plain', onclick: () => signOut(kit) }, words.sign_out_anyway),
      );
    },
  });
}
