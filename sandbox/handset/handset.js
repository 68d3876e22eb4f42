// The phone: its keys, its states (idle, waiting, dialog, ended; reading and writing an SMS), its talk with the operator.

import { Beside } from "./beside.js";
import { Inbox } from "./inbox.js";
import { Ministry } from "./ministry.js";
import { MultiTap } from "./multitap.js";
import { api, byId } from "./page.js";

const lcd = document.querySelector(".lcd");
const entry = byId("entry");
const screen = byId("screen");
const message = byId("message");
const beside = new Beside(byId);
const taps = new MultiTap(entry);

let state = "idle";
let session = null;
let serviceCode = "*123#";
let hangUpWhenAnswered = false;
let offered = false; // the code that stands in the entry is ours: whoever types begins anew

// States ------------------------------------------------------------------------------------------------

const WORDS = { idle: "Call", waiting: "", dialog: "Send", ended: "OK", reading: "Reply", writing: "Send" };
const LABELS = { idle: "Number to dial", writing: "Your SMS" };
const SHUT = ["waiting", "ended", "reading"];

function enter(next, text) {
  state = next;
  lcd.classList.remove(...Object.keys(WORDS));
  lcd.classList.add(next);
  screen.setAttribute("aria-busy", String(next === "waiting"));
  if (text !== undefined) {
    message.textContent = text;
    screen.scrollTop = 0;
  }
  byId("entry-label").textContent = LABELS[next] ?? "Your answer";
  entry.disabled = SHUT.includes(next);
  entry.value = next === "idle" ? serviceCode : "";
  offered = next === "idle";
  taps.letters(false);
  soften();
  if (next === "ended" || next === "reading") byId("left").focus({ preventScroll: true });
  else if (next !== "waiting") entry.focus({ preventScroll: true });
}

/** Name the soft keys on the screen and for a screen reader: what they do depends on the state. */
function soften() {
  const left = WORDS[state];
  const right = state === "ended" ? "" : state === "reading" ? "Back"
    : state === "waiting" || !entry.value ? "Cancel" : "Clear";
  byId("left-word").textContent = left;
  byId("right-word").textContent = state === "idle" && !entry.value ? "" : right;
  byId("left").setAttribute("aria-label", left || "Left soft key");
  byId("right").setAttribute("aria-label", right || "Right soft key");
  byId("mode").textContent = taps.on ? (taps.upper ? "ABC" : "abc") : "123";
  byId("letters-key").setAttribute("aria-pressed", String(taps.on));
  const below = screen.scrollHeight - screen.clientHeight - screen.scrollTop;
  byId("more").textContent = below > 4 ? "▼" : screen.scrollTop > 4 ? "▲" : "";
}

function idle() {
  session = null;
  beside.sessionOver();
  enter("idle", "");
}

// Talk with the operator --------------------------------------------------------------------------------

async function ask(path, asked, typed) {
  enter("waiting", path === "dial" ? "Calling" : "Sending");
  beside.hopBegins(typed);
  try {
    const [ok, turn] = await api(path, asked);
    if (ok) show(turn, typed);
    else {
      beside.warn([turn.error]);
      beside.sessionOver();
      enter("ended", turn.over ? `Session over: ${turn.over}.` : turn.error);
    }
  } catch {
    beside.warn(["The sandbox does not answer."]);
    enter("ended", "No network.");
  }
}

function show(turn, typed) {
  session = turn.screen.goes_on ? turn.session : null;
  beside.turn(turn, typed);
  if (turn.screen.goes_on) {
    enter("dialog", turn.screen.text);
    if (hangUpWhenAnswered) hangUp();
  } else {
    beside.sessionOver();
    enter("ended", turn.screen.text);
  }
  hangUpWhenAnswered = false;
  inbox.look();
  ministry.look();
}

function dial() {
  const code = entry.value.trim();
  if (!code) return;
  const caller = beside.caller();
  ask("dial", { ...caller, code }, code);
}

function send() {
  ask("answer", { session, input: entry.value, fault: beside.caller().fault }, entry.value);
}

async function hangUp() {
  if (state === "waiting") { hangUpWhenAnswered = true; return; }
  const ending = session;
  idle();
  if (ending === null) return;
  try {
    const [ok, turn] = await api("hangup", { session: ending });
    if (ok) beside.hungUp(turn);
  } catch { /* The phone has hung up all the same. */ }
}

/** The operator's clock ran out: ask it whether the session still lives. */
beside.onTimeUp = async () => {
  if (state !== "dialog") return;
  const [ok, told] = await api(`session?id=${encodeURIComponent(session)}`);
  if (!ok || told.live || state !== "dialog") return;
  session = null;
  beside.sessionOver();
  beside.note(`session over: ${told.over}`);
  enter("ended", "Session ended by the network.");
};

