// What anybody may look at: where an application stands, offices and their hours, what to bring.

import { problemWords } from '/web/api.js';
import { booking } from '/web/booking.js';
import { drawing, el, fill, ltr } from '/web/dom.js';
import { pad } from '/web/pad.js';
import { choices, dayInWords, facts } from '/web/screens.js';

const AT_ONCE = 20; // places on the screen; a finger asks for more
const STOPS = 3;

const DRAWINGS = {
  status: 'M4 4h11l5 5v11H4zM15 4v5h5M8 13h8M8 17h5',
  places: 'M12 21s7-6.2 7-11a7 7 0 0 0-14 0c0 4.8 7 11 7 11zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  needs: 'M8 4h8v3H8zM6 5.5H4V21h16V5.5h-2M8 12l2 2 4-4M8 18h8',
  visit: 'M4 6h16v15H4zM4 10h16M8 3v4M16 3v4M9 15l2 2 4-4',
};

export function home(kit) {
  const { words, screens } = kit;
  const tile = (name, screen) =>
    el('button', { type: 'button', class: 'tile', onclick: () => screens.go(screen(kit)) }, drawing(DRAWINGS[name]), words[`home_${name}`]);
  return {
    title: words.home,
    show(main) {
      main.append(
        el('div', { class: 'tiles home' }, tile('status', status), tile('places', places), tile('needs', needs), kit.country.visits && tile('visit', booking)),
        el('p', { class: 'quiet' }, fill(words.also_dial, { code: ltr(kit.country.service_code) })),
      );
    },
  };
}

// --- where an application stands ------------------------------------------------------------------------

function status(kit) {
  const { words, screens } = kit;
  return {
    title: words.home_status,
    show(main) {
      main.append(pad(words, { lead: words.type_reference, least: 4, most: 20, done: (typed) => screens.go(statusOf(kit, typed)) }));
    },
  };
}

function statusOf(kit, reference) {
  const { words, screens } = kit;
  return {
    title: words.home_status,
    load: () => kit.api.get(`/status/${encodeURIComponent(reference)}`),
    show(main, answer) {
      main.append(
        el('p', { class: 'says arrives' }, el('bdi', {}, answer.body.reference), el('b', {}, answer.body.word)),
        el('p', {}, fill(words.details_by_phone, { code: ltr(kit.country.service_code) })),
      );
    },
    trouble(answer) {
      if (answer.status !== 404 && answer.status !== 422) return null;
      return [
        el('p', { class: 'typed' }, reference),
        el('p', { class: 'bad', role: 'alert' }, answer.status === 404 ? words.number_unknown : problemWords(answer, words)),
        el('button', { type: 'button', class: 'do', onclick: () => screens.back() }, words.type_again),
      ];
    },
  };
}

// --- places ---------------------------------------------------------------------------------------------

function places(kit) {
  const { words, screens, api } = kit;
  return {
    title: words.home_places,
    load: () => api.get('/services'),
    show(main, answer) {
      const all = { code: '', name: words.all_places };
      main.append(choices([all, ...answer.body.items], (one) => one.name, (one) => screens.go(placesOf(kit, one))));
    },
  };
}

function placesOf(kit, service) {
  const { words, api } = kit;
  return {
    title: service.name,
    load: () => api.everything(`/places?${new URLSearchParams({ limit: '100', service: service.code })}`),
    show(main, answer) {
      const { items } = answer.body;
      if (!items.length) return main.append(el('p', { class: 'says' }, words.no_places));
      const list = el('ul', { class: 'list' });
      const more = el('button', { type: 'button', class: 'do', onclick: () => next() }, words.more);
      let from = 0;
      const next = () => {
        list.append(...items.slice(from, from + AT_ONCE).map((item) => entry(kit, item)));
        from += AT_ONCE;
        more.hidden = from >= items.length;
      };
      next();
      main.append(list, more);
    },
  };
}

function entry(kit, { place, open_now: open, stops }) {
  const { words } = kit;
  const coming = stops.slice(0, STOPS).map(({ begins, ends }) =>
    `${dayInWords(begins.slice(0, 10), words)}, ${begins.slice(11, 16)}–${ends.slice(11, 16)}`);
  return el('li', { class: 'entry' },
    el('b', {}, el('bdi', {}, place.name)), el('span', {}, el('bdi', {}, place.address)),
    el('span', {}, place.hours, open ? el('em', {}, words.open_now) : null),
    coming.map((stop) => el('span', {}, stop)));
}

// --- documents ------------------------------------------------------------------------------------------

function needs(kit) {
  const { words, screens, api } = kit;
  return {
    title: words.home_needs,
    load: () => api.get('/services'),
    show(main, answer) {
      const known = answer.body.items.filter((one) => one.described);
      main.append(choices(known, (one) => one.name, (one) => screens.go(needsOf(kit, one))));
    },
  };
}

function needsOf(kit, service) {
  const { words, api } = kit;
  return {
    title: service.name,
    load: () => api.get(`/services/${encodeURIComponent(service.code)}`),
    show(main, answer) {
      const { needs: documents, fee, free, days } = answer.body;
      const bring = documents.length
        ? [el('p', { class: 'lead' }, words.bring), el('ul', { class: 'needs' }, documents.map((one) => el('li', {}, one)))]
        : [el('p', { class: 'says' }, words.bring_nothing)];
      main.append(...bring, facts([
        [words.fee, free ? words.free : fee && `${fee.amount} ${fee.currency}`],
        [words.takes, days !== null && fill(words.working_days, { days })],
      ]));
    },
  };
}
