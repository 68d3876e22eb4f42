// One card: a picture first, its figures as a table when they are asked for.

import { el } from '/web/dom.js';

export class Panel {
  constructor(words, title, { wide = false, note = '' } = {}) {
    this.words = words;
    this.title = title;
    this.note = el('p', { class: 'note' }, note);
    this.controls = el('div', { class: 'controls' });
    this.picture = el('div', { class: 'picture' });
    this.legend = el('ul', { class: 'legend' });
    this.table = el('table', {});
    this.figures = el('details', {}, el('summary', {}, words.figures), el('div', { class: 'scrolls', tabindex: '0', role: 'region', 'aria-label': title }, this.table));
    this.element = el('section', { class: wide ? 'panel wide' : 'panel', 'aria-label': title },
      el('div', { class: 'head' }, el('h2', {}, title), this.controls),
      this.note, el('figure', {}, this.picture, this.legend), this.figures);
    this.draw = null;
    new ResizeObserver(() => this.again()).observe(this.picture);
  }

  // `draw(width)` gives what is seen, `legend` is [[kind, words]], `head` and `rows` are the table; without rows
  // `nothing` is said instead.
  show({ draw, legend = [], head, rows, nothing, note }) {
    if (note !== undefined) this.note.textContent = note;
    this.legend.replaceChildren(...(rows.length ? legend : []).map(([kind, said]) =>
      el('li', {}, el('span', { class: `key ${kind}`, 'aria-hidden': 'true' }), said)));
    this.figures.hidden = !rows.length;
    this.table.replaceChildren(
      el('caption', {}, this.title),
      el('thead', {}, el('tr', {}, head.map((name) => el('th', { scope: 'col' }, name)))),
      el('tbody', {}, rows.map(([first, ...more]) =>
        el('tr', {}, el('th', { scope: 'row' }, first), more.map((value) => el('td', {}, `${value ?? '–'}`))))),
    );
    this.draw = rows.length ? draw : () => [el('p', { class: 'quiet' }, nothing)];
    this.width = 0;
    this.again();
  }

  again() {
    const width = Math.floor(this.picture.clientWidth);
    if (!this.draw || !width || width === this.width) return;
    this.width = width;
    this.picture.replaceChildren(...[this.draw(width)].flat());
  }
}

// One of a few: [[value, words]]. Gives the element; `chosen` is told.
export function choice(name, options, value, chosen) {
  const select = el('select', { 'aria-label': name, onchange: () => chosen(select.value) },
    options.map(([code, said]) => el('option', { value: code, selected: code === value }, said)));
  return select;
}
