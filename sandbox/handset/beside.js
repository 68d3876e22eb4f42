// What stands beside the phone: the caller, the budget, the clocks, the log and the raw hop.

import { element } from "./page.js";

const OTHER = "other";
const END = "end of session";

function clock(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function headerLines(headers) {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}

export class Beside {
  constructor(byId) {
    this.byId = byId;
    this.onTimeUp = () => {};
    this.networks = {};
    this.sessionEnds = this.idleEnds = this.hopBegan = null;
    setInterval(() => this.tick(), 100);
  }

  // The caller ---------------------------------------------------------------------------------------

  offer(offered, changed) {
    const { byId } = this;
    this.networks = Object.fromEntries(offered.networks.map((network) => [network.code, network]));
    this.numbers = Object.fromEntries(offered.numbers.map((number) => [number.msisdn, number]));
    this.countries(offered);
    byId("other").placeholder = offered.example;
    byId("short-code").textContent = offered.short_code;
    byId("sms-hint").textContent = offered.hint;
    this.fill("number", [
      ...offered.numbers.map((n) => [n.msisdn, `${n.msisdn} · ${n.name}`]), [OTHER, "Another number…"],
    ]);
    this.fill("network", offered.networks.map((n) => [n.code, `${n.name} ${n.code}`]));
    this.fill("door", offered.doors.map((d) => [d.code, d.name]));
    this.fill("fault", offered.faults.map((f) => [f.code, f.name]));
    byId("number").addEventListener("change", () => { this.numberChosen(); changed(); });
    byId("other").addEventListener("change", () => { this.networkChosen(); changed(); });
    byId("network").addEventListener("change", () => this.networkChosen());
    this.numberChosen();
  }

  /** Each country has a gateway and a sandbox of its own: to choose one is to go to its page. */
  countries(offered) {
    const { byId } = this;
    byId("country-field").hidden = offered.countries.length < 2;
    this.fill("country", offered.countries.map((country) => [country.code, country.name]));
    const here = () => { byId("country").value = offered.country; };
    here();
    // Who comes back to this page comes back to this country.
    addEventListener("pageshow", here);
    byId("country").addEventListener("change", () => {
      const chosen = offered.countries.find((country) => country.code === byId("country").value);
      const there = new URL(location.href);
      there.port = chosen.port;
      location.assign(there);
    });
  }

  fill(id, pairs) {
    this.byId(id).replaceChildren(...pairs.map(([value, text]) => element("option", text, { value })));
  }

  numberChosen() {
    const chosen = this.byId("number").value;
    this.byId("other-field").hidden = chosen !== OTHER;
    if (chosen === OTHER) this.byId("other").focus();
    else this.byId("network").value = this.numbers[chosen].network;
    this.byId("slips").replaceChildren(...(this.numbers[chosen]?.slips ?? []).map((slip) => {
      const item = element("li");
      item.append(element("b", slip.reference), ` ${slip.service}, `,
        element("span", slip.state, { "data-reference": slip.reference }), element("small", `born ${slip.birth_date} · secret code ${slip.slip_key}`));
      return item;
    }));
    this.networkChosen();
  }

  networkChosen() {
    const network = this.networks[this.byId("network").value];
    const letters = { yes: "passes every letter (UCS-2)", no: "passes GSM-7 only", unknown: "UCS-2 not measured yet" };
    this.byId("operator").textContent = this.byId("standby-operator").textContent = network.name;
    this.byId("standby-number").textContent = this.caller().msisdn;
    this.byId("network-note").textContent =
      `${network.septets} septets or ${network.units} UCS-2 units a screen · ${letters[network.ucs2]}`
      + (network.note ? ` · ${network.note}` : "");
  }

  caller() {
    const chosen = this.byId("number").value;
    return {
      msisdn: chosen === OTHER ? this.byId("other").value.replace(/[\s()-]/g, "") : chosen,
      network: this.byId("network").value, door: this.byId("door").value, fault: this.byId("fault").value,
    };
  }

  // A turn -------------------------------------------------------------------------------------------

  hopBegins(typed) {
    this.hopBegan = performance.now();
    this.sessionEnds = this.idleEnds = null;
    this.warn([]);
    if (/^\*.*#$/.test(typed)) this.byId("log").replaceChildren();
  }

  turn(turn, typed) {
    const { screen } = turn;
    const [first] = turn.hops;
    this.hopBegan = null;
    this.warn(turn.warnings);
    this.budget(screen);
    this.byId("hop-time").textContent = first ? `${first.ms} ms` : "no hop";
    this.byId("screen-name").textContent = screen.name || "not told";
    const now = performance.now();
    this.sessionEnds = screen.goes_on ? now + turn.seconds_left * 1000 : null;
    this.idleEnds = screen.goes_on ? now + turn.idle_seconds * 1000 : null;
    turn.hops.forEach((hop) => this.log(hop, hop.note === END ? "" : typed || "(empty)"));
    if (!turn.hops.length) this.note(`${typed} · not a code of this service`);
    if (first) this.raw(first);
  }

  hungUp(turn) {
    this.warn(turn.warnings);
    turn.hops.forEach((hop) => this.log(hop, "hung up"));
    if (!turn.hops.length) this.note("hung up");
  }

  warn(warnings) {
    this.byId("warnings").replaceChildren(...warnings.map((text) => element("p", text)));
  }

  budget(screen) {
    const { byId } = this;
    const ucs2 = screen.alphabet === "UCS-2";
    byId("alphabet").textContent = screen.alphabet;
    byId("letters").textContent = screen.alphabet;
    byId("units").textContent = `${screen.units} of ${screen.budget} ${ucs2 ? "units" : "septets"}`;
    byId("meter").setAttribute("aria-valuemax", screen.budget);
    byId("meter").setAttribute("aria-valuenow", Math.min(screen.units, screen.budget));
    byId("meter").setAttribute("aria-valuetext", byId("units").textContent);
    byId("meter").classList.toggle("over", screen.units > screen.budget);
    byId("meter-fill").style.width = `${Math.min(100, 100 * screen.units / screen.budget)}%`;
    byId("forced").textContent = ucs2 ? `UCS-2 because of: ${[...screen.forced_by].join(" ")}` : "";
  }

  // The clocks ---------------------------------------------------------------------------------------

  sessionOver() {
    this.sessionEnds = this.idleEnds = this.hopBegan = null;
    this.byId("session-left").textContent = this.byId("idle-left").textContent = "–";
  }

  tick() {
    const now = performance.now();
    if (this.hopBegan !== null) this.byId("hop-time").textContent = `${((now - this.hopBegan) / 1000).toFixed(1)} s…`;
    if (this.sessionEnds === null) return;
    this.byId("session-left").textContent = clock((this.sessionEnds - now) / 1000);
    this.byId("idle-left").textContent = clock((Math.min(this.idleEnds, this.sessionEnds) - now) / 1000);
    // A moment's grace: the operator's own clock decides, this one only shows.
    if (now > Math.min(this.idleEnds, this.sessionEnds) + 300) {
      this.idleEnds = now + 1000;
      this.onTimeUp();
    }
  }

  // The log and the raw hop --------------------------------------------------------------------------

  log(hop, typed) {
    const answer = hop.response.status === 200 ? "" : ` · ${hop.response.status || "no answer"}`;
    const button = element("button", undefined, { type: "button", "aria-pressed": "false" });
    button.append(element("span", "→"), element("b", [typed, hop.note].filter(Boolean).join(" · ")),
      element("em", `${hop.ms} ms${answer}`));
    button.addEventListener("click", () => this.raw(hop));
    button.hop = hop;
    this.append(button);
  }

  note(text) {
    this.append(element("span", text, { class: "empty" }));
  }

  append(child) {
    const list = this.byId("log");
    list.querySelector("li.empty")?.remove();
    const item = element("li");
    item.append(child);
    list.append(item);
    list.scrollTop = list.scrollHeight;
  }

  raw(hop) {
    const { request, response } = hop;
    this.byId("raw-request").textContent = [
      `${request.method} ${request.path}`, ...headerLines(request.headers), "", request.body,
    ].join("\n").trimEnd();
    this.byId("raw-response").textContent = [
      response.status ? `HTTP ${response.status}` : "no answer", ...headerLines(response.headers), "", response.body,
    ].join("\n");
    for (const button of this.byId("log").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.hop === hop));
    }
  }
}
