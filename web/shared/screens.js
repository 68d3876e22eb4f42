// One screen at a time, and the way back. A screen is {title, load?, show(main, answer), trouble?(answer)}.

import { problemWords } from './api.js';
import { el, fill } from './dom.js';

export class Screens {
  // `parts`: the elements top, title, main. `words`: a function, as the language changes. `shown`: told of each screen.
  constructor(parts, words, shown = () => {}) {
    this.parts = parts;
    this.words = words;
    this.shown = shown;
    this.trail = [];
    this.turn = 0; // an answer that comes after she went elsewhere is not shown
  }

  // Begins anew: the last of these is shown, the others are where "back" leads.
  start(...screens) {
    this.trail = screens;
    return this.again();
  }

  go(screen) {
    this.trail.push(screen);
    return this.again();
  }

  // In the place of the one that is shown.
  instead(screen) {
    this.trail.pop();
    return this.go(screen);
  }

  back() {
    if (this.trail.length > 1) this.trail.pop();
    return this.again();
  }

  // What was done has no way back into it: of the trail, the first `kept` screens and this one stay.
  done(kept = 0) {
    this.trail = [...this.trail.slice(0, kept), this.trail[this.trail.length - 1]];
    this.shown(this.trail.length);
  }

  // Whether what is shown now is still shown: `const here = screens.here(); await ...; if (!here()) return;`
  here() {
    const { turn } = this;
    return () => turn === this.turn;
  }

  async again() {
    const screen = this.trail[this.trail.length - 1];
    this.turn += 1;
    const here = this.here();
    const { main, title } = this.parts;
    title.textContent = screen.title || '';
    this.shown(this.trail.length);
    let answer = null;
    if (screen.load) {
      main.replaceChildren(el('p', { class: 'waits', role: 'status' }, this.words().wait));
      answer = await screen.load();
      if (!here()) return;
    }
    main.replaceChildren();
    if (answer && !answer.ok) main.append(...this.trouble(screen, answer));
    else screen.show(main, answer);
    scrollTo(0, 0);
    title.focus({ preventScroll: true });
  }

  trouble(screen, answer) {
    const own = screen.trouble ? screen.trouble(answer) : null;
    if (own) return [own].flat();
    const words = this.words();
    const mayHelp = answer.status === 0 || answer.status >= 500;
    const again = el('button', { type: 'button', class: 'do', onclick: () => this.again() }, words.again);
    return [el('p', { class: 'bad', role: 'alert' }, problemWords(answer, words)), ...(mayHelp ? [again] : [])];
  }
}

// A list to choose from. `named` gives what is said of an item: one line, or several of which the first is the name.
export function choices(items, named, chosen) {
  return el('ul', { class: 'list' }, items.map((one) => {
    const [first, ...more] = [named(one)].flat();
    return el('li', {}, el('button', { type: 'button', onclick: () => chosen(one) },
      el('b', {}, first), more.filter(Boolean).map((line) => el('span', {}, line))));
  }));
}

// Names and values, one under the other.
export function facts(pairs) {
  return el('dl', { class: 'facts' }, pairs.filter(([, value]) => value).map(([name, value]) =>
    el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

// A day as people say it, by our own words: old browsers know few languages. `day`: YYYY-MM-DD.
export function dayInWords(day, words) {
  const date = new Date(`${day}T00:00:00Z`);
  const weekday = words.weekdays[(date.getUTCDay() + 6) % 7];
  return fill(words.day_words, { weekday, day: date.getUTCDate(), month: words.months[date.getUTCMonth()] });
}
