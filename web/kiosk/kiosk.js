// The kiosk: the languages first, then what can be done; it remembers nothing beyond one person.

import { Api, newKey } from '/web/api.js';
import { el } from '/web/dom.js';
import { Screens } from '/web/screens.js';
import { wordsOf } from '/web/words.js';
import { home } from './looking.js';
import { identify } from './proving.js';
import { Silence } from './silence.js';

const AGAIN = 3000; // milliseconds until the gateway is looked for again

const $ = (id) => document.getElementById(id);
const api = new Api();
let country = null;
let spoken = {}; // the words of each language
let words = {};

const screens = new Screens({ title: $('title'), main: $('main') }, () => words, (depth) => {
  $('top').hidden = depth < 2;
});
const kit = {
  api,
  screens,
  get words() { return words; },
  get country() { return country; },
  finish: forget,
  identify: (wish, next) => identify(kit, wish, next),
  within: null,
};

function languages() {
  return {
    show(main) {
      const tiles = country.languages.filter(({ code }) => spoken[code]).map((one) =>
        el('button', { type: 'button', class: 'tile', lang: one.code, dir: one.direction, onclick: () => speak(one) }, one.name));
      main.append(
        el('p', { class: 'hello', 'aria-hidden': 'true' }, '☎ ', el('bdi', { dir: 'ltr' }, country.service_code)),
        el('div', { class: 'tiles languages' }, tiles),
      );
    },
  };
}

function speak(language) {
  words = spoken[language.code];
  api.language = language.code;
  write(language.code, language.direction);
  $('back').textContent = words.back;
  $('finish').textContent = words.finish;
  screens.start(languages(), home(kit));
}

function write(language, direction) {
  document.documentElement.lang = language;
  document.documentElement.dir = direction;
}

function forget() {
  const { token } = api;
  api.token = '';
  api.language = '';
  words = {};
  const first = country.languages.find(({ code }) => code === country.default_language);
  write(first.code, first.direction);
  screens.start(languages());
  // She signed in to book: her session ends with her visit. Where this is lost, the token itself ends within minutes.
  if (token) api.ask('POST', '/auth/sign-out', { key: newKey(), token, last: true });
}

const silence = new Silence({
  used: () => screens.trail.length > 1 || Boolean(api.token),
  over: forget,
  words: () => words,
});

addEventListener('contextmenu', (event) => event.preventDefault());
addEventListener('pagehide', () => country && forget());
$('finish').addEventListener('click', forget);
$('back').addEventListener('click', () => (screens.trail.length > 2 ? screens.back() : forget()));

async function begin() {
  const answer = await api.get('/country');
  if (answer.ok) spoken = await wordsOf(answer.body.languages);
  if (!Object.keys(spoken).length) {
    $('main').replaceChildren(el('p', { class: 'waits' }, '…'));
    setTimeout(begin, AGAIN);
    return;
  }
  country = answer.body;
  forget();
  silence.listen();
}

begin();
