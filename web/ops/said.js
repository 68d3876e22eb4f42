// Numbers, times and money in words, in one language and the country's zone.

export class Said {
  constructor(language, zone) {
    this.language = language;
    this.plain = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
    this.clockwise = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone });
  }

  // To one digit where there are few.
  number(value) {
    return this.plain.format(value < 10 ? value : Math.round(value));
  }

  clock(moment) {
    return this.clockwise.format(new Date(moment));
  }

  // Seconds as people of a trade say them.
  seconds(value) {
    if (value === null) return '–';
    if (value >= 120) return `${this.number(Math.round(value / 60))} min`;
    if (value >= 1) return `${this.number(value)} s`;
    return `${this.number(Math.round(value * 1000))} ms`;
  }

  share(part, whole) {
    if (!whole) return '–';
    const value = (part / whole) * 100;
    return `${this.plain.format(value > 10 ? Math.round(value) : value)} %`;
  }

  // Minor units of a currency with so many digits.
  money(minor, currency, digits) {
    return `${new Intl.NumberFormat(this.language, { maximumFractionDigits: digits > 0 && minor % 10 ** digits ? digits : 0 }).format(minor / 10 ** digits)} ${currency}`;
  }
}
