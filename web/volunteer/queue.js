// Drafts on this device, each sealed, and the forms to make them with where there is no network.

import { newKey } from '/web/api.js';

const DRAFT = 'draft:';
const OFTEN = 6 * 3600 * 1000; // milliseconds: no newer bundle is taken before

export const names = (vault) => (vault.isOpen ? vault.names(DRAFT) : Promise.resolve([]));

export async function all(vault) {
  const found = await Promise.all((await names(vault)).map((name) => vault.get(name)));
  return found.filter(Boolean).sort((one, other) => one.made_at.localeCompare(other.made_at));
}

export async function keep(vault, draft) {
  const made_at = new Date(await now(vault)).toISOString();
  await note(vault, { ...draft, client_id: draft.client_id || newKey(), made_at });
}

// Without a new date: what came of it is no newer answer of hers.
export const note = (vault, draft) => vault.put(DRAFT + draft.client_id, draft);

export const drop = (vault, draft) => vault.drop(DRAFT + draft.client_id);

// The gateway's time, as told with the bundle: clocks of old telephones are wrong by days.
async function now(vault) {
  const had = await vault.get('bundle');
  return Date.now() + (had ? had.ahead : 0);
}

// Takes forms, services and places along, in the language of the moment. Without a network, or where the gateway has
// none, what was taken before stays.
export async function pack(kit) {
  const { vault, api } = kit;
  if (!vault.isOpen) return;
  const had = await vault.get('bundle');
  if (had && had.language === api.language && Date.now() - had.taken < OFTEN) return;
  const { language } = api;
  const [bundle, services] = await Promise.all([api.get('/agent/bundle'), api.get('/services')]);
  if (!bundle.ok || !services.ok) return;
  const names = Object.fromEntries(services.body.items.map(({ code, name }) => [code, name]));
  const taken = Date.now();
  await vault.put('bundle', { bundle: bundle.body, names, language, taken, ahead: Date.parse(bundle.body.made_at) - taken });
}

// {forms, names}: what was taken along; null where there is nothing, or it is too old.
export async function unpacked({ vault }) {
  const had = await vault.get('bundle');
  if (!had) return null;
  const content = await vault.unpack(had.bundle, await vault.get('public'), await now(vault));
  return content && { ...content, names: had.names };
}

export async function sync(kit, drafts) {
  const { api, vault } = kit;
  const wanted = drafts.map(({ client_id, service, answers, made_at, purpose, number, witness, confirmed }) => ({
    client_id, service, answers, made_at, purpose, number, witness, confirmed: Boolean(confirmed),
  }));
  const answer = await api.post('/agent/sync', { drafts: wanted });
  if (!answer.ok) return answer;
  const byId = Object.fromEntries(answer.body.items.map((item) => [item.client_id, item]));
  const came = drafts.map((draft) => ({ ...draft, ...byId[draft.client_id] }));
  await Promise.all(came.map((draft) => (draft.result === 'accepted' ? drop(vault, draft) : note(vault, draft))));
  return { ...answer, came };
}
