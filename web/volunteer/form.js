// A ministry's form as fields, from what the API (or the bundle) says of them: text, numbers, dates, choices, groups.

import { el } from '/web/dom.js';

// {element, answers(), clear(), wrong(errors)}: what was answered, by field name, without what was left empty.
export function fields(words, shown, given = {}, path = '/answers') {
  const asked = shown.map((field) => one(words, field, given[field.name], `${path}/${field.name.replace(/~/g, '~0').replace(/\//g, '~1')}`));
  return {
    element: el('div', { class: 'fields' }, asked.map(({ element }) => element)),
    answers: () => Object.fromEntries(asked.map(({ name, value }) => [name, value()]).filter(([, value]) => value !== null)),
    clear: () => asked.forEach((each) => each.clear()),
    // Where the first of them is, to be looked at.
    wrong: (errors) => asked.map((each) => each.wrong(errors)).find(Boolean),
  };
}

// The same answers to be read out: [question, answer] pairs, in the words of the form where there is one.
export function said(words, shown, answers) {
  if (!shown) return Object.entries(answers).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
  return shown.flatMap((field) => {
    const value = answers[field.name];
    if (value === undefined || value === null) return [];
    if (field.kind === 'group') return value.flatMap((entry, at) => said(words, field.fields, entry).map(([name, text]) => [`${field.title} ${at + 1}: ${name}`, text]));
    return [[field.title, spoken(words, field, value)]];
  });
}

function spoken(words, { kind, choices }, value) {
  if (kind === 'yes_no') return value ? words.yes : words.no;
  if (kind === 'date') return dayInFull(words, value);
  const [, label] = kind === 'choice' ? choices.map(pair).find(([code]) => code === value) || [] : [];
  return el('bdi', {}, label || String(value));
}

const pair = (each) => (Array.isArray(each) ? each : [each.value, each.label]);

// 12 March 1984: of a day long ago nobody asks which weekday it was.
function dayInFull(words, day) {
  const [year, month, date] = String(day).split('-').map(Number);
  return words.months[month - 1] ? `${date} ${words.months[month - 1]} ${year}` : String(day);
}

function one(words, field, given, pointer) {
  const made = (MAKERS[field.kind] || MAKERS.string)(words, field, given, pointer);
  const says = el('p', { class: 'fault', role: 'alert', hidden: true });
  const title = el(made.group ? 'legend' : 'label', made.group ? {} : { for: pointer }, field.title, field.required ? null : ` (${words.optional})`);
  return {
    name: field.name,
    value: made.value,
    element: el(made.group ? 'fieldset' : 'div', { class: 'field' }, title, made.element, says),
    clear() {
      says.hidden = true;
      if (made.inner) made.inner().forEach((entry) => entry.clear());
    },
    wrong(errors) {
      const own = errors.find((error) => error.pointer === pointer);
      if (own) {
        says.textContent = own.detail;
        says.hidden = false;
      }
      const inner = made.inner ? made.inner().map((entry) => entry.wrong(errors)).find(Boolean) : null;
      return own ? made.element.querySelector('input, select, button') || made.element : inner;
    },
  };
}

function input(type, more, read = (text) => text) {
  return (words, field, given, pointer) => {
    const element = el('input', { type, id: pointer, autocomplete: 'off', value: given === undefined || given === null ? '' : String(given), ...more(field) });
    return { element, value: () => (element.value.trim() ? read(element.value.trim()) : null) };
  };
}

// What is no whole number goes out as it was typed: the gateway says what is wrong with it.
const whole = (text) => (/^-?\d{1,12}$/.test(text) ? Number(text) : text);

const MAKERS = {
  string: input('text', ({ maximum }) => ({ maxlength: maximum || 200 })),
  number: input('text', () => ({ inputmode: 'numeric', maxlength: 13 }), whole),
  date: input('date', () => ({})),
  choice: (words, { choices }, given, pointer) => options(pointer, choices.map(pair), given),
  yes_no(words, field, given, pointer) {
    const known = given === undefined || given === null ? undefined : String(given);
    const made = options(pointer, [['true', words.yes], ['false', words.no]], known);
    return { ...made, value: () => (made.value() === null ? null : made.value() === 'true') };
  },
  group,
};

function options(pointer, pairs, given) {
  const element = el('select', { id: pointer }, el('option', { value: '' }, '—'), pairs.map(([value, label]) => el('option', { value, selected: value === given }, label)));
  return { element, value: () => element.value || null };
}

function group(words, field, given, pointer) {
  const most = field.maximum || 20;
  const holder = el('div', { class: 'entries' });
  let entries = [];
  const add = el('button', { type: 'button', class: 'plain', onclick: () => append({}) }, `+ ${words.add}`);
  const draw = () => {
    holder.replaceChildren(...entries.map((entry, at) => el('div', { class: 'entry' }, entry.element,
      el('button', { type: 'button', class: 'plain', 'aria-label': words.remove, onclick: () => remove(at) }, '✕'))));
    add.hidden = entries.length >= most;
  };
  const made = (values) => values.map((value, at) => fields(words, field.fields, value, `${pointer}/${at}`));
  const append = (value) => {
    entries.push(fields(words, field.fields, value, `${pointer}/${entries.length}`));
    draw();
  };
  const remove = (at) => {
    entries = made(entries.map((entry) => entry.answers()).filter((value, place) => place !== at));
    draw();
  };
  entries = made(Array.isArray(given) ? given : Array.from({ length: field.minimum || 0 }, () => ({})));
  draw();
  return {
    group: true,
    element: el('div', {}, holder, add),
    inner: () => entries,
    value: () => (entries.length || field.required ? entries.map((entry) => entry.answers()) : null),
  };
}
