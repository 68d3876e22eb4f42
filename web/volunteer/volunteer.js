// The volunteer's page: signing in, her day, and one citizen at a time. Nothing of a citizen outlives her session.

import { Api } from '/web/api.js';
import { el, fill } from '/web/dom.js';
import { Screens } from '/web/screens.js';
import { wordsOf } from '/web/words.js';
import { day } from './day.js';
import { resumed } from './helping.js';
import { entrance } from './signing.js';
import { Vault } from './vault.js';

const LANGUAGE = 'guichet.language';
const AGAIN = 3000; // milliseconds until the gateway is looked for again
const TICK = 1000;

const $ = (id) => document.getElementById(id);
const api = new Api();
let spoken = {};

const kit = {
  api, // with the agent's token
  beside: new Api(), // with the token for the citizen's things; in practice, what only seems to be the gateway
  words: {},
  country: null,
  vault: null,
  session: null, // the agent's: {token, refresh, until, agent}
  citizen: null, // {id, until, services, practice, witnessed, run}
  drill: false, // somebody is being practised with
  screens: new Screens({ title: $('title'), main: $('main') }, () => kit.words, (depth) => { $('back').hidden = depth < 2; draw(); }),
  speak,
  begin: begun,
  home: () => kit.screens.start(day(kit)),
  leaveCitizen,
  lock,
  practising(now) {
    kit.drill = now;
    draw();
  },
};

function draw() {
  const { session, citizen, words } = kit;
  const drill = Boolean(session && (session.agent.practice || kit.drill));
  document.documentElement.classList.toggle('drill', drill);
  $('drill').hidden = !drill;
  $('drill').textContent = drill ? words.practice_band : '';
  $('offline').hidden = navigator.onLine;
  $('offline').textContent = words.offline_band || '';
  const left = citizen ? Math.max(0, Math.ceil((citizen.until - Date.now()) / 60000)) : null;
  $('left').textContent = left === null ? '' : fill(words.minutes_left, { minutes: left });
}

function speak(code) {
  const language = kit.country.languages.find((one) => one.code === code);
  kit.words = spoken[code];
  api.language = code;
  kit.beside.language = code;
  localStorage.setItem(LANGUAGE, code);
  document.documentElement.lang = code;
  document.documentElement.dir = language.direction;
  $('back').textContent = kit.words.back;
}

// The agent's working day begins, or goes on after the page was closed.
async function begun(session) {
  kit.session = session;
  api.token = session.token;
  await kit.vault.put('session', session);
  const together = await kit.vault.get('citizen');
  return together && together.until > Date.now() ? kit.screens.start(resumed(kit, together)) : kit.home();
}

function leaveCitizen() {
  kit.citizen = null;
  kit.beside.token = '';
  kit.beside = new Api();
  kit.beside.language = api.language;
  return kit.vault.drop('citizen');
}

// Nobody works here any more. What is sealed waits for her next sign-in; only leaving for good clears it.
async function lock() {
  await leaveCitizen();
  kit.session = null;
  api.token = '';
  await kit.vault.drop('session');
  await kit.vault.lock();
  await kit.screens.start(await entrance(kit));
}

function tick() {
  if (kit.session && Date.now() >= kit.session.until) lock();
  else if (kit.citizen && Date.now() >= kit.citizen.until) {
    leaveCitizen();
    kit.home();
  } else draw();
}

async function begin() {
  const answer = await api.get('/country');
  if (answer.ok) spoken = await wordsOf(answer.body.languages, 'words');
  if (!Object.keys(spoken).length) {
    $('main').replaceChildren(el('p', { class: 'waits' }, '…'));
    setTimeout(begin, AGAIN);
    return;
  }
  kit.country = answer.body;
  const wanted = [localStorage.getItem(LANGUAGE), kit.country.default_language, Object.keys(spoken)[0]];
  speak(wanted.find((code) => spoken[code]));
  if (!window.isSecureContext) {
    $('main').replaceChildren(el('p', { class: 'bad' }, kit.words.needs_https));
    return;
  }
  kit.vault = await Vault.open();
  const session = await kit.vault.get('session');
  if (session && session.until > Date.now()) await begun(session);
  else await lock();
  setInterval(tick, TICK);
}

kit.languages = () => kit.country.languages.filter(({ code }) => spoken[code]);
$('back').addEventListener('click', () => kit.screens.back());
for (const name of ['online', 'offline']) addEventListener(name, draw);
if ('serviceWorker' in navigator) navigator.serviceWorker.register('worker.js').catch(() => {});

begin();
