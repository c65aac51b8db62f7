import { randomUUID } from 'node:crypto';
import { routes } from '#domain';
import { waitUntil } from '../support/processes.js';

const LIMIT_MS = 60_000;
/** Every list that a page or a program of ours asks for. */
const lists = [
  routes.hosts,
  routes.fleet,
  routes.usage,
  routes.usageOfHosts,
  routes.getAll,
  routes.queryAlarm,
  routes.alerts,
  routes.forecasts,
  routes.heartbeats,
  routes.scores,
  routes.silences,
  routes.servers,
  routes.ready,
];

/**
 * After whatever was done to the system, a fresh process at 99 % has to go RED and every list has to answer. Finds what the
 * assertions of a test do not.
 */
export async function probe(url: string, hasAlarm: boolean): Promise<{ problems: string[]; seconds: number }> {
  const startedMs = performance.now();
  const problems: string[] = [];
  const host = `probe-${randomUUID()}`;
  await send(url, host).catch((error: Error) => problems.push(`the probe was not taken: ${error.message}`));
  for (const path of lists) {
    const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(LIMIT_MS) }).catch(
      (error: Error) => error,
    );
    if (answer instanceof Error) problems.push(`${path} did not answer: ${answer.message}`);
    else if (!answer.ok) problems.push(`${path} answered ${answer.status} to the probe`);
    else await answer.arrayBuffer();
  }
  if (hasAlarm && problems.length === 0) {
    await waitUntil('the process at 99 % is RED', () => isRed(url, host), LIMIT_MS).catch((error: Error) =>
      problems.push(error.message),
    );
  }
  return { problems, seconds: (performance.now() - startedMs) / 1000 };
}

async function send(url: string, host: string): Promise<void> {
  const body = {
    id: randomUUID(),
    host,
    time: new Date().toISOString(),
    names: ['burner'],
    count: [1],
    cpu: [99],
    cpuMax: [99],
  };
  const put = async () => {
    const answer = await fetch(`${url}${routes.samples}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return answer.ok || (answer.status === 503 || answer.status === 429 ? undefined : fail(await answer.text()));
  };
  await waitUntil('the probe is stored', put, LIMIT_MS);
}

function fail(text: string): never {
  throw new Error(text.slice(0, 200));
}

async function isRed(url: string, host: string): Promise<boolean> {
  const answer = await fetch(`${url}${routes.queryAlarm}`, { signal: AbortSignal.timeout(LIMIT_MS) });
  const { alerts } = (await answer.json()) as { alerts: { host: string; color: string }[] };
  return alerts.some((alert) => alert.host === host && alert.color === 'RED');
}
