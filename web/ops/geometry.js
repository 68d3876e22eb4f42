// Where things stand in a picture: numbers in, numbers and paths out. Nothing here knows a page.

// What the end of an axis may be, times a power of ten: halves of these are as easily read.
const STEPS = [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10];

// The end of an axis that holds `most`.
export function axisEnd(most) {
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = STEPS.find((one) => one * power >= most * (1 - 1e-9));
  return Number((step * power).toPrecision(2));
}

const rounded = (number) => Math.round(number * 10) / 10;

// The powers of ten from one to another.
export function tens(from, end) {
  const found = [];
  for (let power = Math.round(Math.log10(from)); power <= Math.round(Math.log10(end)); power += 1) found.push(10 ** power);
  return found;
}

// How far below the box's top a value stands; what is outside stands at its edge. With a `from` above nought the same
// way upwards is the same factor.
export function heightOf(value, { height, from = 0, end }) {
  const share = from > 0 ? Math.log(Math.max(value, from) / from) / Math.log(end / from) : value / end;
  return rounded(height * (1 - Math.min(Math.max(share, 0), 1)));
}

// {x, y} of each value in a box, the first at the left edge and the last at the right one; null for none.
export function places(values, box) {
  const apart = values.length > 1 ? box.width / (values.length - 1) : 0;
  return values.map((value, at) => (value === null ? null : { x: rounded(at * apart), y: heightOf(value, box) }));
}

// Runs of places without a gap.
function runs(found) {
  const all = [[]];
  for (const place of found) {
    if (place) all[all.length - 1].push(place);
    else if (all[all.length - 1].length) all.push([]);
  }
  return all.filter((run) => run.length);
}

const joined = (run) => run.map(({ x, y }) => `${x} ${y}`).join('L');

// A line through the values; one that stands alone is a dot.
export function line(values, box) {
  return runs(places(values, box)).map((run) => `M${joined(run)}${run.length === 1 ? 'h0' : ''}`).join('');
}

// What lies below that line.
export function area(values, box) {
  return runs(places(values, box))
    .map((run) => `M${run[0].x} ${box.height}L${joined(run)}L${run[run.length - 1].x} ${box.height}Z`).join('');
}

// Parts of a bar one after another: [{at, width}], together as wide as the bar. What is there is seen: at least 2 wide.
export function parts(counts, width) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!total) return counts.map(() => ({ at: 0, width: 0 }));
  const wanted = counts.map((count) => (count ? Math.max(2, (count / total) * width) : 0));
  const scale = width / wanted.reduce((sum, one) => sum + one, 0);
  let at = 0;
  return wanted.map((one) => {
    const part = { at: rounded(at), width: rounded(one * scale) };
    at += one * scale;
    return part;
  });
}
