// What stays on the device, sealed (AES-256-GCM) under the device's own key, which the gateway gives at each sign-in.
// The key cannot be read back out of the browser; locked, it is gone, and what is sealed waits for the next sign-in.

const NAME = 'guichet-volunteer';
const KEYS = 'keys';
const SEALED = 'sealed';
const DEVICE = 'guichet.device';
const NONCE = 12;

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
    vault.db = await settled(Object.assign(indexedDB.open(NAME, 1), {
      onupgradeneeded: (event) => [KEYS, SEALED].forEach((store) => event.target.result.createObjectStore(store)),
    }));
    vault.key = await vault.read(KEYS, 'key');
    return vault;
  }

  get isOpen() {
    return Boolean(this.key);
  }

  async unlock(key) {
    this.key = await crypto.subtle.importKey('raw', octets(key), 'AES-GCM', false, ['encrypt', 'decrypt']);
    await this.write(KEYS, (store) => store.put(this.key, 'key'));
  }

  async lock() {
    this.key = undefined;
    await this.write(KEYS, (store) => store.clear());
  }

  async clear() {
    await this.lock();
    await this.write(SEALED, (store) => store.clear());
  }

  async put(name, value) {
    if (!this.key) return;
    const iv = crypto.getRandomValues(new Uint8Array(NONCE));
    const bound = { name: 'AES-GCM', iv, additionalData: encoder.encode(name) };
    const sealed = await crypto.subtle.encrypt(bound, this.key, encoder.encode(JSON.stringify(value)));
    await this.write(SEALED, (store) => store.put({ iv, sealed }, name));
  }

  // null for what is not there, or was sealed under another key.
  async get(name) {
    const kept = this.key && (await this.read(SEALED, name));
    if (!kept) return null;
    try {
      const bound = { name: 'AES-GCM', iv: kept.iv, additionalData: encoder.encode(name) };
      return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(bound, this.key, kept.sealed)));
    } catch {
      return null;
    }
  }

  async drop(name) {
    await this.write(SEALED, (store) => store.delete(name));
  }

  async names(beginning) {
    const store = this.db.transaction(SEALED).objectStore(SEALED);
    return (await settled(store.getAllKeys())).filter((name) => name.startsWith(beginning));
  }

  // A bundle of the gateway, opened; null for one that was changed, or is another device's, or too old.
  async unpack(bundle, publicKey, now) {
    if (Date.parse(bundle.expires_at) < now) return null;
    const sealed = octets(bundle.sealed);
    const bound = encoder.encode(bundle.bound);
    if (!(await signed(publicKey, bundle.signature, bound, sealed))) return null;
    try {
      const opened = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: sealed.slice(0, NONCE), additionalData: bound }, this.key, sealed.slice(NONCE),
      );
      return JSON.parse(new TextDecoder().decode(opened));
    } catch {
      return null;
    }
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

// Old browsers know no Ed25519: there the seal alone, under a key that only the gateway and this device have, must do.
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
