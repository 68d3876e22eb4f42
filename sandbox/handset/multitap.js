// Typing letters on twelve keys: the same key again within a second goes to its next letter.

const LETTERS = {
  1: ".,?!-/@1", 2: "abc2", 3: "def3", 4: "ghi4", 5: "jkl5", 6: "mno6",
  7: "pqrs7", 8: "tuv8", 9: "wxyz9", 0: " 0", "*": "*+", "#": "#",
};
const PAUSE = 1000;

export class MultiTap {
  constructor(entry) {
    this.entry = entry;
    this.on = false;
    this.upper = false;
    this.stop();
  }

  letters(on) {
    this.on = on;
    this.upper = false;
    this.stop();
  }

  /** The next press begins a new letter. */
  stop() {
    this.last = null;
    this.turn = 0;
    this.at = 0;
  }

  press(key) {
    const now = performance.now();
    if (this.on && key === "#") { this.upper = !this.upper; this.stop(); return; }
    const again = key === this.last && now - this.at < PAUSE && this.entry.value;
    const cycle = this.cycle(key);
    this.turn = again ? (this.turn + 1) % cycle.length : 0;
    const kept = again ? this.entry.value.slice(0, -1) : this.entry.value;
    if (!again && kept.length >= this.entry.maxLength) return;
    this.entry.value = kept + cycle[this.turn];
    this.last = cycle.length > 1 ? key : null;
    this.at = now;
  }

  cycle(key) {
    if (!this.on) return key;
    return this.upper ? LETTERS[key].toUpperCase() : LETTERS[key];
  }
}
