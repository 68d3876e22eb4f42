// What happened in the last days: where people give up, what arrived, what it cost, what nobody heard, how people found it.

import { fill } from '/web/dom.js';
import { choice, Panel } from './panel.js';
import { bars, course } from './pictures.js';

const NONE = '-';

export class Lately {
  // `names`: languages by their codes. `asked({language, network})`: of whom screens are shown.
  constructor(words, said, names, asked) {
    Object.assign(this, { words, said, names, asked, chosen: { language: '', network: '' } });
    this.screens = new Panel(words, words.giving_up);
    this.delivery = new Panel(words, words.delivery);
    this.spend = new Panel(words, words.spend);
    this.dead = new Panel(words, words.dead, { note: words.dead_note });
    this.satisfied = new Panel(words, words.satisfaction, { note: words.satisfaction_note });
    this.panels = [this.screens, this.delivery, this.spend, this.dead, this.satisfied];
  }

  show(figures) {
    this.givingUp(figures);
    this.deliveries(figures);
    this.spends(figures);
    this.letters(figures);
    this.satisfaction(figures);
  }

  language(code) {
    return code === NONE ? this.words.unknown : this.names[code] || code;
  }

  choices({ languages, networks }) {
    if (this.screens.controls.children.length) return;
    const put = (name) => (value) => {
      this.chosen[name] = value;
      this.asked({ ...this.chosen });
    };
    const { words } = this;
    this.screens.controls.append(
      choice(words.language, [['', words.all_languages], ...languages.map((code) => [code, this.language(code)])], '', put('language')),
      choice(words.network, [['', words.all_networks], ...networks.map(({ code, name }) => [code, name]), [NONE, words.unknown]], '', put('network')),
    );
  }

  givingUp(figures) {
    const { words, said } = this;
    this.choices(figures);
    const rows = figures.screens;
    this.screens.show({
      draw: (width) => bars({
        width, says: rows.length ? fill(words.giving_up_says, { screen: rows[0].screen, count: rows[0].given_up }) : '',
        rows: rows.map(({ screen, seen, given_up: left }) => ({
          name: screen, says: `${said.number(left)} · ${said.share(left, seen)}`, counts: [['warn', left]],
        })),
      }),
      head: [words.screen, words.gave_up, words.saw, words.share],
      rows: rows.map(({ screen, seen, given_up: left }) => [screen, left, seen, said.share(left, seen)]),
      nothing: fill(words.too_few, { least: figures.least }),
      note: fill(words.giving_up_note, { days: figures.days, least: figures.least }),
    });
  }

  deliveries(figures) {
    const { words, said } = this;
    const counts = (one) => [['good', one.delivered], ['idle', one.under_way], ['warn', one.undelivered], ['fault', one.failed]];
    const named = ({ provider, language }) => [provider === NONE ? words.no_provider : provider, language && this.language(language)].filter(Boolean).join(' · ');
    const rows = figures.deliveries.filter(({ provider, language }) => provider && language);
    const alone = figures.deliveries.filter(({ provider, language }) => !(provider && language));
    const shown = [...alone, ...rows];
    // Where pairs are too small to be told, what all of a provider's or of a language's came to.
    const drawn = rows.length ? rows : alone;
    this.delivery.show({
      draw: (width) => bars({
        width, says: rows.length ? fill(words.delivery_says, { count: rows.length }) : words.delivery_alone_says,
        rows: drawn.map((one) => ({
          name: named(one), says: `${said.share(one.delivered, one.messages)} · ${said.number(one.messages)}`, counts: counts(one),
          of: counts(one).reduce((sum, [, count]) => sum + count, 0),
        })),
      }),
      legend: [['good', words.delivered], ['idle', words.under_way], ['warn', words.undelivered], ['fault', words.failed]],
      head: [words.provider, words.messages, words.delivered, words.under_way, words.undelivered, words.failed],
      rows: shown.map((one) => [named(one), one.messages, ...counts(one).map(([, count]) => count)]),
      nothing: words.no_messages,
      note: fill(words.delivery_note, { days: figures.days, least: figures.least }),
    });
  }

  spends({ spend, currency, digits }) {
    const { words, said } = this;
    const money = (minor) => (minor === null ? null : said.money(minor, currency, digits));
    const row = (source, period, spent, cap) => ({
      name: `${source} · ${period}`,
      says: cap === null ? money(spent) : fill(words.of_cap, { spent: money(spent), cap: money(cap) }),
      counts: [[cap === null ? 'idle' : spent >= cap ? 'fault' : spent >= cap * 0.8 ? 'warn' : 'good', spent]],
      of: cap === null ? undefined : Math.max(cap, spent),
    });
    this.spend.show({
      draw: (width) => bars({
        width, says: words.spend_says,
        rows: spend.flatMap((one) => [row(one.source, words.today, one.day, one.day_cap), row(one.source, words.this_month, one.month, one.month_cap)]),
      }),
      head: [words.source, words.today, words.cap, words.this_month, words.cap],
      rows: spend.map((one) => [one.source, ...[one.day, one.day_cap, one.month, one.month_cap].map(money)]),
      nothing: words.no_spend,
      note: words.spend_note,
    });
  }

  letters({ dead }) {
    const { words, said } = this;
    this.dead.show({
      draw: (width) => bars({
        width, says: fill(words.dead_says, { count: dead.reduce((all, { count }) => all + count, 0) }),
        rows: dead.slice(0, 8).map(({ source, why, count }) => ({ name: `${source} · ${why}`, says: said.number(count), counts: [['fault', count]] })),
      }),
      head: [words.source, words.why, words.count, words.oldest_day],
      rows: dead.map(({ source, why, count, oldest }) => [source, why, count, oldest.slice(0, 10)]),
      nothing: words.none_dead,
    });
  }

  satisfaction({ satisfaction: all }) {
    const { words, said } = this;
    const kinds = [...new Set(all.map(({ kind }) => kind))];
    const months = [...new Set(all.map(({ month }) => month.slice(0, 7)))];
    const told = all.filter(({ withheld }) => !withheld);
    // Every answer as a share of the best, so that scales of three and of five stand in one picture.
    const mean = ({ questions }) => {
      const values = questions.filter((each) => each.mean !== null).map((each) => (each.mean - 1) / (each.best - 1));
      return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
    };
    const of = (kind, month) => all.find((one) => one.kind === kind && one.month.startsWith(month) && !one.withheld);
    const lines = ['p50', 'p95', 'p99'];
    this.satisfied.show({
      draw: (width) => course({
        width, height: 170, says: fill(words.satisfaction_says, { months: months.length }), times: [months[0], '', months[months.length - 1]],
        named: (value) => said.share(value, 1), least: 1,
        series: kinds.map((kind, at) => ({ kind: lines[at % 3], values: months.map((month) => { const one = of(kind, month); return one ? mean(one) : null; }) })),
      }),
      legend: kinds.map((kind, at) => [lines[at % 3], words[`kind_${kind}`] || kind]),
      head: [words.month, words.kind, words.asked, words.answers, words.questions],
      rows: told.length ? all.map((one) => [one.month.slice(0, 7), words[`kind_${one.kind}`] || one.kind,
        ...(one.withheld ? [null, null, words.withheld] : [one.asked, one.answered,
          one.questions.filter((each) => each.mean !== null).map((each) => `${each.question} ${said.number(each.mean)} / ${each.best}`).join(' · ')])]).reverse() : [],
      nothing: words.no_answers,
    });
  }
}
