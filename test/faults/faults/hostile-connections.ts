import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { routes } from '#domain';
import { waitUntil } from '../../support/processes.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { quantile, secondsText } from '../figures.js';
import { FleetLoad } from '../fleet-load.js';
import { Ledger } from '../ledger.js';
import { Stand } from '../stand.js';
import { compare, recover } from '../verdict.js';

const MIB = 2 ** 20;
/** Within this they must be refused or closed. Twice as long is waited for, so that a busy machine fails nothing. */
const LIMIT_SECONDS = 30;
const MOST_TIMES_SLOWER = 2;
const MOST_BYTES = 1024 * MIB;

/** Requests that are made to hold the server up, while collectors send. */
export const hostileConnections: Fault = {
  name: 'hostile-connections',
  what:
    '2,000 connections that send a byte a second (short form: 200), bodies of 100 MB, gzip bombs, JSON 100,000 deep and ' +
    'with a million keys, Content-Length twice',
  run: holdUp,
};

async function holdUp({ long, progress }: FaultRun): Promise<Outcome> {
  const stand = await Stand.start({ store: 'duckdb' });
  const beganMs = Date.now();
  const outcome: Outcome = { tries: 0, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  const slow: Held[] = [];
  try {
    const ledger = new Ledger(20);
    const load = new FleetLoad({ url: () => stand.url, ledger, hosts: 8, everyMs: 250 }).start();
    await waitUntil('others have sent', () => load.seconds.length >= (long ? 600 : 60), 120_000);
    const before = load.seconds.splice(0);
    const startedMs = performance.now();
    for (let i = 0; i < (long ? 2_000 : 200); i++) slow.push(hold(stand.url, slowRequests[i % 3] ?? ''));
    const bodies = bodiesOf(long);
    for (const body of bodies) await refuse(stand.url, body, outcome);
    progress(`${bodies.length} bodies are refused, ${slow.length} slow connections held`);
    await waitUntil(
      'slow connections are closed',
      () => slow.every(({ closed }) => closed()),
      4 * LIMIT_SECONDS * 1000,
    );
    const seconds = (performance.now() - startedMs) / 1000;
    outcome.tries = bodies.length + slow.length;
    const during = load.seconds.splice(0);
    const slower = quantile(during, 0.5) / quantile(before, 0.5);
    outcome.notes = [
      `all refused or closed within ${seconds.toFixed(0)} s`,
      `others before: ${secondsText(before)}, meanwhile: ${secondsText(during)}, ${slower.toFixed(1)} × in the median`,
    ];
    if (long && seconds > LIMIT_SECONDS) outcome.problems.push(`some were held for ${seconds.toFixed(0)} s`);
    if (long && slower > MOST_TIMES_SLOWER) outcome.problems.push(`others took ${slower.toFixed(1)} × as long`);
    if ((stand.memory.bytes['server'] ?? 0) > MOST_BYTES) outcome.problems.push('the server needed over 1 GiB');
    await recover(outcome, stand, load, 120_000);
    await compare(outcome, stand, ledger, beganMs);
    return outcome;
  } finally {
    for (const { socket } of slow) socket.destroy();
    await stand.close();
  }
}

const HEAD = `PUT ${routes.samples} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
/** What is never whole: the line of the request, its header, its body. */
const slowRequests = ['PUT /', HEAD, `${HEAD}Content-Length: 1000\r\n\r\n{`];

interface Held {
  socket: Socket;
  closed: () => boolean;
}

/** Sends the beginning, then a byte a second until the server has enough of it. */
function hold(url: string, beginning: string): Held {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => socket.write(beginning));
  const timer = setInterval(() => socket.writable && socket.write('a'), 1000);
  let closed = false;
  socket
    .on('data', () => undefined)
    .on('error', () => undefined)
    .on('end', () => socket.end())
    .once('close', () => {
      closed = true;
      clearInterval(timer);
    });
  return { socket, closed: () => closed };
}

interface Body {
  name: string;
  headers: string[];
  /** Sent as they are, one after the other. */
  parts: Buffer[];
}

function bodiesOf(long: boolean): Body[] {
  const zeros = Buffer.alloc(MIB, 0x20);
  const deep = '['.repeat(100_000);
  const keys = `{${Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":1`).join(',')}}`;
  const bomb = gzipSync(Buffer.alloc(200 * MIB, 0x20));
  const lengthOf = (bytes: number) => `Content-Length: ${bytes}`;
  const whole = (name: string, bytes: Buffer, ...more: string[]): Body => ({
    name,
    headers: [lengthOf(bytes.length), ...more],
    parts: [bytes],
  });
  const bodies = [
    { name: '100 MB', headers: [lengthOf(100 * MIB)], parts: Array<Buffer>(100).fill(zeros) },
    { name: 'endless chunks', headers: ['Transfer-Encoding: chunked'], parts: Array<Buffer>(100).fill(chunkOf(zeros)) },
    whole('a gzip bomb', bomb, 'Content-Encoding: gzip'),
    whole('depth 100,000', Buffer.from(deep)),
    whole('a million keys', Buffer.from(keys)),
    { name: 'Content-Length twice', headers: [lengthOf(2), lengthOf(3)], parts: [Buffer.from('{} ')] },
    { name: 'Content-Length beside chunks', headers: ['Transfer-Encoding: chunked', lengthOf(2)], parts: [] },
  ];
  return Array.from({ length: long ? 20 : 2 }, () => bodies).flat();
}

function chunkOf(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** Sends one and adds to the problems where it is taken, or not answered and not closed. */
async function refuse(url: string, { name, headers, parts }: Body, outcome: Outcome): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  let closed = false;
  socket
    .on('error', () => undefined)
    .on('data', (chunk) => (text += chunk.toString('latin1')))
    .on('end', () => socket.end())
    .once('close', () => (closed = true));
  socket.write(`${HEAD}${headers.join('\r\n')}\r\n\r\n`);
  for (const part of parts) {
    if (closed || text !== '') break;
    if (!socket.write(part)) await waitUntil('it is read', () => !socket.writableNeedDrain || closed, 60_000);
  }
  const answered = () => closed || /^HTTP\/1\.1 \d+ /.test(text);
  await waitUntil('an answer', answered, 2 * LIMIT_SECONDS * 1000).catch(() =>
    outcome.problems.push(`${name} was neither answered nor closed`),
  );
  socket.destroy();
  const status = Number(/^HTTP\/1\.1 (\d+) /.exec(text)?.[1] ?? 400);
  if (status < 400 || status >= 500) outcome.problems.push(`${name} was answered with ${status}`);
}
