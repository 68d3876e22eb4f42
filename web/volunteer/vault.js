// What stays on the device, sealed (AES-256-GCM) under the volunteer's own key on it, which the gateway gives at each
// sign-in, and to nobody else. The key cannot be read back out of the browser; locked, it is gone, and what is sealed
// waits for her. Two who share a tablet have a key each, and do not even see how much the other left.

const NAME = 'guichet-volunteer';
const VERSION = 2;
const KEYS = 'keys';
const SEALED = 'sealed';
const DEVICE = 'guichet.device';
const NONCE = 12;
const FORGOTTEN = 30 * 24 * 3600 * 1000; // milliseconds: nobody comes back for it

const encoder = new TextEncoder();

// What this device calls itself: it is nobody's, and stays.
export function device() {
  let name = localStorage.getItem(DEVICE);
  if (!name) {
    name = base64url(crypto.getRandomValues(new Uint8Array(18)));
    localStorage.setItem(DEVICE, name);
  }
  return name;
}

export class Vault {
  static async open() {
    const vault = new Vault();
    vault.db = await settled(Object.assign(indexedDB.open(NAME, VERSION), {
      onupgradeneeded: ({ target: { result: db } }) => {
        // What an older page sealed opens under no key that is given now.
        for (const store of Array.from(db.objectStoreNames)) db.deleteObjectStore(store);
        for (const store of [KEYS, SEALED]) db.createObjectStore(store);
      },
    }));
    Object.assign(vault, await vault.read(KEYS, 'own'));
    await vault.sweep();
    return vault;
  }

  get isOpen() {
    return Boolean(this.key);
  }

  // `older`: hers from before the gateway's keys changed; what lies under them is sealed anew.
  async unlock(key, older = []) {
    for (const each of older) {
      Object.assign(this, await held(each));
      const found = await Promise.all((await this.names('')).map(async (name) => [name, await this.get(name)]));
      const was = this.mark;
      Object.assign(this, await held(key));
      await Promise.all(found.map(([name, value]) => value !== null && this.put(name, value)));
      await this.forget(was);
    }
    Object.assign(this, await held(key));
    await this.write(KEYS, (store) => store.put({ key: this.key, mark: this.mark }, 'own'));
  }

  async lock() {
    this.key = undefined;
    await this.write(KEYS, (store) => store.delete('own'));
  }

  // All that is hers; of others who share the device nothing.
  async clear() {
    if (this.key) await this.forget(this.mark);
    await this.lock();
  }

  // Who locked the page, and may open it again; null: nobody.
  async waits(note) {
    if (note === null) return this.write(KEYS, (store) => store.delete('waits'));
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    const kept = { key, ...(await seal(key, 'waits', note)) };
    return this.write(KEYS, (store) => store.put(kept, 'waits'));
  }

  async waiting() {
    const kept = await this.read(KEYS, 'waits');
    return kept ? open(kept.key, 'waits', kept) : null;
  }

  async put(name, value) {
    if (!this.key) return;
    const kept = { at: Date.now(), ...(await seal(this.key, name, value)) };
    await this.write(SEALED, (store) => store.put(kept, this.mark + name));
  }

  // null for what is not there, or was changed.
  async get(name) {
    const kept = this.key && (await this.read(SEALED, this.mark + name));
    return kept ? open(this.key, name, kept) : null;
  }

  async drop(name) {
    if (this.mark) await this.write(SEALED, (store) => store.delete(this.mark + name));
  }

  async names(beginning) {
    return (await this.all()).filter((name) => name.startsWith(this.mark + beginning)).map((name) => name.slice(this.mark.length));
  }

  all() {
    return settled(this.db.transaction(SEALED).objectStore(SEALED).getAllKeys());
  }

  async forget(mark) {
    const gone = (await this.all()).filter((name) => name.startsWith(mark));
    await this.write(SEALED, (store) => gone.forEach((name) => store.delete(name)));
  }

  async sweep() {
    const names = await this.all();
    const kept = await Promise.all(names.map((name) => this.read(SEALED, name)));
    const gone = names.filter((name, at) => kept[at].at < Date.now() - FORGOTTEN);
    await this.write(SEALED, (store) => gone.forEach((name) => store.delete(name)));
  }

  // A bundle of the gateway, opened; null for one that was changed, or is another's, or too old.
  async unpack(bundle, publicKey, now) {
    if (Date.parse(bundle.expires_at) < now) return null;
    const [sealed, bound] = [octets(bundle.sealed), encoder.encode(bundle.bound)];
    if (!(await signed(publicKey, bundle.signature, bound, sealed))) return null;
    return open(this.key, bundle.bound, { iv: sealed.slice(0, NONCE), sealed: sealed.slice(NONCE) });
  }

  read(store, name) {
    return settled(this.db.transaction(store).objectStore(store).get(name));
  }

  write(store, change) {
    const work = this.db.transaction(store, 'readwrite');
    change(work.objectStore(store));
    return new Promise((done, failed) => Object.assign(work, { oncomplete: done, onerror: () => failed(work.error), onabort: () => failed(work.error) }));
  }
}

// {key, mark}: a key that stays in the browser, and what all begins with that is sealed under it.
async function held(key) {
  const raw = octets(key);
  const mark = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array([...encoder.encode('guichet/mark/'), ...raw])));
  return { key: await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']), mark: `${base64url(mark.slice(0, 12))}/` };
}

async function seal(key, name, value) {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  const bound = { name: 'AES-GCM', iv, additionalData: encoder.encode(name) };
  return { iv, sealed: await crypto.subtle.encrypt(bound, key, encoder.encode(JSON.stringify(value))) };
}

async function open(key, name, { iv, sealed }) {
  try {
    const bound = { name: 'AES-GCM', iv, additionalData: encoder.encode(name) };
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(bound, key, sealed)));
  } catch {
    return null;
  }
}

// Old browsers know no Ed25519: there the seal alone, under a key that only the gateway and she here have, must do.
async function signed(publicKey, signature, bound, sealed) {
  let key;
  try {
    key = await crypto.subtle.importKey('raw', octets(publicKey), 'Ed25519', false, ['verify']);
  } catch {
    return true;
  }
  const content = new Uint8Array([...bound, 0, ...sealed]);
  return crypto.subtle.verify('Ed25519', key, octets(signature), content);
}

function settled(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

function octets(text) {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function base64url(found) {
  return btoa(String.fromCharCode(...found)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
