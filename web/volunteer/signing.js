// The agent signs in: her number, the code that was sent to it, and the PIN of her own account. Who locked the page
// opens it with the PIN alone; the gateway counts the tries, so that nothing on the device is there to be guessed at.

import { newKey, problemWords } from '/web/api.js';
import { el } from '/web/dom.js';
import { pad } from '/web/pad.js';
import { device } from './vault.js';

// What stands before the page: the PIN of who locked it, else signing in.
export async function entrance(kit) {
  const waits = await kit.vault.waiting();
  return waits && waits.until > Date.now() ? locked(kit, waits) : signIn(kit);
}

function locked(kit, waits) {
  const { api, screens, words, vault } = kit;
  const other = () => screens.go(signIn(kit));
  return {
    title: words.locked,
    show(main) {
      const here = screens.here();
      const wrong = alarm();
      let latest = waits;
      const enter = async (digits) => {
        const { ok, status, body } = await api.post('/auth/refresh', { refresh_token: latest.refresh }, undefined, '');
        if (ok) {
          latest = { ...latest, refresh: body.refresh_token };
          await vault.waits(latest);
          const fault = await work(kit, body, digits, here);
          if (fault && here()) wrong.say(fault);
        } else if (status === 0 || status >= 429) wrong.say(problemWords({ body }, words));
        else {
          // She signed this device out from another one, or too long ago.
          await vault.waits(null);
          screens.start(signIn(kit));
        }
      };
      main.append(
        el('p', { class: 'says' }, words.locked_by, el('b', {}, el('bdi', {}, waits.agent.name))),
        pad(words, {
          lead: words.own_pin, least: 4, most: 8, done: enter, hidden: true,
          more: [wrong, el('button', { type: 'button', class: 'plain', onclick: other }, words.somebody_else)],
        }),
      );
    },
  };
}

export function signIn(kit) {
  const { screens } = kit;
  return {
    get title() { return kit.words.title; },
    show(main) {
      const { words } = kit;
      const languages = kit.languages().map(({ code, name }) => el('button', {
        type: 'button', class: 'plain', lang: code, 'aria-pressed': String(code === kit.api.language),
        onclick: () => { kit.speak(code); screens.again(); },
      }, name));
      main.append(
        el('div', { class: 'row' }, languages),
        pad(words, { lead: words.own_number, least: 6, most: 15, done: (number) => screens.go(code(kit, number)) }),
      );
    },
  };
}

function code(kit, number) {
  const { api, screens, words } = kit;
  return {
    title: words.title,
    load: () => api.post('/auth/otp', { number, device: device() }),
    show(main, answer) {
      const wrong = alarm();
      const { request_id: request, resend_after: after } = answer.body;
      const resend = el('button', { type: 'button', class: 'plain', hidden: true, onclick: () => screens.again() }, words.send_again);
      setTimeout(() => { resend.hidden = false; }, after * 1000);
      const verify = async (digits) => {
        const answered = await api.post('/auth/otp/verify', { request_id: request, code: digits, device: device(), device_name: words.title });
        if (answered.ok) screens.instead(pin(kit, answered.body));
        else wrong.say(problemWords(answered, words));
      };
      main.append(pad(words, { lead: words.type_code, least: 6, most: 6, done: verify, more: [wrong, resend] }));
    },
  };
}

function pin(kit, tokens) {
  const { screens, words } = kit;
  return {
    title: words.title,
    show(main) {
      const here = screens.here();
      const wrong = alarm();
      const enter = async (digits) => {
        const fault = await work(kit, tokens, digits, here);
        if (fault && here()) wrong.say(fault);
      };
      main.append(pad(words, { lead: words.own_pin, least: 4, most: 8, done: enter, more: wrong, hidden: true }));
    },
  };
}

// Her working day, if the PIN is hers: what is wrong, or null.
async function work(kit, tokens, digits, here) {
  const { api, vault, words } = kit;
  const answer = await api.post('/agent/sign-in', { pin: digits, device: device() }, undefined, tokens.access_token);
  if (!answer.ok) return problemWords(answer, words);
  if (!here()) return null;
  const { access_token: token, expires_in: seconds, agent } = answer.body;
  const key = await api.get('/agent/bundle/key', token);
  // A gateway that gives no key: all but the way offline.
  if (key.ok) {
    await vault.unlock(key.body.key, key.body.older);
    await vault.put('public', key.body.public_key);
  }
  const waits = await vault.waiting();
  if (waits && waits.agent.badge === agent.badge && waits.agent.organisation === agent.organisation) await vault.waits(null);
  await kit.begin({ token, refresh: tokens.refresh_token, until: Date.now() + seconds * 1000, agent });
  return null;
}

// Away for a while: her drafts stay, sealed, and with a network the PIN opens the page again.
export async function lockAndKeep(kit) {
  const { refresh, agent, until, token } = kit.session;
  await kit.vault.waits({ refresh, agent, until });
  kit.api.ask('POST', '/agent/sign-out', { key: newKey(), token, last: true });
  await kit.lock();
}

// Out, for good: on the gateway, and on this device.
export async function signOut(kit) {
  const { api, session } = kit;
  await api.post('/agent/sign-out');
  const renewed = await api.post('/auth/refresh', { refresh_token: session.refresh }, undefined, '');
  if (renewed.ok) await api.post('/auth/sign-out', undefined, undefined, renewed.body.access_token);
  await kit.vault.clear();
  await kit.lock();
}

export function alarm() {
  const wrong = el('p', { class: 'bad', role: 'alert', hidden: true });
  wrong.say = (words) => {
    wrong.textContent = words;
    wrong.hidden = false;
  };
  return wrong;
}
