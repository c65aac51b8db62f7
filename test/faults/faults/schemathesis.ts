import { join } from 'node:path';
import { routes } from '#domain';
import { startProcess, temporaryFolder } from '../../support/processes.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { randomFrom } from '../../../apps/cli/simulator/random.js';
import { Stand } from '../stand.js';

const tools = join(import.meta.dirname, '..', '..', '..', 'tools');
const { pythonProgram } = (await import(new URL('../../../tools/python-program.js', import.meta.url).href)) as {
  pythonProgram: (name: string, requirements: string) => { program: string; problem?: undefined } | { problem: string };
};
const installed = () => pythonProgram('schemathesis', join(tools, 'openapi', 'schemathesis.txt'));
const TOKEN = 'schemathesis-0123456789abcdef';
/** Requests made from the server's own OpenAPI document by somebody else's program. */
export const schemathesis: Fault = {
  name: 'schemathesis',
  what: 'requests of schemathesis against the OpenAPI document (100,000 in the long form), with token and without',
  missing: () => installed().problem,
  run: runSchemathesis,
};

async function runSchemathesis({ long, random, progress }: FaultRun): Promise<Outcome> {
  // The short form is the same each time, so that it fails for a change alone; the long one explores.
  const seed = Math.floor((long ? random : randomFrom(3))() * 2 ** 31);
  const stand = await Stand.start({ store: 'duckdb', watchers: false, env: { AMBERWATCH_TOKEN: TOKEN } });
  const outcome: Outcome = { tries: 0, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  try {
    for (const token of [TOKEN, undefined]) {
      const requests = await fuzz(stand.url, { token, seed, long }, outcome);
      outcome.tries += requests;
      progress(`${requests} requests ${token ? 'with' : 'without'} the token`);
    }
    if (/ERROR/.test(stand.server.output())) outcome.problems.push('the server logged an error of its own');
    return outcome;
  } finally {
    await stand.close();
  }
}

interface Options {
  token: string | undefined;
  seed: number;
  long: boolean;
}

/** Resolves with the number of requests. */
async function fuzz(url: string, { token, seed, long }: Options, outcome: Outcome): Promise<number> {
  const { program = '' } = installed() as { program?: string };
  const args = ['--config-file', join(tools, 'openapi', 'schemathesis.toml'), 'run', `${url}${routes.openapi}`];
  // Without the token nothing gets past the edge, which takes fewer to see.
  const examples = token ? (long ? 1500 : 8) : long ? 100 : 1;
  args.push('--phases', long ? 'examples,coverage,fuzzing,stateful' : 'fuzzing', '--max-examples', String(examples));
  args.push('--seed', String(seed), '--request-timeout', '60', '--no-color');
  // It never ends.
  args.push('--exclude-path', routes.stream, '--suppress-health-check', 'all', '--warnings', 'off');
  if (token) args.push('--header', `Authorization: Bearer ${token}`);
  const run = startProcess(program, args, { PYTHONUNBUFFERED: '1' }, temporaryFolder());
  const status = await run.exited;
  const requests = Number(/(\d+) generated/.exec(run.output())?.[1] ?? 0);
  if (status !== 0) {
    const failures = /= FAILURES =+\n([^]*?)\n=+ /.exec(run.output())?.[1] ?? run.output();
    outcome.problems.push(`${token ? 'with' : 'without'} the token: ${failures.trim().slice(0, 2000)}`);
  }
  if (requests === 0) outcome.problems.push('it made no request');
  return requests;
}
