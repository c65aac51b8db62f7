import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type Acknowledgement,
  CodedError,
  holdsAt,
  type Incident,
  MAX_SILENCE_MS,
  type NewSilence,
  type Silence,
  silence,
  type SilenceList,
} from '#domain';
import { StateMap, StateStore } from '#store';
import { idOf } from '../http/id-prefix.js';

const ACKNOWLEDGED_FOR_MS = 7 * 86_400_000;
/** Silences that ended stay readable for so long. */
const KEPT_MS = 30 * 86_400_000;
const MAX_SILENCES = 10_000;

/** Who silenced what, why, and until when; kept in the state store. */
@Injectable()
export class Silences implements OnModuleInit {
  private silences!: StateMap<Silence>;

  constructor(private readonly store: StateStore) {}

  async onModuleInit(): Promise<void> {
    this.silences = await StateMap.load(this.store, { prefix: 'silence/', schema: silence });
  }

  list(state: 'current' | 'all', nowMs: number): SilenceList {
    const all = [...this.silences.values()].filter(({ until }) => state === 'all' || Date.parse(until) > nowMs);
    return { silences: all.sort((a, b) => (a.created < b.created ? 1 : -1)) };
  }

  /** Those that hold now, the newest first. */
  holding(nowMs: number): Silence[] {
    return this.list('current', nowMs).silences.filter((one) => holdsAt(one, nowMs));
  }

  async add(asked: NewSilence, nowMs: number): Promise<Silence> {
    const from = asked.from ?? new Date(nowMs).toISOString();
    const untilMs = Date.parse(asked.until);
    if (untilMs <= Math.max(nowMs, Date.parse(from))) {
      throw new CodedError('INVALID', `until: "${asked.until}" is not after its start, or is over already`);
    }
    if (untilMs - Math.max(nowMs, Date.parse(from)) > MAX_SILENCE_MS) {
      throw new CodedError('INVALID', `until: "${asked.until}" is more than 90 days after its start`);
    }
    return this.keep({ ...asked, from, id: randomUUID(), created: new Date(nowMs).toISOString() }, nowMs);
  }

  async acknowledge({ id, color }: Incident, { by, why, until }: Acknowledgement, nowMs: number): Promise<Silence> {
    const now = new Date(nowMs).toISOString();
    const end = until ?? new Date(nowMs + ACKNOWLEDGED_FOR_MS).toISOString();
    if (Date.parse(end) <= nowMs) throw new CodedError('INVALID', `until: "${end}" is over already`);
    const record = { kind: 'acknowledgement' as const, match: {}, incident: id, color, by, why };
    return this.keep({ id: `ack-${id}`, ...record, from: now, until: end, created: now }, nowMs);
  }

  /** Ends a silence now, named by its id or the beginning of it; it stays readable. @throws CodedError NOT_FOUND, INVALID */
  async end(id: string, nowMs: number): Promise<void> {
    const whole = idOf(id, this.silences.keys());
    const known = whole === undefined ? undefined : this.silences.get(whole);
    if (!known) throw new CodedError('NOT_FOUND', `There is no silence "${id.slice(0, 80)}".`);
    if (Date.parse(known.until) <= nowMs) return;
    await this.keep({ ...known, until: new Date(nowMs).toISOString() }, nowMs);
  }

  private async keep(one: Silence, nowMs: number): Promise<Silence> {
    if (!this.silences.has(one.id)) await this.makeRoom(nowMs);
    await this.silences.set(one.id, one);
    return one;
  }

  private async makeRoom(nowMs: number): Promise<void> {
    for (const [id, { until }] of this.silences.entries()) {
      if (Date.parse(until) > nowMs - KEPT_MS) continue;
      await this.silences.delete(id);
    }
    if (this.silences.size >= MAX_SILENCES) {
      throw new CodedError('INVALID', `There are ${MAX_SILENCES} silences already; end some or match more with one.`);
    }
  }
}
