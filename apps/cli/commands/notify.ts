import { exitStatus, type Input, UnreachableError, UsageError } from '../command.js';
import { delay } from '../delay.js';
import { withServer } from '../server/with-server.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

const WAIT_MS = 35_000;
const ASK_EVERY_MS = 500;

/** A sample on every channel of the alarm, which alone knows them; exit status 1 where one fails. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const [what] = input.words;
  if (what !== 'test') throw new UsageError(`There is notify test, not "notify ${what}".`);
  const results = await withServer(input, terminal, async (client) => {
    const stopped = terminal.untilStopped();
    const { id } = await client.requestNotifyTest();
    for (const end = Date.now() + WAIT_MS; !stopped.aborted && Date.now() < end; await delay(ASK_EVERY_MS, stopped)) {
      const { tests } = await client.notifyTests();
      const answer = tests.find((test) => test.id === id)?.results;
      if (answer) return answer;
    }
    throw new UnreachableError('The alarm did not answer; is it running?');
  });
  if (input.options['json']) terminal.out(`${JSON.stringify(results, undefined, 2)}\n`);
  else if (results.length === 0) terminal.out('The alarm has no channel; see docs/alerting.md.\n');
  else {
    const rows = results.map(({ channel, ok, message }) => [
      channel,
      ok ? { text: 'ok', paint: 'green' as const } : { text: 'failed', paint: 'red' as const },
      message,
    ]);
    terminal.out(table([{ title: 'channel' }, { title: 'result' }, { title: 'answer', least: 20 }], rows, terminal));
  }
  return results.every(({ ok }) => ok) ? exitStatus.fine : exitStatus.unhealthy;
}
