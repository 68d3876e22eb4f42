// What happens now: how many hops and how long they take, how ministries are, what waits.

import { el, fill } from '/web/dom.js';
import { choice, Panel } from './panel.js';
import { course, pulse, spark } from './pictures.js';

const DECADES = [0.001, 10]; // seconds: from a hop that asks nobody to one that is given up
const ALARM = 0.01; // of all hops
const LATE = 300; // seconds
const LATELY = 300;
const FAULTS = ['failed', 'broken', 'busy'];

export class Now {
  // `asked(span)`: the reader wants an hour or a day.
  constructor(words, said, span, asked) {
    Object.assign(this, { words, said });
    this.tiles = el('div', { class: 'glance' });
    this.rate = new Panel(words, words.rate, { wide: true });
    this.rate.controls.append(choice(words.span, [['hour', words.span_hour], ['day', words.span_day]], span, asked));
    this.latency = new Panel(words, words.latency);
    this.ministries = new Panel(words, words.ministries);
    this.panels = [this.rate, this.latency, this.ministries];
  }

  show(live) {
    this.glance(live);
    this.rates(live);
    this.latencies(live);
    this.health(live);
  }

  glance({ step, hops, ministries, queue }) {
    const { words, said } = this;
    const perMinute = hops.map(({ hops: count }) => (count * 60) / step);
    const faults = hops.map(({ results }) => sum(results, FAULTS));
    const last = hops[hops.length - 1];
    const lately = hops.slice(-Math.max(1, Math.round(LATELY / step)));
    const count = lately.reduce((all, one) => all + one.hops, 0);
    const wrong = lately.reduce((all, one) => all + sum(one.results, FAULTS), 0);
    const resting = ministries.filter(({ resting: some }) => some);
    const tile = (name, value, kind, beside, values, drawn = kind) => el('div', { class: `tally ${kind}` },
      el('p', { class: 'what' }, name), el('p', { class: 'much' }, value), el('p', { class: 'more' }, beside || '\u00a0'),
      values ? spark({ values, kind: drawn }) : null);
    this.tiles.replaceChildren(
      tile(words.hops_a_minute, said.number(perMinute[perMinute.length - 1]), 'good', '', perMinute),
      tile(words.p95, said.seconds(last.p95), 'p95', fill(words.p50_is, { p50: said.seconds(last.p50) }), hops.map(({ p95 }) => p95)),
      tile(words.faults, said.share(wrong, count), wrong > count * ALARM ? 'fault' : 'good', fill(words.of_hops, { count: said.number(wrong), hops: said.number(count), minutes: (lately.length * step) / 60 }), faults, 'fault'),
      tile(words.resting, said.number(resting.length), resting.length ? 'fault' : 'good', resting.map(({ name }) => name).join(', ') || words.none_resting),
      tile(words.waiting, said.number(queue.due), queue.oldest > LATE ? 'fault' : 'good',
        queue.due ? fill(words.oldest, { time: said.seconds(queue.oldest) }) : fill(words.later, { count: said.number(queue.later) })),
    );
  }

  times(steps) {
    return [0, Math.floor((steps.length - 1) / 2), steps.length - 1].map((at) => this.said.clock(steps[at].at));
  }

  rates({ step, hops }) {
    const { words, said } = this;
    const minute = (count) => (count * 60) / step;
    const all = hops.map(({ hops: count }) => minute(count));
    const faults = hops.map(({ results }) => minute(sum(results, FAULTS)));
    const total = hops.reduce((whole, one) => whole + one.hops, 0);
    this.rate.show({
      draw: (width) => course({
        width, says: fill(words.rate_says, { most: said.number(Math.max(...all)), last: said.number(all[all.length - 1]) }), times: this.times(hops),
        named: (value) => said.number(value), least: 1,
        series: [{ kind: 'good', values: all, filled: true }, { kind: 'fault', values: faults, filled: true }],
      }),
      legend: [['good', words.all_hops], ['fault', words.faults]],
      head: [words.time, words.hops, ...['answered', ...FAULTS, 'invalid'].map((result) => words[`result_${result}`])],
      rows: total ? hops.map(({ at, hops: count, results }) =>
        [said.clock(at), count, ...['answered', ...FAULTS, 'invalid'].map((result) => results[result] || 0)]).reverse() : [],
      nothing: words.no_hops,
    });
  }

  latencies({ hops }) {
    const { words, said } = this;
    const of = (name) => hops.map((one) => one[name]);
    const any = hops.some(({ p50 }) => p50 !== null);
    this.latency.show({
      draw: (width) => course({
        width, says: fill(words.latency_says, { worst: said.seconds(Math.max(...of('p99').map((value) => value || 0))) }),
        times: this.times(hops), named: (value) => said.seconds(value), decades: DECADES,
        series: [{ kind: 'p99', values: of('p99') }, { kind: 'p95', values: of('p95') }, { kind: 'p50', values: of('p50') }],
      }),
      legend: [['p50', words.p50], ['p95', words.p95], ['p99', words.p99]],
      head: [words.time, words.p50, words.p95, words.p99],
      rows: any ? hops.map(({ at, p50, p95, p99 }) => [said.clock(at), ...[p50, p95, p99].map((value) => said.seconds(value))]).reverse() : [],
      nothing: words.no_hops,
    });
  }

  health({ ministries, step }) {
    const { words, said } = this;
    const state = ({ resting, processes, steps }) => {
      const calls = steps.reduce((all, one) => all + one.calls, 0);
      const failed = steps.reduce((all, one) => all + one.failed, 0);
      if (resting) return ['fault', fill(words.rests, { some: resting, all: processes })];
      if (!calls) return ['idle', words.quiet];
      return failed ? ['warn', fill(words.some_failed, { share: said.share(failed, calls) })] : ['good', words.well];
    };
    const one = (ministry, width) => {
      const [kind, inWords] = state(ministry);
      return el('div', { class: 'ministry' },
        el('p', {}, el('b', {}, ministry.name), el('span', { class: `state ${kind}` }, inWords)),
        ministry.steps.some(({ calls }) => calls) ? pulse({ width, says: `${ministry.name}: ${inWords}`, steps: ministry.steps }) : null);
    };
    // Those that somebody should look at stand first.
    const order = ['fault', 'warn', 'good', 'idle'];
    const all = [...ministries].sort((one, other) => order.indexOf(state(one)[0]) - order.indexOf(state(other)[0]));
    const worst = (steps) => steps.reduce((most, { p95 }) => (p95 !== null && (most === null || p95 > most) ? p95 : most), null);
    const sums = ({ steps }) => ['calls', 'failed'].map((name) => steps.reduce((all, each) => all + each[name], 0));
    this.ministries.show({
      draw: (width) => all.map((ministry) => one(ministry, width)),
      legend: [['good', words.answered], ['fault', words.unanswered]],
      head: [words.ministry, words.state, words.calls, words.unanswered, words.worst_p95],
      rows: all.map((each) => [each.name, state(each)[1], ...sums(each), said.seconds(worst(each.steps))]),
      nothing: words.quiet,
      note: fill(words.ministries_note, { span: step > 60 ? words.span_day : words.span_hour }),
    });
  }
}

const sum = (results, names) => names.reduce((all, name) => all + (results[name] || 0), 0);
