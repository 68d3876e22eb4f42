// What only seems to be the gateway: in practice forms, visits and documents end here. Nothing of it leaves the page;
// what is filled in is gone when practice ends.

import { unpacked } from './queue.js';

const MARK = 'PRACTICE';
const TIMES = ['10:00', '11:00', '14:00'];
const DAYS = 5;
const PLACES = 20;

const good = (body, status = 200) => ({ ok: true, status, body });
const bad = (status, code, title, errors = []) => ({ ok: false, status, body: { code, title, errors } });

// null where nothing was taken along: then practice has its menus alone.
export async function practised(kit) {
  const taken = await unpacked(kit);
  return taken && new Practised(taken, kit.words);
}

class Practised {
  constructor(taken, words) {
    Object.assign(this, { taken, words, practised: true, token: '', numbers: [], drafts: {}, files: {}, handedIn: [] });
  }

  async get(path) {
    const [, kind, name, more] = path.split('?')[0].split('/').map(decodeURIComponent);
    if (kind === 'forms') return this.form(name);
    if (kind === 'applications' && more === 'documents') return good({ items: this.files[name] || [], next: null });
    if (kind === 'applications') return good(this.handedIn.find(({ reference }) => reference === name));
    return bad(404, 'not_found', this.words.practice_not);
  }

  async everything(path) {
    const [, kind, list] = path.split('?')[0].split('/');
    if (kind === 'applications') return good({ items: this.handedIn });
    const { services, places, names } = this.taken;
    const visits = services.filter((one) => one.visits).map(({ code }) => ({ code, name: names[code] || code }));
    const offices = places.slice(0, PLACES).map((place) => ({ ...place, hours: '' }));
    const times = TIMES.map((time) => ({ slot: time, starts: `0000-00-00T${time}` }));
    return good({ items: { services: visits, places: offices, days: weekdays(), times }[list] });
  }

  async post(path, body) {
    if (path === '/applications') return this.handIn(body);
    return good({ number: this.number(), told: true }, 201);
  }

  // A draft, which is all that is put.
  async ask(method, path, { body }) {
    this.drafts[path.split('/').pop()] = body.answers;
    return good(body);
  }

  async upload(path, file) {
    const name = decodeURIComponent(path.split('/')[2]);
    this.files[name] = [...(this.files[name] || []), { media: file.type, size: file.size, state: 'handed_over' }];
    return good(null, 201);
  }

  form(code) {
    const form = this.taken.forms[code];
    return form ? good({ ...form, consent: null, draft: this.drafts[code] || {} }) : bad(404, 'not_found', this.words.practice_not);
  }

  handIn({ service, answers }) {
    const { words } = this;
    const errors = missing(this.taken.forms[service].fields, answers, '/answers').map((pointer) => ({ pointer, detail: words.needed }));
    if (errors.length) return bad(422, 'invalid_fields', words.practice_missing, errors);
    const reference = this.number();
    this.handedIn.push({ reference, service_name: this.taken.names[service] || service, state_name: words.practice_state, needs: [] });
    return good({ reference }, 201);
  }

  number() {
    this.numbers.push(`${MARK}-${this.numbers.length + 1}`);
    return this.numbers[this.numbers.length - 1];
  }
}

// Where something that is needed was left out.
function missing(fields, answers, path) {
  return fields.flatMap((field) => {
    const here = `${path}/${field.name}`;
    const value = answers[field.name];
    if (value === undefined || value === null) return field.required ? [here] : [];
    return field.kind === 'group' ? value.flatMap((entry, at) => missing(field.fields, entry, `${here}/${at}`)) : [];
  });
}

function weekdays() {
  const found = [];
  for (let day = new Date(); found.length < DAYS;) {
    day = new Date(day.getTime() + 24 * 3600 * 1000);
    if (day.getUTCDay() % 6) found.push(day.toISOString().slice(0, 10));
  }
  return found;
}
