import type { Branch } from './prediction.js';

const WEEK_MS = 7 * 86_400_000;
/** Log-odds by which a false claim raises the offset of its host, and what all hosts have in common. */
const OWN_GAIN = 0.1;
const COMMON_GAIN = 0.05;
/** Neither moves further than this from where it starts. */
const MAX_OWN = 4;
const MAX_COMMON = 3;
/** A longer time without a sample is silence and does not count as watched. */
const LONGEST_GAP_MS = 3_600_000;

/**
 * Offset to start with where one false claim a week is asked for, and by how much less where e are; from what came at
 * fixed offsets out of fold (`tools/train/budget.py`).
 */
const START: Record<Branch, { at1: number; perE: number }> = {
  coarse: { at1: 0.15, perE: 1.1 },
  fine: { at1: 1.3, perE: 1.25 },
};

/** What is kept of a host, so that a restart goes on from it. */
export interface HostBudgetState {
  host: string;
  /** Log-odds that this host needs beyond what all hosts have in common. */
  own: number;
  /** Time of its newest tick, milliseconds since the epoch, and how long it has been watched. */
  lastMs: number;
  watchedMs: number;
}

export interface FalseBudgetState {
  /** The rate for which `common` and each `own` were learned; null: none was asked for. */
  aWeek: number | null;
  common: number;
  hosts: HostBudgetState[];
}

/** The part of a host: how strict its claims are, and for how long it has been watched. */
export class HostBudget {
  own = 0;
  lastMs = -1;
  watchedMs = 0;

  /** `offset`, to be handed on. */
  readonly ask = (): number => this.offset;

  constructor(
    private readonly budget: FalseBudget,
    readonly host: string,
  ) {}

  /** Log-odds that a claim of this host needs beyond the gate's own bar. */
  get offset(): number {
    return this.budget.aWeek === undefined ? 0 : this.budget.start + this.budget.common + this.own;
  }

  /**
   * A tick of the host came: time without a false claim lowers its offset. One that is not newer changes nothing.
   *
   * @param isWatched false where no claim could be made since the tick before
   */
  pass(timeMs: number, isWatched = true): void {
    if (timeMs <= this.lastMs) return;
    const spanMs = this.lastMs < 0 ? 0 : timeMs - this.lastMs;
    this.lastMs = timeMs;
    if (!isWatched || spanMs > LONGEST_GAP_MS) return;
    this.watchedMs += spanMs;
    this.move(-((this.budget.aWeek ?? 0) * spanMs) / WEEK_MS);
  }

  /** A claim of the host ended false. */
  countFalse(): void {
    if (this.budget.aWeek !== undefined) this.move(1);
  }

  /** The clock of the host was set by `byMs`. */
  moveClock(byMs: number): void {
    if (this.lastMs >= 0) this.lastMs = Math.max(0, this.lastMs + byMs);
  }

  /** False claims beyond those that were due. */
  private move(claims: number): void {
    this.own = clamp(this.own + claims * OWN_GAIN, MAX_OWN);
    this.budget.common = clamp(this.budget.common + claims * COMMON_GAIN, MAX_COMMON);
  }
}

/**
 * Holds the false claims of each host at the rate that is asked for, by integral control (Robbins and Monro 1951 with a
 * gain that stays): a false claim raises the offset of its host by a step, and time lowers it by as many steps as false
 * claims were due. Where both are in balance, the rate is the one asked for. An offset is the sum of a start that was
 * measured on other machines, of what all hosts of the installation have in common, and of the host's own share, so that
 * a new host starts from what the others have taught. Pure: time comes in with the samples.
 */
export class FalseBudget {
  common = 0;
  readonly start: number;
  private readonly byHost = new Map<string, HostBudget>();

  /**
   * @param aWeek false claims a week and host that are asked for, above zero; undefined: claims are made as trained
   * @param branch the one that makes most of the claims
   */
  constructor(
    readonly aWeek: number | undefined,
    branch: Branch = 'fine',
  ) {
    const { at1, perE } = START[branch];
    this.start = aWeek === undefined ? 0 : at1 - perE * Math.log(aWeek);
  }

  host(name: string): HostBudget {
    let host = this.byHost.get(name);
    if (!host) this.byHost.set(name, (host = new HostBudget(this, name)));
    return host;
  }

  get hosts(): Iterable<HostBudget> {
    return this.byHost.values();
  }

  /** Forgets hosts without a tick since then. */
  forget(sinceMs: number): void {
    for (const [name, { lastMs }] of this.byHost) if (lastMs < sinceMs) this.byHost.delete(name);
  }

  snapshot(): FalseBudgetState {
    const hosts = [...this.byHost.values()].map(({ host, own, lastMs, watchedMs }) => ({
      host,
      own,
      lastMs,
      watchedMs,
    }));
    return { aWeek: this.aWeek ?? null, common: this.common, hosts };
  }

  /** Goes on from a snapshot. What was learned for another rate is kept: it says how these hosts differ from the start. */
  restore({ common, hosts }: FalseBudgetState): void {
    this.common = clamp(common, MAX_COMMON);
    for (const { host, own, lastMs, watchedMs } of hosts) {
      Object.assign(this.host(host), { own: clamp(own, MAX_OWN), lastMs, watchedMs });
    }
  }
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value));
}
