// The agent signs in: her number, the code that was sent to it, and the PIN of her own account.

import { problemWords } from '/web/api.js';
import { el } from '/web/dom.js';
import { pad } from '/web/pad.js';
import { device } from './vault.js';

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
  const { api, screens, words } = kit;
  return {
    title: words.title,
    show(main) {
      const here = screens.here();
      const wrong = alarm();
      const enter = async (digits) => {
        const answer = await api.post('/agent/sign-in', { pin: digits, device: device() }, undefined, tokens.access_token);
        if (!here()) return;
        if (answer.ok) await open(kit, answer.body, tokens.refresh_token);
        else wrong.say(problemWords(answer, words));
      };
      main.append(pad(words, { lead: words.own_pin, least: 4, most: 8, done: enter, more: wrong, hidden: true }));
    },
  };
}

async function open(kit, { access_token: token, expires_in: seconds, agent }, refresh) {
  const key = await kit.api.get('/agent/bundle/key', token);
  // A gateway that gives no key: all but the way offline.
  if (key.ok) {
    await kit.vault.unlock(key.body.key);
    await kit.vault.put('public', key.body.public_key);
  }
  await kit.begin({ token, refresh, until: Date.now() + seconds * 1000, agent });
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
