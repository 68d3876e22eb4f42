// Keeps the page's own files for where there is no network. Of the API only /country, which is everybody's.

const KEPT = 'guichet-volunteer-1';
const PATIENCE = 4000; // milliseconds: a network that does not answer is none
const AWAY = 20000; // and is not waited for again so soon: a page is many files
const FILES = [
  './', 'volunteer.css', 'volunteer.js', 'manifest.webmanifest',
  'callbacks.js', 'citizen.js', 'day.js', 'documents.js', 'drafts.js', 'form.js', 'hands.js', 'helping.js', 'menu.js', 'practised.js', 'queue.js', 'signing.js', 'vault.js',
  '/web/api.js', '/web/booking.js', '/web/dom.js', '/web/icon.svg', '/web/pad.js', '/web/page.css', '/web/screens.js', '/web/words.js',
];
const COUNTRY = '/api/v1/country';

async function keep() {
  const cache = await caches.open(KEPT);
  const answer = await fetch(COUNTRY);
  const { languages } = await answer.clone().json();
  await cache.put(COUNTRY, answer);
  const words = languages.flatMap(({ code }) => [`/web/words/${code}.json`, `words/${code}.json`]);
  await cache.addAll([...FILES, ...words]);
}

let away = 0;

async function fresh(request) {
  const cache = await caches.open(KEPT);
  const kept = () => cache.match(request, { ignoreSearch: true, ignoreVary: true });
  if (Date.now() < away) {
    const found = await kept();
    if (found) return found;
  }
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE);
  try {
    const answer = await fetch(request, { signal: late.signal });
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch {
    away = Date.now() + AWAY;
    return (await kept()) || Response.error();
  } finally {
    clearTimeout(timer);
  }
}

addEventListener('install', (event) => event.waitUntil(keep().then(() => skipWaiting())));
addEventListener('activate', (event) => event.waitUntil(
  caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
    .then(() => clients.claim()),
));
addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  const ours = pathname === COUNTRY || pathname.startsWith('/web/') || pathname.startsWith('/volunteer/');
  if (method === 'GET' && origin === location.origin && ours) event.respondWith(fresh(event.request));
});
