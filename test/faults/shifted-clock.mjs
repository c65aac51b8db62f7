import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/**
 * `node --import <this file>` gives a process clocks that are ahead by what the file FAULT_CLOCK says, two numbers of
 * milliseconds: its wall clock, and its monotonic one. They can be set while it runs, as a clock can.
 */
const READ_EVERY_MS = 20;
const RealDate = Date;
const realNow = performance.now.bind(performance);
let readMs = -Infinity;
let ahead = { wallMs: 0, steadyMs: 0 };

function aheadNow() {
  const now = realNow();
  if (now - readMs > READ_EVERY_MS) {
    readMs = now;
    const [wallMs = 0, steadyMs = 0] = readFileSync(process.env['FAULT_CLOCK'], 'utf8').split(' ').map(Number);
    ahead = { wallMs, steadyMs };
  }
  return ahead;
}

const wallNow = () => RealDate.now() + aheadNow().wallMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, parameters, newTarget) =>
    Reflect.construct(target, parameters.length === 0 ? [wallNow()] : parameters, newTarget),
  apply: () => new RealDate(wallNow()).toString(),
  get: (target, key) => (key === 'now' ? wallNow : Reflect.get(target, key)),
});
performance.now = () => realNow() + aheadNow().steadyMs;
