// Who she is, for a visit: her number, and the code that was sent to it.

import { newKey, problemWords } from '/web/api.js';
import { el } from '/web/dom.js';
import { pad } from '/web/pad.js';

// The screen before `next(wish)`; null where she is known already, here again because another was faster.
export function identify(kit, wish, next) {
  const { api, screens, words } = kit;
  if (api.token) return null;
  const number = {
    title: words.home_visit,
    show(main) {
      main.append(pad(words, { lead: words.type_number, least: 6, most: 15, done: (typed) => screens.go(code(typed)) }));
    },
  };

  const code = (typed) => {
    const device = newKey();
    return {
      title: words.home_visit,
      load: () => api.post('/auth/otp', { number: typed, device }),
      show(main, answer) {
        const here = screens.here();
        const { request_id: request, resend_after: after } = answer.body;
        const wrong = el('p', { class: 'bad', role: 'alert', hidden: true });
        const resend = el('button', { type: 'button', class: 'plain', hidden: true, onclick: () => screens.again() }, words.send_again);
        setTimeout(() => { resend.hidden = false; }, after * 1000);
        const verify = async (digits) => {
          const verified = await api.post('/auth/otp/verify', { request_id: request, code: digits, device, device_name: 'Kiosk' });
          if (verified.ok && here()) {
            api.token = verified.body.access_token;
            screens.instead(next(wish));
          } else if (verified.ok) {
            // She left meanwhile.
            api.post('/auth/sign-out', undefined, undefined, verified.body.access_token);
          } else {
            wrong.textContent = problemWords(verified, words);
            wrong.hidden = false;
          }
        };
        main.append(pad(words, { lead: words.type_code, least: 6, most: 6, done: verify, more: [wrong, resend] }));
      },
    };
  };

  return number;
}
