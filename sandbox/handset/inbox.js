// The SMS of the number chosen: looked for every second while the page is seen, and answered.

import { api, byId, element, isNumber } from "./page.js";

const EVERY = 1000;

function time(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

function size(sms) {
  const unit = sms.alphabet === "UCS-2" ? "units" : "septets";
  return `${sms.parts} ${sms.parts === 1 ? "part" : "parts"} · ${sms.alphabet} · ${sms.units} ${unit}`;
}

export class Inbox {
  /** `caller` tells the number and network chosen; `rings(sms)` is called when something came, `counted` always. */
  constructor({ caller, counted, rings }) {
    Object.assign(this, { caller, counted, rings });
    this.read = new Map();  // number → the newest message that was there, and the ids read since
    this.msisdn = "";
    this.drawn = "";
    this.messages = [];
    this.looking = false;
    byId("write").addEventListener("submit", (event) => { event.preventDefault(); this.write(); });
    byId("all-read").addEventListener("click", () => this.markRead(this.unread()));
    document.addEventListener("visibilitychange", () => this.look());
    setInterval(() => this.look(), EVERY);
  }

  async look() {
    const { msisdn } = this.caller();
    if (this.looking || document.visibilityState !== "visible" || !isNumber(msisdn)) return;
    this.looking = true;
    try {
      const [ok, told] = await api(`inbox?msisdn=${encodeURIComponent(msisdn)}`);
      if (ok && msisdn === this.caller().msisdn) this.take(msisdn, told.messages);
    } catch { /* The inbox keeps what it showed. */ } finally { this.looking = false; }
  }

  take(msisdn, messages) {
    const drawn = JSON.stringify([msisdn, messages]);
    if (drawn === this.drawn) return;
    const before = this.msisdn === msisdn ? new Set(this.messages.map((sms) => sms.id)) : null;
    Object.assign(this, { drawn, msisdn, messages });
    // What lay there when the number was first chosen is old; what comes from then on is new.
    if (!this.read.has(msisdn)) this.read.set(msisdn, { ids: new Set(messages.map((sms) => sms.id)) });
    const came = before ? messages.filter((sms) => sms.way === "in" && !before.has(sms.id)) : [];
    this.draw();
    if (came.length) {
      byId("news").textContent = came.map((sms) => `New SMS from ${sms.from}: ${sms.text}`).join(" ");
      this.rings(came[0]);
    }
  }

  unread() {
    const known = this.read.get(this.msisdn)?.ids;
    return known ? this.messages.filter((sms) => sms.way === "in" && !known.has(sms.id)) : [];
  }

  markRead(messages) {
    const { ids } = this.read.get(this.msisdn) ?? { ids: new Set() };
    messages.forEach((sms) => ids.add(sms.id));
    this.draw();
  }

  draw() {
    const unread = new Set(this.unread());
    byId("inbox").replaceChildren(...(this.messages.length
      ? this.messages.map((sms) => this.item(sms, unread.has(sms)))
      : [element("li", "No messages yet", { class: "empty" })]));
    byId("unread").textContent = unread.size ? `${unread.size} new` : "";
    byId("all-read").hidden = unread.size === 0;
    this.counted(unread.size);
  }

  item(sms, isNew) {
    const item = element("li", undefined, { class: `sms ${sms.way}${isNew ? " new" : ""}` });
    const head = element("p", undefined, { class: "sms-head" });
    head.append(
      element("b", sms.way === "in" ? sms.from : `To ${sms.to}`, { dir: "auto" }),
      element("time", time(sms.at), { datetime: sms.at }),
    );
    if (isNew) head.append(element("span", "new", { class: "tag" }));
    if (sms.way === "out" && sms.state !== "sent") head.append(element("span", sms.state, { class: "tag" }));
    const foot = element("p", size(sms), { class: "sms-foot" });
    if (sms.way === "in") {
      const reply = element("button", "Reply", { type: "button", class: "small", "aria-label": `Reply to ${sms.from}` });
      reply.addEventListener("click", () => { this.markRead([sms]); byId("sms-text").focus(); });
      foot.append(reply);
    }
    item.append(head, element("p", sms.text, { dir: "auto", class: "sms-text" }), foot);
    return item;
  }

  async write() {
    const field = byId("sms-text");
    if (await this.send(field.value, (said) => { byId("sms-said").textContent = said; })) field.value = "";
    field.focus();
  }

  /** Send `text` as the number chosen; whether it left the phone. `say` is told how it went. */
  async send(text, say) {
    const { msisdn, network } = this.caller();
    if (!text.trim()) { say("Nothing written."); return false; }
    if (!isNumber(msisdn)) { say("Which number? Write it with +."); return false; }
    try {
      const [ok, told] = await api("sms", { msisdn, network, text });
      say(ok ? `Sent to ${told.to}: ${size(told)}` : told.error);
      this.look();
      return ok;
    } catch { say("The sandbox does not answer."); return false; }
  }
}
