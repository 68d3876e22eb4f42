// Two counters of SMS parts from npm over the texts on standard input: what each says, and its microseconds of CPU a text.
'use strict';
const split = require('split-sms');
const { SegmentedMessage } = require('sms-segments-calculator');

const { texts, seconds } = JSON.parse(require('fs').readFileSync(0, 'utf8'));

const counters = {
  'split-sms': (text) => {
    const said = split.split(text);
    return { parts: said.parts.map((part) => part.content) };
  },
  'sms-segments-calculator': (text) => {
    return { count: new SegmentedMessage(text).segmentsCount };
  },
};
const timed = {
  'split-sms': (text) => split.split(text),
  'sms-segments-calculator': (text) => new SegmentedMessage(text),
};

function cost(work) {
  const until = Date.now() + seconds * 1000;
  for (let warm = 0; warm < 3; warm += 1) texts.forEach(work);
  const before = process.cpuUsage();
  let rounds = 0;
  do {
    texts.forEach(work);
    rounds += 1;
  } while (Date.now() < until);
  const spent = process.cpuUsage(before);
  return (spent.user + spent.system) / rounds / texts.length;
}

const answers = {};
for (const name of Object.keys(counters)) {
  answers[name] = { micros: cost(timed[name]), said: texts.map(counters[name]) };
}
process.stdout.write(JSON.stringify(answers));
