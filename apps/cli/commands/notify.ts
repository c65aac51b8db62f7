import type { AmberwatchClient } from '#client';
import { msToIso, type NotifyTest } from '#domain';
import { exitStatus, type Input, UnreachableError, UsageError } from '../command.js';
import { delay } from '../delay.js';
import { withServer } from '../server/with-server.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

const WAIT_MS = 35_000;
const ASK_EVERY_MS = 500;
const NO_CHANNEL =
  'The alarm has no channel, so nobody is told of anything: set AMBERWATCH_SLACK_URL, AMBERWATCH_SMTP_URL or another one of docs/alerting.md for the alarm.';

/** A sample on every channel of the alarm, which alone knows them, or who would be told of an alert. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  return input.words[0] === 'route' ? route(input, terminal) : test(input, terminal);
}

/** Exit status 1 where a channel fails, or where there is none. */
async function test(input: Input, terminal: Terminal): Promise<number> {
  const { results } = await answerOf(input, terminal, (client) => client.requestNotifyTest());
  if (input.options['json']) terminal.out(`${JSON.stringify(results, undefined, 2)}\n`);
  else if (results.length === 0) terminal.err(`${NO_CHANNEL}\n`);
  else {
    const rows = results.map(({ channel, ok, message }) => [
      channel,
      ok ? { text: 'ok', paint: 'green' as const } : { text: 'failed', paint: 'red' as const },
      message,
    ]);
    terminal.out(table([{ title: 'channel' }, { title: 'result' }, { title: 'answer', least: 20 }], rows, terminal));
  }
  return results.length > 0 && results.every(({ ok }) => ok) ? exitStatus.fine : exitStatus.unhealthy;
}

/** Exit status 1 where nobody would be told. */
async function route(input: Input, terminal: Terminal): Promise<number> {
  const { host, process, unit, service, metric, rule, color, colour, at, json } = input.options as Record<
    string,
    string
  > & {
    at?: number;
  };
  if (host === undefined) throw new UsageError('Say which host: amberwatch notify route --host NAME.');
  const question = {
    host,
    process: process ?? null,
    unit,
    service,
    metric: metric as 'cpu' | undefined,
    rule,
    color: (color ?? colour) as 'RED' | undefined,
    ...(at !== undefined && { at: msToIso(at) }),
  };
  const { routed } = await answerOf(input, terminal, (client) => client.requestRoute(question));
  if (!routed) throw new UnreachableError('The alarm is older than this command and did not say.');
  const told = routed.to.length > 0 ? exitStatus.fine : exitStatus.unhealthy;
  if (json) {
    terminal.out(`${JSON.stringify(routed, undefined, 2)}\n`);
    return told;
  }
  const rows = routed.steps.map((step) => [
    String(step.route),
    step.matched ? { text: 'yes', paint: 'green' as const } : 'no',
    step.to.join(', ') || 'nobody',
    step.why,
  ]);
  const columns = [{ title: 'route' }, { title: 'matches' }, { title: 'to' }, { title: 'why', least: 20 }];
  if (rows.length > 0) terminal.out(`${table(columns, rows, terminal)}\n`);
  const about = `service ${routed.service ?? 'none'}, rule ${routed.rule ?? 'none'}`;
  if (routed.rule === null) terminal.out(`No rule judges that, so that there is no such alert (${about}).\n`);
  else if (routed.to.length === 0) terminal.out(`Nobody is told (${about}).\n`);
  else {
    const why = !routed.isDefault
      ? ''
      : routed.steps.length > 0
        ? ', since no route matches'
        : ', since there are no routes';
    terminal.out(`Told: ${routed.to.join(', ')}${why} (${about}).\n`);
  }
  return told;
}

/** What the alarm answers to a request, which it reads every few seconds. */
async function answerOf(
  input: Input,
  terminal: Terminal,
  request: (client: AmberwatchClient) => Promise<NotifyTest>,
): Promise<NotifyTest & { results: NonNullable<NotifyTest['results']> }> {
  return withServer(input, terminal, async (client) => {
    const stopped = terminal.untilStopped();
    const { id } = await request(client);
    for (const end = Date.now() + WAIT_MS; !stopped.aborted && Date.now() < end; await delay(ASK_EVERY_MS, stopped)) {
      const { tests } = await client.notifyTests();
      const answer = tests.find((one) => one.id === id);
      if (answer?.results) return { ...answer, results: answer.results };
    }
    throw new UnreachableError('The alarm did not answer; is it running?');
  });
}
