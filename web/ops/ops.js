// The operations page: sign in with a second factor, then what happens now and what happened lately, again and again.

import { el } from '/web/dom.js';
import { wordsOf } from '/web/words.js';
import { entrance } from './entrance.js';
import { Lately } from './lately.js';
import { Now } from './now.js';
import { Said } from './said.js';

const LANGUAGE = 'guichet.language';
const NOW = 10000; // milliseconds
const LATELY = 60000;
const AGAIN = 3000;
const PATIENCE = 20000;

const $ = (id) => document.getElementById(id);
let country = null;
let spoken = {};
let words = {};
let touched = true; // somebody is there
let view = null; // {now, lately, span, chosen, timers}

// {ok, status, body} of one of the page's own doors.
async function ask(method, path, { query = {}, body } = {}) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  const asked = new URLSearchParams(touched ? { ...query, touched: '1' } : query);
  touched = false;
  try {
    const answer = await fetch(`/ops/${path}?${asked}`, {
      method, body: body && JSON.stringify(body), cache: 'no-store', credentials: 'same-origin', redirect: 'error', signal: patience.signal,
      headers: body ? { 'Content-Type': 'application/json' } : {},
    });
    const text = await answer.text();
    return { ok: answer.ok, status: answer.status, body: text ? JSON.parse(text) : null };
  } catch {
    return { ok: false, status: 0, body: null };
  } finally {
    clearTimeout(timer);
  }
}

function heading(signedIn) {
  $('title').textContent = words.title;
  document.title = `Guichet · ${words.title}`;
  $('leave').textContent = words.sign_out;
  $('leave').hidden = !signedIn;
  $('languages').setAttribute('aria-label', words.language);
  $('languages').replaceChildren(...country.languages.filter(({ code }) => spoken[code]).map(({ code, name }) =>
    el('button', { type: 'button', lang: code, title: name, 'aria-label': name, 'aria-pressed': `${document.documentElement.lang === code}`, onclick: () => speak(code) }, code)));
}

function speak(code) {
  words = spoken[code];
  document.documentElement.lang = code;
  localStorage.setItem(LANGUAGE, code);
  if (view) watch(view.span);
  else signIn();
}

function signIn(why = '') {
  stop();
  heading(false);
  entrance($('main'), words, why, async (typed) => {
    const answer = await ask('POST', 'session', { body: typed });
    if (answer.ok) {
      watch();
      $('title').focus();
    }
    return answer;
  });
}

function stop() {
  if (view) view.timers.forEach(clearTimeout);
  view = null;
  trouble('');
}

function trouble(said) {
  $('trouble').textContent = said;
  $('trouble').hidden = !said;
}

// Asked for now, and again so long after each answer; an answer that comes after the view went is nobody's.
function again(place, every, path, query, show) {
  const mine = view;
  clearTimeout(mine.timers[place]);
  mine.turns[place] += 1;
  const turn = mine.turns[place];
  const look = async () => {
    const answer = await ask('GET', path, { query: query() });
    if (view !== mine || mine.turns[place] !== turn) return;
    if (answer.status === 401) {
      signIn(words.session_over);
      return;
    }
    trouble(answer.ok ? '' : words.no_figures);
    if (answer.ok) show(answer.body);
    mine.timers[place] = setTimeout(look, answer.ok ? every : AGAIN);
  };
  look();
}

function watch(span = 'hour') {
  stop();
  heading(true);
  const said = new Said(document.documentElement.lang, country.zone);
  const names = Object.fromEntries(country.languages.map(({ code, name }) => [code, name]));
  const now = new Now(words, said, span, (asked) => { view.span = asked; live(); });
  const lately = new Lately(words, said, names, (chosen) => { view.chosen = chosen; figures(); });
  view = { span, chosen: {}, timers: [], turns: [0, 0] };
  const live = () => again(0, NOW, 'live', () => ({ span: view.span }), (body) => now.show(body));
  const figures = () =>
    again(1, LATELY, 'figures', () => ({ ...view.chosen, spoken: document.documentElement.lang }), (body) => lately.show(body));
  $('main').replaceChildren(now.tiles, el('div', { class: 'panels' }, [...now.panels, ...lately.panels].map(({ element }) => element)));
  live();
  figures();
}

$('leave').addEventListener('click', async () => {
  stop();
  await ask('DELETE', 'session');
  signIn();
});
for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, () => { touched = true; });

async function begin() {
  try {
    const answer = await fetch('/api/v1/country');
    country = answer.ok ? await answer.json() : null;
  } catch {
    country = null;
  }
  if (country) spoken = await wordsOf(country.languages, '/ops/words');
  // Not every country speaks a language that this page has words in.
  if (country && !Object.keys(spoken).length) {
    country.languages.push({ code: 'en', name: 'English', direction: 'ltr' });
    spoken = await wordsOf([{ code: 'en' }], '/ops/words');
  }
  const known = [localStorage.getItem(LANGUAGE), ...navigator.languages.map((one) => one.slice(0, 2)), 'en', ...Object.keys(spoken)];
  const code = known.find((one) => spoken[one]);
  if (!code) {
    setTimeout(begin, AGAIN);
    return;
  }
  words = spoken[code];
  document.documentElement.lang = code;
  const session = await ask('GET', 'session');
  if (session.ok) watch();
  else signIn();
}

begin();
