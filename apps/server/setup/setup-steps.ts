import { DEFAULT_INTERVAL_MS, type HostState, type ServiceState, type SetupStep } from '#domain';

/** What is shown of a host in its first two minutes is no history yet. */
const HISTORY_MS = 2 * 60_000;

/** What is claimed of a series that never was above its limit needs so many steps; see docs/prediction.md. */
const FINE = { steps: 8, shortestMs: 10_000, longestMs: 150_000 };
const COARSE = { steps: 10, shortestMs: 300_000 };

/** What is known of a new installation. */
export interface Installation {
  hosts: HostState[];
  services: ServiceState[];
  /** Whether a sample reached a channel; undefined: nobody has tried. */
  channelHeard?: boolean;
}

/** What it has, and what it is still waiting for. Nothing is expected of what nobody has started. */
export function setupSteps({ hosts, services, channelHeard }: Installation): SetupStep[] {
  const status = (name: ServiceState['service']) => services.find(({ service }) => service === name)?.status;
  const alarm = status('alarm');
  const prediction = status('prediction');
  const history = soonest(hosts, () => HISTORY_MS);
  const warm = soonest(hosts, warmUpMs);
  return [
    { step: 'host', done: hosts.length > 0, text: 'A host reports: it is listed with all of its programs.' },
    { step: 'history', ...history, text: 'Two minutes of history: charts, and what used how much at a moment.' },
    {
      step: 'alarm',
      done: alarm === 'ok',
      text: `The alarm reports: RED at the first sample over a limit.${now('alarm', alarm)}`,
    },
    {
      step: 'prediction',
      done: prediction === 'ok',
      text: `The prediction reports: AMBER before a limit is broken.${now('prediction', prediction)}`,
    },
    {
      step: 'alerts',
      done: alarm === 'ok' && prediction === 'ok' && warm.done,
      // Without the services, time alone brings no warning.
      ...(alarm === 'ok' && prediction === 'ok' && warm.expectedAt !== undefined && { expectedAt: warm.expectedAt }),
      text: 'First warnings: enough is known of the programs to see a breach coming.',
    },
    ...channelStep(channelHeard),
  ];
}

/** What keeps a service that was started from being well. */
function now(name: string, status: ServiceState['status'] | undefined): string {
  if (status === 'paused') return ` It is paused: amberwatch resume ${name}`;
  return status === 'catching up' ? ' It is catching up with what came before it.' : '';
}

/** Only where somebody tried: the alarm alone has the channels. */
function channelStep(heard: boolean | undefined): SetupStep[] {
  if (heard === undefined) return [];
  return [{ step: 'channel', done: heard, text: 'A sample reached a channel: people hear of alerts.' }];
}

/** Whether one of the hosts has been heard of for as long as it needs, else when the first of them will have been. */
function soonest(hosts: HostState[], needMs: (host: HostState) => number): Pick<SetupStep, 'done' | 'expectedAt'> {
  const heard = hosts.map((host) => {
    const firstMs = Date.parse(host.firstSeen);
    return { ...host, dueMs: firstMs + needMs(host), lastMs: Date.parse(host.lastSeen) };
  });
  if (heard.some(({ dueMs, lastMs }) => lastMs >= dueMs)) return { done: true };
  const awaited = heard.filter(({ status }) => status === 'ok').map(({ dueMs }) => dueMs);
  if (awaited.length === 0) return { done: false };
  return { done: false, expectedAt: new Date(Math.min(...awaited)).toISOString() };
}

function warmUpMs({ intervalMs }: HostState): number {
  const step = intervalMs ?? DEFAULT_INTERVAL_MS;
  if (step > FINE.longestMs) return COARSE.steps * Math.max(COARSE.shortestMs, step);
  return FINE.steps * Math.max(FINE.shortestMs, step);
}
