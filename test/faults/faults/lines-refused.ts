import { routes, type Accepted, type SampleBatch } from '#domain';
import { findInfluxd } from '../../support/influxd.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { InfluxProxy } from '../influx-proxy.js';
import { Ledger } from '../ledger.js';
import { Stand } from '../stand.js';
import { compare } from '../verdict.js';

/** Of each of two hosts, so that a line stands among 5,000 others. */
const PROGRAMS = 2500;
const DAYS_3_MS = 259_200_000;
/** A process whose line the proxy breaks, and one whose field InfluxDB has with another type. */
const [BROKEN, TYPED] = ['broken', 'typed'];

/** Lines that InfluxDB will never take, among others that it has to. */
export const linesRefused: Fault = {
  name: 'lines-refused',
  what: 'InfluxDB refuses one line in 5,000: broken, a field of another type; a batch older than the retention',
  missing: () => (findInfluxd() ? undefined : 'no influxd'),
  run: refuseLines,
};

async function refuseLines({ long, progress }: FaultRun): Promise<Outcome> {
  const tries = long ? 20 : 2;
  const proxy = new InfluxProxy();
  const stand = await Stand.start({ store: 'influx', between: (url) => proxy.listen(url) });
  const outcome: Outcome = { tries, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  const beganMs = Date.now();
  try {
    await writeAsOther(stand, `procstat,host=other,process_name=other memory_rss=0.5`);
    // As a line that was cut: a field without its value.
    proxy.rule = { change: (lines) => lines.replaceAll(/(process_name=broken process_count=)1i/g, '$1') };
    const ledger = new Ledger(PROGRAMS);
    for (let i = 0; i < tries; i++) {
      const [one, two] = [0, 1].map((host) => ledger.next(ledger.hostName(host), Date.now())) as [
        SampleBatch,
        SampleBatch,
      ];
      const kept = [one, two];
      const sent = [withOne(one, BROKEN), i % 2 === 0 ? two : withOne(two, TYPED, 4096)];
      const answers = await Promise.all(sent.map((batch) => send(stand, batch)));
      for (const [host, { accepted, expired }] of answers.entries()) {
        const more = (sent[host]?.names.length ?? 0) - PROGRAMS;
        if (accepted !== PROGRAMS || expired !== more) outcome.problems.push(`answered ${accepted} and ${expired}`);
      }
      for (const batch of kept) ledger.acknowledge(batch);
      progress(`${i + 1} of ${tries}`);
    }
    const old = new Ledger(10, 'old');
    const late = await send(stand, old.next(old.hostName(0), Date.now() - DAYS_3_MS));
    if (late.accepted !== 0 || late.expired !== 10) outcome.problems.push(`old ones: ${JSON.stringify(late)}`);
    outcome.problems.push(...(await unsaid(stand, { refused: tries + Math.floor(tries / 2), expired: 10 })));
    outcome.recoverySeconds = await stand.probe(outcome);
    await compare(outcome, stand, ledger, beganMs);
    return outcome;
  } finally {
    await stand.close();
    proxy.close();
  }
}

/** The batch with one more program, with this much resident memory where it is said. */
function withOne(batch: SampleBatch, name: string, rssBytes: number | null = null): SampleBatch {
  return {
    ...batch,
    names: [...batch.names, name],
    count: [...batch.count, 1],
    cpu: [...(batch.cpu ?? []), 1],
    cpuMax: [...(batch.cpuMax ?? []), 1],
    rssBytes: [...batch.names.map(() => null), rssBytes],
  };
}

async function send({ url }: Stand, batch: SampleBatch): Promise<Accepted> {
  const answer = await fetch(`${url}${routes.samples}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(batch),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Accepted;
}

/** A point of another program, straight into the bucket of the server. */
async function writeAsOther({ influx }: Stand, line: string): Promise<void> {
  const query = new URLSearchParams({ org: influx?.org ?? '', bucket: 'amberwatch', precision: 'us' });
  const answer = await fetch(`${influx?.url}/api/v2/write?${query.toString()}`, {
    method: 'POST',
    headers: { authorization: `Token ${influx?.token}` },
    body: line,
  });
  if (answer.status !== 204) throw new Error(`the other program's line: ${answer.status} ${await answer.text()}`);
}

/** What the server's log and metrics do not say of the lines that were set aside. */
async function unsaid({ url, server }: Stand, { refused, expired }: { refused: number; expired: number }) {
  const problems: string[] = [];
  for (const reason of [
    /refuses them for good: .*unable to parse/,
    /refuses them for good: .*type conflict/,
    /older than/,
  ])
    if (!reason.test(server.output())) problems.push(`the log has no ${reason}`);
  const metrics = await (await fetch(`${url}${routes.metrics}`)).text();
  for (const line of [`amberwatch_samples_refused_total ${refused}`, `amberwatch_samples_expired_total ${expired}`])
    if (!metrics.split('\n').includes(line)) problems.push(`the metrics have no "${line}"`);
  return problems;
}
