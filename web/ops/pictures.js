// Pictures as SVG, drawn for the width that they have; colours are the style sheet's. Each has a title that is read out.

import { area, axisEnd, heightOf, line, parts, tens } from './geometry.js';

const SVG = 'http://www.w3.org/2000/svg';
const FOOT = 22; // pixels below the axis, for times
const SIDE = 54; // left of it, for numbers
const ROW = 46;
const LINE = 19;
const LETTER = 7.4; // pixels, of the letters beside bars: about

let made = 0;

export function shape(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.flat(Infinity));
  return element;
}

// `says`: what somebody who does not see it is told.
function picture(width, height, says, ...children) {
  made += 1;
  const id = `picture-${made}`;
  return shape('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-labelledby': id },
    shape('title', { id }, says), children);
}

const words = (x, y, text, kind = '', anchor = 'start') => shape('text', { x, y, class: kind, 'text-anchor': anchor }, text);

// Lines over time. `series`: [{kind, values, filled?}]; `times`: what stands below the first, middle and last value;
// `named`: an axis value in words. `decades`: [from, end], where each line of the grid is ten times the one below it.
export function course({ width, height = 200, says, series, times, named, least = 0, decades }) {
  const box = { width: width - SIDE - 8, height: height - FOOT - 10 };
  const most = Math.max(least, ...series.flatMap(({ values }) => values.map((value) => value || 0)));
  [box.from, box.end] = decades || [0, axisEnd(most)];
  const marks = decades ? tens(box.from, box.end) : [0, box.end / 2, box.end];
  const grid = marks.map((value, at) => {
    const y = heightOf(value, box);
    return [
      shape('path', { d: `M0 ${y}H${box.width}`, class: at ? 'grid' : 'base' }),
      words(-8, y + 4, named(value), 'tick', 'end'),
    ];
  });
  const below = times.map((time, at) =>
    words((box.width * at) / (times.length - 1), box.height + 17, time, 'tick', ['start', 'middle', 'end'][at]));
  const drawn = series.map(({ kind, values, filled }) => [
    ...(filled ? [shape('path', { d: area(values, box), class: `area ${kind}` })] : []),
    shape('path', { d: line(values, box), class: `line ${kind}` }),
  ]);
  return picture(width, height, says, shape('g', { transform: `translate(${SIDE} 10)` }, grid, below, drawn));
}

// One bar a row, below its name. `rows`: [{name, says, counts: [[kind, count]], of?}]; `of`: what the whole track
// stands for, else the largest of all.
export function bars({ width, says, rows }) {
  const most = Math.max(1, ...rows.map(({ counts }) => counts.reduce((sum, [, count]) => sum + count, 0)));
  // Where a name and its figures do not fit beside each other, they stand below each other: all of them alike.
  const more = rows.some(({ name, says: beside }) => (name.length + beside.length + 2) * LETTER > width) ? LINE : 0;
  const drawn = rows.map(({ name, says: beside, counts, of }, at) => {
    const sum = counts.reduce((all, [, count]) => all + count, 0);
    const whole = of === undefined ? most : of;
    const long = whole ? Math.min(width, (sum / whole) * width) : 0;
    const pieces = parts(counts.map(([, count]) => count), long);
    return shape('g', { transform: `translate(0 ${at * (ROW + more)})` },
      words(0, 16, name, 'name'),
      more ? words(0, 16 + more, beside, 'value') : words(width, 16, beside, 'value', 'end'),
      shape('g', { transform: `translate(0 ${23 + more})` },
        shape('rect', { x: 0, y: 0, width, height: 12, rx: 3, class: 'track' }),
        counts.map(([kind], place) => piece(pieces[place], kind))));
  });
  return picture(width, rows.length * (ROW + more), says, drawn);
}

// A sliver of the card's own colour parts it from the next: colours alone would not.
function piece({ at, width }, kind) {
  return shape('rect', { x: at, y: 0, width: Math.max(0, width - (width > 4 ? 1.5 : 0)), height: 12, rx: 2, class: `part ${kind}` });
}

// A ministry's calls: answered ones upwards, failed ones downwards.
export function pulse({ width, says, steps }) {
  const height = 44;
  const middle = 30;
  const most = axisEnd(Math.max(1, ...steps.map(({ calls }) => calls)));
  const apart = width / steps.length;
  const wide = Math.max(1, apart * 0.72);
  const drawn = steps.flatMap(({ calls, failed }, at) => {
    const x = at * apart + (apart - wide) / 2;
    const tall = (count, room) => (count ? Math.max(2, Math.sqrt(count / most) * room) : 0);
    const up = tall(calls - failed, middle - 2);
    const down = tall(failed, height - middle - 2);
    return [
      ...(up ? [shape('rect', { x, y: middle - 1 - up, width: wide, height: up, class: 'part good' })] : []),
      ...(down ? [shape('rect', { x, y: middle + 1, width: wide, height: down, class: 'part fault' })] : []),
    ];
  });
  return picture(width, height, says, shape('path', { d: `M0 ${middle}H${width}`, class: 'base' }), drawn);
}

// A line without axes, as wide as a word or two.
export function spark({ values, kind }) {
  const box = { width: 96, height: 26, end: axisEnd(Math.max(0, ...values.map((value) => value || 0))) };
  return shape('svg', { width: 100, height: 30, viewBox: '-2 -2 100 30', 'aria-hidden': 'true', class: 'spark' },
    shape('path', { d: area(values, box), class: `area ${kind}` }), shape('path', { d: line(values, box), class: `line ${kind}` }));
}
