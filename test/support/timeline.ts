import type { Forecast, HostState, Incident, SampleBatch, UnitSample } from '#domain';
import { type AlarmAction, AlarmEngine, type AlarmEvent, consoleLine, defaultRules, type Rules } from '#alarm';

const START_MS = Date.parse('2026-11-22T20:00:00Z');

export interface ProgramReading {
  cpu?: number;
  mem?: number;
  /** Sum over all processes, the largest one's value by default. */
  memSum?: number;
  count?: number;
}

/** ISO time of a second of the timeline. */
export function at(second: number): string {
  return new Date(START_MS + second * 1000).toISOString();
}

let batches = 0;

/** A batch of host `web-1` (unless told otherwise) at that second. */
export function batchAt(
  second: number,
  programs: Record<string, ProgramReading>,
  more: Partial<SampleBatch> = {},
): SampleBatch {
  const entries = Object.entries(programs);
  const column = (value: (reading: ProgramReading) => number | undefined) =>
    entries.map(([, reading]) => value(reading) ?? null);
  return {
    id: `batch-${++batches}-${second}`,
    host: 'web-1',
    time: at(second),
    intervalMs: 10_000,
    names: entries.map(([name]) => name),
    count: entries.map(([, { count }]) => count ?? 1),
    cpu: column(({ cpu }) => cpu),
    cpuMax: column(({ cpu }) => cpu),
    mem: column(({ mem, memSum }) => memSum ?? mem),
    memMax: column(({ mem }) => mem),
    ...more,
  };
}

export function hostUsage(cpu: number, mem: number, disks: Record<string, number> = {}): SampleBatch['hostUsage'] {
  return {
    cpu,
    mem,
    cores: 4,
    memTotalBytes: 8e9,
    disks: Object.entries(disks).map(([path, usedPercent]) => ({ path, usedPercent })),
  };
}

/** A sample of `checkout.service` with 512 MiB, of which it uses that share; null: it has no limit. */
export function unitAt(percentOfLimit: number | null, more: Partial<UnitSample> = {}): UnitSample {
  const limit = 512 * 1024 ** 2;
  return {
    unit: 'checkout.service',
    kind: 'service',
    processes: 1,
    cpu: null,
    cpuLimit: null,
    memBytes: percentOfLimit === null ? null : Math.floor((percentOfLimit / 100) * limit),
    memLimitBytes: percentOfLimit === null ? null : limit,
    oomKills: 0,
    ...more,
  };
}

export function forecastAt(second: number, more: Partial<Forecast> & { inMin?: number } = {}): Forecast {
  const { inMin = 12, ...rest } = more;
  return {
    host: 'web-1',
    process: 'java',
    metric: 'mem',
    time: at(second),
    value: 71.4,
    limit: 80,
    breachAt: at(second + inMin * 60),
    breachFrom: at(second + inMin * 45),
    breachTo: at(second + inMin * 85),
    probability: 0.9,
    reason: 'rises steadily',
    ...rest,
  };
}

export function hostAt(second: number, more: Partial<HostState> = {}): HostState {
  return {
    host: 'web-1',
    service: null,
    status: 'ok',
    firstSeen: at(0),
    lastSeen: at(second),
    lastTime: at(second),
    intervalMs: 10_000,
    clockOffsetMs: null,
    programs: 1,
    usage: null,
    ...more,
  };
}

/** An engine with a clock that only the test moves, and everything that it said. */
export class Timeline {
  readonly actions: AlarmAction[] = [];
  readonly lines: string[] = [];
  private readonly engine: AlarmEngine;
  private second = 0;
  private ids = 0;

  constructor(rules: Rules = defaultRules, prefix = 'incident') {
    this.engine = new AlarmEngine({ rules, newId: () => `${prefix}-${++this.ids}` });
    this.at(0, { kind: 'following', following: true });
  }

  /** Lets time pass to that second, with a tick each second, then takes the event; returns what that said. */
  at(second: number, event: AlarmEvent = { kind: 'tick' }): string[] {
    const from = this.lines.length;
    while (this.second < second) this.take({ kind: 'tick' }, ++this.second);
    this.take(event, second);
    return this.lines.slice(from);
  }

  /** Pushes a batch at each of those seconds, in one colour of the reading. */
  push(second: number, programs: Record<string, ProgramReading>, more: Partial<SampleBatch> = {}): string[] {
    return this.at(second, { kind: 'samples', batch: batchAt(second, programs, more) });
  }

  open() {
    return this.engine.open();
  }

  values() {
    return [...this.engine.values()];
  }

  stillHolds(incident: Incident): boolean {
    return this.engine.stillHolds(incident);
  }

  private take(event: AlarmEvent, second: number): void {
    const nowMs = START_MS + second * 1000;
    for (const action of this.engine.apply(event, nowMs)) {
      this.actions.push(action);
      if (action.kind === 'change') this.lines.push(consoleLine(action, nowMs).slice(11));
    }
  }
}
