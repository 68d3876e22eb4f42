// The other side of the counter: a visitor decides for the ministry, and sees the SMS arrive.

import { api, byId, element, isNumber } from "./page.js";

const EVERY = 3000;
// So long no second decision is taken: a double click decides once.
const REST = 1000;

function named(visit) {
  const [day, hour] = visit.from.split("T");
  return `Visit ${visit.appointment_id} · ${visit.place} · ${day} ${hour.slice(0, 5)}`;
}

export class Ministry {
  constructor({ caller, decided }) {
    Object.assign(this, { caller, decided });
    this.drawn = "";
    this.resting = false;
    this.files = new Map();
    byId("file").addEventListener("change", () => this.offer());
    setInterval(() => this.look(), EVERY);
  }

  async look() {
    const { msisdn } = this.caller();
    if (document.visibilityState !== "visible" || !isNumber(msisdn)) return;
    try {
      const [ok, told] = await api(`files?msisdn=${encodeURIComponent(msisdn)}`);
      if (ok && msisdn === this.caller().msisdn) this.take(told);
    } catch { /* What was there stays. */ }
  }

  take(told) {
    const drawn = JSON.stringify(told);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const chosen = byId("file").value;
    this.files = new Map([
      ...told.applications.map((file) => [file.reference, {
        name: `${file.reference} · ${file.service} · ${file.state}`, asked: { reference: file.reference },
        decisions: file.decisions, decided: file.decided,
      }]),
      ...told.visits.map((visit) => [`visit-${visit.appointment_id}`, {
        name: named(visit), asked: { visit: visit.appointment_id }, decisions: visit.decisions,
      }]),
    ]);
    byId("file").replaceChildren(...[...this.files].map(([value, file]) => element("option", file.name, { value })));
    if (this.files.has(chosen)) byId("file").value = chosen;
    byId("file-field").hidden = this.files.size === 0;
    byId("no-file").hidden = this.files.size > 0;
    for (const file of told.applications) {
      const slip = document.querySelector(`[data-reference="${file.reference}"]`);
      if (slip) slip.textContent = file.state.toLowerCase();
    }
    this.offer();
  }

  offer() {
    const file = this.files.get(byId("file").value);
    byId("decisions").replaceChildren(...Object.entries(file?.decisions ?? {}).map(([to, name]) => {
      const button = element("button", name, { type: "button", class: "small" });
      button.disabled = this.resting || to === file.decided;
      button.addEventListener("click", () => this.decide(file, to, name));
      return button;
    }));
  }

  async decide(file, to, name) {
    if (this.resting) return;
    this.rest();
    const say = (said) => { byId("decision-said").textContent = said; };
    try {
      const [ok, told] = await api("decide", { ...file.asked, to });
      say(ok ? `Decided: ${name}. The ministry tells the gateway.` : told.error);
    } catch { say("The sandbox does not answer."); }
    await this.look();
    byId("file").focus();
    this.decided();
  }

  rest() {
    this.resting = true;
    this.offer();
    setTimeout(() => { this.resting = false; this.offer(); }, REST);
  }
}
