// Five screens with ussd-menu-builder on Express, sessions in Redis: one builder a request, for a shared one mixes callers up.
'use strict';
const express = require('express');
const { createClient } = require('redis');
const UssdMenu = require('ussd-menu-builder');

const screens = JSON.parse(process.env.BENCH_SCREENS); // [key that leads to it, words], in order
const redis = createClient({ socket: { path: process.env.BENCH_REDIS_SOCKET } });

const sessions = {
  start: (id) => redis.multi().hSetNX(`ussd:${id}`, 'started', '1').expire(`ussd:${id}`, 600).exec(),
  get: (id, key) => redis.hGet(`ussd:${id}`, key),
  set: (id, key, value) => redis.hSet(`ussd:${id}`, key, value),
  end: (id) => redis.del(`ussd:${id}`),
};

function builder() {
  const menu = new UssdMenu();
  menu.sessionConfig(sessions);
  screens.forEach(([, words], at) => {
    const after = screens[at + 1];
    const state = {
      run: () => menu.session.set('screen', String(at)).then(() => menu.con(words)),
      next: after ? { [after[0]]: `screen${at + 1}` } : {},
    };
    if (at === 0) {
      menu.startState(state);
    } else {
      menu.state(`screen${at}`, state);
    }
  });
  return menu;
}

const app = express();
app.use(express.urlencoded({ extended: false }));
app.post('/ussd', (request, response) => {
  builder().run(request.body, (words) => response.type('text/plain').send(words));
});
redis.connect().then(() => app.listen(Number(process.env.BENCH_PORT), '127.0.0.1'));
