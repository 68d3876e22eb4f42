// Who walks away is forgotten: after three quarters of a minute the kiosk asks, after a minute it knows nobody.

export const SILENCE = 60; // seconds
const WARNING = 15; // of these, for how long she is asked

const $ = (id) => document.getElementById(id);

export class Silence {
  // `used`: whether there is anything to forget. `over`: forgets it. `words`: in the language of the moment.
  constructor({ used, over, words }) {
    this.used = used;
    this.over = over;
    this.words = words;
    this.since = Date.now();
  }

  listen() {
    const stirred = (event) => {
      // A finger on "forget" is no sign that she stays; the question must stay under it.
      if (!$('still').contains(event.target)) this.stirred();
    };
    for (const name of ['pointerdown', 'keydown', 'wheel']) addEventListener(name, stirred, { passive: true });
    addEventListener('scroll', () => $('still').hidden && this.stirred(), { passive: true });
    $('stay').addEventListener('click', () => this.stirred());
    $('leave').addEventListener('click', () => this.end());
    setInterval(() => this.look(), 500);
    document.addEventListener('visibilitychange', () => this.look());
  }

  stirred() {
    this.since = Date.now();
    $('still').hidden = true;
  }

  end() {
    $('still').hidden = true;
    this.over();
  }

  look() {
    if (!this.used()) {
      this.stirred();
      return;
    }
    const quiet = (Date.now() - this.since) / 1000;
    // A clock that was set back would wait for ever.
    if (quiet >= SILENCE || quiet < -1) this.end();
    else if (quiet >= SILENCE - WARNING) this.ask(Math.ceil(SILENCE - quiet));
  }

  ask(left) {
    const words = this.words();
    if ($('still').hidden) {
      $('still-words').textContent = words.still_there;
      $('stay').textContent = words.stay;
      $('leave').textContent = words.leave;
      $('still').hidden = false;
      $('stay').focus();
    }
    $('still-left').textContent = String(left);
  }
}
