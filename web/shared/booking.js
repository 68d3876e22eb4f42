// A visit booked: service, office, day, time, and yes. `kit.identify(wish, next)`: the screen on which she says who
// she is, or null where that is known. `kit.within`: the services that may be booked, or null for all.

import { newKey } from './api.js';
import { el, fill, ltr } from './dom.js';
import { choices, dayInWords, facts } from './screens.js';

const ASKED_AGAIN = [2000, 4000, 8000]; // milliseconds: a ministry that has not answered yet

const query = (values) => new URLSearchParams(values).toString();
const clockTime = (moment) => moment.slice(11, 16);
const wait = (milliseconds) => new Promise((over) => { setTimeout(over, milliseconds); });

export function booking(kit) {
  const { api, screens, words } = kit;
  const base = screens.trail.length;
  const inWords = (day) => dayInWords(day, words);
  const list = (title, path, named, chosen, wanted = () => true) => ({
    title,
    load: () => api.everything(path),
    show(main, answer) {
      const items = answer.body.items.filter(wanted);
      main.append(items.length ? choices(items, named, chosen) : el('p', { class: 'says' }, words.nothing_free));
    },
  });

  const services = () =>
    list(words.choose_service, '/appointments/services', (one) => one.name, (one) =>
      screens.go(places({ service: one.code, serviceName: one.name })), (one) => !kit.within || kit.within.has(one.code));

  const places = (wish) =>
    list(words.choose_place, `/appointments/places?${query({ service: wish.service })}`,
      (one) => [el('bdi', {}, one.name), el('bdi', {}, one.address), one.hours],
      (one) => screens.go(days({ ...wish, place: one.id, placeName: one.name })));

  const days = (wish) =>
    list(words.choose_day, `/appointments/days?${query({ service: wish.service, place: wish.place })}`, inWords, (day) =>
      screens.go(times({ ...wish, day })));

  const times = (wish) => ({
    title: inWords(wish.day),
    load: () => api.everything(`/appointments/times?${query({ service: wish.service, place: wish.place, day: wish.day })}`),
    show(main, answer) {
      const { items } = answer.body;
      const chosen = (one) => {
        const found = { ...wish, slot: one.slot, time: clockTime(one.starts) };
        screens.go(kit.identify(found, confirm) || confirm(found));
      };
      main.append(
        el('p', { class: 'lead' }, items.length ? words.choose_time : words.nothing_free),
        el('ul', { class: 'times' }, items.map((one) =>
          el('li', {}, el('button', { type: 'button', onclick: () => chosen(one) }, clockTime(one.starts))))),
      );
    },
  });

  const confirm = (wish) => {
    // One key for this visit, however often the network makes her press.
    const key = newKey();
    return {
      title: words.confirm_visit,
      show(main) {
        main.append(
          facts([[words.service, wish.serviceName], [words.place, wish.placeName], [words.day, inWords(wish.day)], [words.time, wish.time]]),
          el('button', { type: 'button', class: 'do', onclick: () => screens.instead(booked(wish, key)) }, words.book),
        );
      },
    };
  };

  const book = async (wish, key) => {
    let answer;
    for (const pause of [0, ...ASKED_AGAIN]) {
      if (pause) await wait(pause);
      answer = await api.post('/appointments', { service: wish.service, slot: wish.slot, place: wish.place }, key);
      if (answer.status !== 202 || answer.body.told) break;
    }
    return answer;
  };

  const booked = (wish, key) => ({
    title: words.home_visit,
    load: () => book(wish, key),
    show(main, answer) {
      const visit = answer.body;
      screens.done(base);
      const says = answer.status === 201
        ? [words.booked, el('b', {}, `${inWords(wish.day)}, ${wish.time}`)]
        : [visit.told ? words.being_booked : fill(words.being_booked_dial, { code: ltr(kit.country.service_code) })];
      main.append(
        el('p', { class: 'says arrives' }, says),
        el('p', { class: 'lead' }, el('bdi', {}, wish.placeName)),
        ...(visit.number ? [el('p', { class: 'lead' }, words.say_number, ' ', el('b', { class: 'number' }, visit.number))] : []),
        el('p', {}, fill(words.change_by_phone, { code: ltr(kit.country.service_code) })),
        el('button', { type: 'button', class: 'do', onclick: () => kit.finish() }, words.finish),
      );
    },
    trouble(answer) {
      if (!answer.body || answer.body.code !== 'slot_taken') return null;
      const others = answer.body.choices || [];
      return [
        el('p', { class: 'bad', role: 'alert' }, words.taken),
        choices(others, inWords, (day) => screens.instead(times({ ...wish, day }))),
      ];
    },
  });

  return services();
}