// SMS ---------------------------------------------------------------------------------------------------

const inbox = new Inbox({ caller: () => beside.caller(), counted, rings });
const ministry = new Ministry({ caller: () => beside.caller(), decided: () => inbox.look() });

/** Say on the phone how many messages are new: in its bar always, as something to press while it rests. */
function counted(count) {
  byId("envelope").textContent = count ? `✉${count}` : "";
  byId("read").hidden = count === 0;
  byId("read").textContent = `✉ ${count} new ${count === 1 ? "message" : "messages"}`;
}

function rings() {
  const shell = document.querySelector(".shell");
  shell.classList.add("rings");
  setTimeout(() => shell.classList.remove("rings"), 700);
}

/** Read the oldest new message on the phone's own screen. */
function readNext() {
  const sms = inbox.unread().at(-1);
  if (!sms) return;
  inbox.markRead([sms]);
  enter("reading", `✉ ${sms.from}\n${sms.text}`);
}

async function sendSms() {
  const text = entry.value;
  let said = "";
  enter("waiting", "Sending");
  const sent = await inbox.send(text, (told) => { said = told; });
  enter("ended", sent ? "Message sent." : said);
}

// Keys --------------------------------------------------------------------------------------------------

function left() {
  if (state === "idle") dial();
  else if (state === "dialog") send();
  else if (state === "reading") enter("writing", "Write to the service:");
  else if (state === "writing") sendSms();
  else if (state === "ended") idle();
}

function right() {
  if (state === "waiting") hangUp();
  else if (state === "ended" || state === "reading") idle();
  else if (entry.value) erase();
  else if (state === "dialog" || state === "writing") hangUp();
}

function erase() {
  entry.value = [...entry.value].slice(0, -1).join("");
  offered = false;
  taps.stop();
  soften();
}

function beginAnew() {
  if (offered) entry.value = "";
  offered = false;
}

function type(character) {
  if (state === "ended" || state === "reading") idle();
  beginAnew();
  if (state === "waiting" || entry.value.length >= entry.maxLength) return;
  entry.value += character;
  soften();
}

function press(key) {
  if (state === "waiting") return;
  if (state === "ended" || state === "reading") idle();
  beginAnew();
  taps.press(key);
  soften();
}

function scroll(lines) {
  screen.scrollBy({ top: lines * 18 });
}

// A tap on the drawn phone leaves the focus where it is: the entry keeps its caret, and a smartphone's own
// keyboard stays away.
document.querySelector(".shell").addEventListener("mousedown", (event) => {
  if (event.target.closest("button")) event.preventDefault();
});
byId("keypad").addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]");
  if (key) press(key.dataset.key);
});
for (const [id, act] of Object.entries({
  left, right, call: left, hangup: hangUp, up: () => scroll(-3), down: () => scroll(3),
  read: readNext, "letters-key": () => { taps.letters(!taps.on); soften(); },
})) byId(id).addEventListener("click", act);

entry.addEventListener("beforeinput", (event) => {
  // Typed behind it; whoever goes elsewhere in it corrects it.
  if (event.inputType === "insertText" && entry.selectionStart === entry.value.length) beginAnew();
  offered = false;
});
entry.addEventListener("input", () => { taps.stop(); soften(); });
screen.addEventListener("scroll", soften);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const at = event.target;
  const onPhone = at === document.body || at.closest(".phone");
  if (!onPhone) return;
  const onButton = at.closest("button");
  if (event.key === "Escape") hangUp();
  else if (event.key === "ArrowUp" || event.key === "ArrowDown") scroll(event.key === "ArrowUp" ? -1 : 1);
  else if (event.key === "Enter") { if (onButton) return; left(); }
  else if (at === entry || event.key === " " && onButton) return;
  else if (event.key === "Backspace") erase();
  else if ([...event.key].length === 1) { type(event.key); entry.focus({ preventScroll: true }); blink(event.key); }
  else return;
  event.preventDefault();
});

/** Show the drawn key going down when the keyboard's is pressed. */
function blink(key) {
  const drawn = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
  if (!drawn) return;
  drawn.classList.add("down");
  setTimeout(() => drawn.classList.remove("down"), 120);
}

// Start -------------------------------------------------------------------------------------------------

try {
  const [, offered] = await api("networks");
  serviceCode = offered.service_code;
  beside.offer(offered, () => { inbox.look(); ministry.look(); });
  idle();
  await Promise.all([inbox.look(), ministry.look()]);
} catch {
  enter("ended", "The sandbox does not answer.");
}
