// The gateway's public API, asked in one language. Every answer is a value: {ok, status, body}; nothing is kept.

const ROOT = '/api/v1';
const PATIENCE = 20000; // milliseconds
const OF_FILES = 120000;

export class Api {
  constructor() {
    this.language = '';
    this.token = '';
  }

  get(path, token) {
    return this.ask('GET', path, { token });
  }

  // `key`: the same for every repetition of one write, so that it is done once. `token`: another than the usual one.
  post(path, body, key, token) {
    return this.ask('POST', path, { body, key: key || newKey(), token });
  }

  // A file, as it is.
  upload(path, file, key) {
    return this.ask('POST', path, { file, key });
  }

  // All pages of a list as one answer.
  async everything(path, token) {
    const items = [];
    let cursor = '';
    do {
      const answer = await this.get(cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path, token);
      if (!answer.ok) return answer;
      items.push(...answer.body.items);
      cursor = answer.body.next;
    } while (cursor);
    return { ok: true, status: 200, body: { items } };
  }

  // `last`: it goes out even while the page is being closed.
  async ask(method, path, { body, file, key, token = this.token, last = false } = {}) {
    const headers = { Accept: 'application/json' };
    if (this.language) headers['Accept-Language'] = this.language;
    if (token) headers.Authorization = `Bearer ${token}`;
    if (key) headers['Idempotency-Key'] = key;
    if (file) headers['Content-Type'] = file.type;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), file ? OF_FILES : PATIENCE);
    try {
      const answer = await fetch(ROOT + path, {
        method,
        headers,
        body: body === undefined ? file : JSON.stringify(body),
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
        keepalive: last,
        signal: patience.signal,
      });
      const text = await answer.text();
      return { ok: answer.ok, status: answer.status, body: text ? JSON.parse(text) : null };
    } catch {
      return { ok: false, status: 0, body: null };
    } finally {
      clearTimeout(timer);
    }
  }
}

export function newKey() {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
}

// What to tell a person about an answer that is none: the gateway's own words, else ours for a lost network.
export function problemWords(answer, words) {
  const { title, detail } = answer.body || {};
  if (!title) return words.no_network;
  return detail ? `${/[.!?…]$/.test(title) ? title : `${title}.`} ${detail}` : title;
}
