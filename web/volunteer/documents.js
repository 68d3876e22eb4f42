// A document for an application of hers: a photograph made small enough for a bad network, or a PDF file.

import { newKey, problemWords } from '/web/api.js';
import { el } from '/web/dom.js';
import { ownHands } from './hands.js';
import { alarm } from './signing.js';

const TAKEN = ['image/jpeg', 'image/png', 'application/pdf'];
const LONGEST = 5 * 1024 * 1024; // octets
const WIDEST = 2000; // pixels: print can be read, and it is sent within seconds
const GOOD = 0.82;

export function documents(kit, reference) {
  const { beside, screens, words } = kit;
  const path = `/applications/${encodeURIComponent(reference)}/documents`;
  return {
    title: words.documents,
    load: () => beside.get(path),
    show(main, answer) {
      const wrong = alarm();
      const here = screens.here();
      const file = el('input', { type: 'file', class: 'unseen', id: 'file', accept: TAKEN.join(','), onchange: () => file.files.length && add(file.files[0]) });
      const label = el('label', { class: 'do', for: 'file' }, words.add_document);
      const add = async (chosen) => {
        label.textContent = words.wait;
        file.disabled = true;
        const made = await smaller(chosen);
        const sent = made && made.size <= LONGEST ? await beside.upload(path, made, newKey()) : null;
        if (!here()) return;
        if (sent && sent.ok) return screens.again();
        label.textContent = words.add_document;
        file.disabled = false;
        file.value = '';
        const alone = sent && ownHands(kit, sent);
        if (alone) return main.replaceChildren(...alone);
        wrong.say(sent ? problemWords(sent, words) : made ? words.file_large : words.file_unfit);
      };
      const { items } = answer.body;
      main.append(
        el('p', { class: 'quiet' }, words.document_why),
        items.length
          ? el('ul', { class: 'list' }, items.map((one) => el('li', { class: 'entry' },
            el('b', {}, one.media === 'application/pdf' ? 'PDF' : words.photograph, ' · ', el('bdi', {}, size(one.size))),
            el('span', {}, words[`document_${one.state}`]))))
          : el('p', { class: 'says' }, words.no_documents),
        wrong, el('div', { class: 'choose' }, file, label),
      );
    },
    trouble: (answer) => ownHands(kit, answer),
  };
}

const size = (octets) => (octets < 1e6 ? `${Math.max(1, Math.round(octets / 1000))} kB` : `${(octets / 1e6).toFixed(1)} MB`);

// A photograph is drawn anew, which also leaves out where it was taken. null: no kind that is taken.
async function smaller(file) {
  if (file.type === 'application/pdf') return file;
  if (!file.type.startsWith('image/')) return null;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, WIDEST / Math.max(picture.width, picture.height));
    const canvas = Object.assign(document.createElement('canvas'), { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
    const paper = canvas.getContext('2d');
    paper.fillStyle = '#ffffff';
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => { canvas.toBlob(done, 'image/jpeg', GOOD); });
  } catch {
    return null;
  }
}
