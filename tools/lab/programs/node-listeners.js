// A server that adds a listener for each subscriber and never takes one away (kind bounded: takes the oldest away).
import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';

const { LAB_LEAK_BYTES, LAB_BOUND_BYTES, LAB_START_BYTES, LAB_SOCKET } = process.env;
const leakBytes = Number(LAB_LEAK_BYTES);
const most = Number(LAB_BOUND_BYTES) / leakBytes;
const bus = new EventEmitter().setMaxListeners(0);
const state = () => Array.from({ length: (leakBytes * (0.5 + Math.random())) / 8 }, Math.random);
const modules = Array.from({ length: Number(LAB_START_BYTES) / 80_000 }, () =>
  Array.from({ length: 10_000 }, Math.random),
);

const listeners = [];

function subscribe() {
  const session = state();
  const listener = () => session[0];
  bus.on('news', listener);
  listeners.push(listener);
  if (most > 0 && listeners.length > most) bus.off('news', listeners.shift());
}

createServer((request, response) => {
  if (request.url === '/subscribe') subscribe();
  const page = Array.from({ length: 2_000 }, (_, i) => `<li>${i} of ${modules.length}</li>`).join('');
  response.end(page);
}).listen(LAB_SOCKET);
