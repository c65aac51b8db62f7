import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { ControlAnswer, ControlChange, ControlOrder, ControlReport, ControlRequest, ControlState } from '#domain';
import { StateStore } from '#store';

export type TargetKind = 'host' | 'service';

interface Target {
  order: ControlOrder | null;
  report: ControlReport | null;
  reportedAt: string | null;
}

const PREFIX = 'control/';
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
  private readonly targets = new Map<string, Target>();
  private changeCount = 0;

  constructor(private readonly state: StateStore) {}

  async onModuleInit(): Promise<void> {
    for (const { key, value } of await this.state.entries(PREFIX)) {
      this.targets.set(key.slice(PREFIX.length), value as Target);
    }
  }

  /** Takes an order; what an order before it wanted and is not carried out yet stays wanted. */
  async give(
    kind: TargetKind,
    name: string,
    request: ControlRequest,
    by: string,
    nowMs: number,
  ): Promise<ControlState> {
    const key = keyOf(kind, name);
    const known = this.targets.get(key) ?? { order: null, report: null, reportedAt: null };
    const before = isPending(known) ? known.order : {};
    const { by: _, ...wanted } = request;
    const order = { ...before, ...wanted, revision: (known.order?.revision ?? 0) + 1 };
    await this.keep(key, { ...known, order });
    await this.record({ target: name, kind, by, request: wanted, revision: order.revision }, nowMs);
    return toState(name, this.targets.get(key));
  }

  /** Takes what a target says of itself and answers with an order that it does not know yet. */
  async report(kind: TargetKind, name: string, report: ControlReport, nowMs: number): Promise<ControlAnswer> {
    const key = keyOf(kind, name);
    const known = this.targets.get(key) ?? { order: null, report: null, reportedAt: null };
    const merged = { ...report, metadata: report.metadata ?? known.report?.metadata };
    const target = {
      order: withoutStop(known.order, report),
      report: merged,
      reportedAt: new Date(nowMs).toISOString(),
    };
    if (sameReport(known.report, merged)) this.targets.set(key, target);
    else await this.keep(key, target);
    const request = changedThere(known.report, report);
    if (request) await this.record({ target: name, kind, by: THERE, request, revision: report.revision }, nowMs);
    return isPending(target) && target.order ? { control: target.order } : {};
  }

  /** The order that a host has not carried out yet. */
  pendingOf(host: string): ControlOrder | undefined {
    const known = this.targets.get(keyOf('host', host));
    return known?.order && isPending(known) ? known.order : undefined;
  }

  stateOf(kind: TargetKind, name: string): ControlState {
    return toState(name, this.targets.get(keyOf(kind, name)));
  }

  /** The newest changes first. */
  async changes(query: { target?: string; limit: number }, nowMs: number): Promise<ControlChange[]> {
    const changes: ControlChange[] = [];
    for (const { key, value } of await this.state.entries(CHANGES)) {
      const change = value as ControlChange;
      if (nowMs - Date.parse(change.time) > KEEP_CHANGES_MS) await this.state.put(key, undefined);
      else if (query.target === undefined || change.target === query.target) changes.push(change);
    }
    return changes.toReversed().slice(0, query.limit);
  }

  private async record(change: Omit<ControlChange, 'time'>, nowMs: number): Promise<void> {
    const time = new Date(nowMs).toISOString();
    await this.state.put(`${CHANGES}${time}/${String(this.changeCount++).padStart(9, '0')}`, { time, ...change });
  }

  private async keep(key: string, target: Target): Promise<void> {
    await this.state.put(PREFIX + key, target);
    this.targets.set(key, target);
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

function toState(target: string, known: Target | undefined): ControlState {
  if (!known) return { target, order: null, pending: false, report: null, reportedAt: null };
  return { target, order: known.order, pending: isPending(known), report: known.report, reportedAt: known.reportedAt };
}
