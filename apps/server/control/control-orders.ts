import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import {
  controlChange,
  controlOrder,
  controlReport,
  heartbeatService,
  isoTime,
  type ControlAnswer,
  type ControlChange,
  type ControlOrder,
  type ControlReport,
  type ControlRequest,
  type ControlState,
} from '#domain';
import { StateMap, StateStore } from '#store';
import { z } from 'zod';
import { SETTINGS, type ServerSettings } from '../server.config.js';

export type TargetKind = 'host' | 'service';

const targetRecord = z.object({
  order: controlOrder.nullable(),
  report: controlReport.nullable(),
  reportedAt: isoTime.nullable(),
});
type Target = z.infer<typeof targetRecord>;

const nothingYet: Target = { order: null, report: null, reportedAt: null };
const CHANGES = 'control-change/';
/** Who changed what was not ordered here. */
const THERE = 'the target itself';
const MS_PER_DAY = 86_400_000;
/** As long as the rest of the state. */
const KEEP_CHANGES_MS = 400 * MS_PER_DAY;

/**
 * What is wanted of each collector and service, and what they said they do. An order is handed out until its target
 * says that it carried it out; both sides are kept in the state store, with every change, who made it and when.
 */
@Injectable()
export class ControlOrders implements OnModuleInit {
  private targets!: StateMap<Target>;
  /** When each target was last heard of; a report that says nothing new is not stored. */
  private readonly heard = new Map<string, string>();
  private changeCount = 0;

  constructor(
    private readonly state: StateStore,
    @Inject(SETTINGS) private readonly settings: Pick<ServerSettings, 'AMBERWATCH_MAX_HOSTS'>,
  ) {}

  async onModuleInit(): Promise<void> {
    const bound = {
      most: this.settings.AMBERWATCH_MAX_HOSTS + heartbeatService.options.length,
      lastUsed: ({ reportedAt }: Target) => reportedAt ?? new Date().toISOString(),
    };
    this.targets = await StateMap.load(this.state, { prefix: 'control/', schema: targetRecord, bound });
  }

  /** Takes an order; what an order before it wanted and is not carried out yet stays wanted. */
  async give(
    kind: TargetKind,
    name: string,
    request: ControlRequest,
    by: string,
    nowMs: number,
  ): Promise<ControlState> {
    const { by: _, ...wanted } = request;
    const target = await this.targets.update(keyOf(kind, name), (known = nothingYet) => ({
      ...known,
      order: { ...(isPending(known) ? known.order : {}), ...wanted, revision: (known.order?.revision ?? 0) + 1 },
    }));
    const revision = target?.order?.revision ?? 1;
    await this.record({ target: name, kind, by, request: wanted, revision }, nowMs);
    return this.stateOf(kind, name);
  }

  /** Takes what a target says of itself and answers with an order that it does not know yet. */
  async report(kind: TargetKind, name: string, report: ControlReport, nowMs: number): Promise<ControlAnswer> {
    const key = keyOf(kind, name);
    const reportedAt = new Date(nowMs).toISOString();
    let request: ControlRequest | undefined;
    const target = await this.targets.update(key, (stored) => {
      const known = stored ?? nothingYet;
      const merged = { ...report, metadata: report.metadata ?? known.report?.metadata };
      const order = withoutStop(known.order, report);
      request = changedThere(known.report, report);
      if (stored && order === known.order && sameReport(known.report, merged)) return stored;
      return { order, report: merged, reportedAt };
    });
    this.heard.set(key, reportedAt);
    if (request) await this.record({ target: name, kind, by: THERE, request, revision: report.revision }, nowMs);
    return target?.order && isPending(target) ? { control: target.order } : {};
  }

  /** The order that a host has not carried out yet. */
  pendingOf(host: string): ControlOrder | undefined {
    const known = this.targets.get(keyOf('host', host));
    return known?.order && isPending(known) ? known.order : undefined;
  }

  stateOf(kind: TargetKind, name: string): ControlState {
    const key = keyOf(kind, name);
    const known = this.targets.get(key) ?? nothingYet;
    const { order, report } = known;
    const reportedAt = this.heard.get(key) ?? known.reportedAt;
    return { target: name, order, pending: isPending(known), report, reportedAt };
  }

  /** The host and what was wanted of it are gone; who changed what stays on record. */
  async forget(host: string): Promise<void> {
    const key = keyOf('host', host);
    this.heard.delete(key);
    await this.targets.delete(key);
  }

  /** The newest changes first. */
  async changes(query: { target?: string; limit: number }, nowMs: number): Promise<ControlChange[]> {
    const changes: ControlChange[] = [];
    for (const { key, value } of await this.state.read(CHANGES, controlChange)) {
      if (nowMs - Date.parse(value.time) > KEEP_CHANGES_MS) await this.state.put(key, undefined);
      else if (query.target === undefined || value.target === query.target) changes.push(value);
    }
    return changes.toReversed().slice(0, query.limit);
  }

  private async record(change: Omit<ControlChange, 'time'>, nowMs: number): Promise<void> {
    const time = new Date(nowMs).toISOString();
    const count = String(this.changeCount++).padStart(9, '0');
    await this.state.put(`${CHANGES}${time}/${count}`, controlChange.parse({ time, ...change }));
  }
}

function keyOf(kind: TargetKind, name: string): string {
  return `${kind}/${name}`;
}

function isPending({ order, report }: Target): boolean {
  return order !== null && order.revision > (report?.revision ?? 0);
}

/** A stop is over once it was obeyed: whoever is started again is not to stop again. */
function withoutStop(order: ControlOrder | null, report: ControlReport): ControlOrder | null {
  if (order?.status !== 'stop' || report.status !== 'stopped' || report.revision < order.revision) return order;
  const { status: _, ...rest } = order;
  return rest;
}

const wantedOf = { running: 'resume', paused: 'pause', stopped: 'stop' } as const;

/** What was changed on the target itself, by its own control port, rather than by an order of ours. */
function changedThere(before: ControlReport | null, now: ControlReport): ControlRequest | undefined {
  if (!before || before.revision !== now.revision) return undefined;
  const request: ControlRequest = {};
  if (before.status !== now.status) request.status = wantedOf[now.status];
  if (before.intervalMs !== now.intervalMs && now.intervalMs !== undefined) request.intervalMs = now.intervalMs;
  return Object.keys(request).length > 0 ? request : undefined;
}

function sameReport(a: ControlReport | null, b: ControlReport): boolean {
  return a !== null && JSON.stringify(a) === JSON.stringify(b);
}
