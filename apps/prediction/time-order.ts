import { isBare, sizeOf, type Tick } from './tick.js';

/** A host's ticks are held over at most so much of its time. */
const MAX_HELD_MS = 2 * 3_600_000;
/** Most samples that are held of all hosts together: 16 bytes each, since the names of a host are kept once. */
const MAX_HELD_SAMPLES = 2_000_000;
/** A backlog that does not get shorter for so long is not waited for any more. */
const STUCK_MS = 60_000;
/** Ticks behind the newest one, at a steady beat, after which the clock of the host was set back. */
const SET_BACK_TICKS = 3;
/** A host without a tick for so long is forgotten. */
const FORGET_AFTER_MS = 26 * 3_600_000;

export interface TimeOrderOptions {
  /** Takes the next tick of a host. One that is older than the tick before it is late. */
  onTick: (tick: Tick) => void;
  /** The clock behind such ticks was set: its times so far have to be moved by `byMs` to fit the ticks that follow. */
  onClockSet: (tick: Tick, byMs: number) => void;
  maxHeldSamples?: number;
}

interface Arrival {
  tick: Tick;
  atMs: number;
}

interface HostOrder {
  /** Time of the newest tick that was passed on. */
  newestMs: number;
  /** When its newest tick came, and the newest one that shows its backlog getting shorter. */
  seenMs: number;
  progressMs: number;
  /** Ticks with older ones still to come, in order of time. */
  held: Tick[];
  /** It is not waited for until its backlog is through. */
  gaveUp: boolean;
  /** Ticks behind the newest one, with none ahead of it in between. */
  behind: Arrival[];
}

/**
 * Passes on the ticks of each host in order of time. After an outage a sender brings its newest tick first and then, oldest
 * first, what it kept meanwhile; each batch says how many older ones are still to come. A tick with older ones to come is
 * held; one without releases what was held of the time before it. Arrival times come in as milliseconds of any clock that
 * does not jump.
 */
export class TimeOrder {
  /** Hosts that were waited for in vain. */
  givenUp = 0;
  /** Clocks that were set back. */
  clocksSet = 0;
  heldSamples = 0;
  private readonly hosts = new Map<string, HostOrder>();
  /** Ticks about the host alone come from another sender, and say nothing of the order of the others. */
  private readonly bare = new Map<string, HostOrder>();

  constructor(private readonly options: TimeOrderOptions) {}

  take(tick: Tick, nowMs: number): void {
    const host = this.find(isBare(tick) ? this.bare : this.hosts, tick.host, nowMs);
    // While a host was silent nothing could get shorter, and what it holds now is of another outage.
    if (nowMs - host.seenMs >= Math.max(STUCK_MS, 3 * (tick.intervalMs ?? 0))) {
      host.progressMs = nowMs;
      host.gaveUp = false;
    }
    host.seenMs = nowMs;
    if (tick.timeMs < host.newestMs) return this.takeBehind(host, tick, nowMs);
    if (tick.backlog > 0 && !host.gaveUp) return this.hold(host, tick, nowMs);
    if (tick.backlog === 0) host.gaveUp = false;
    if (host.held.length > 0) host.progressMs = nowMs;
    this.release(host, tick.timeMs);
    this.pass(host, tick);
  }

  /** Says that the ticks of a host up to this time are known, as from the history. */
  know(name: string, timeMs: number, nowMs: number): void {
    const host = this.find(this.hosts, name, nowMs);
    host.newestMs = Math.max(host.newestMs, timeMs);
  }

  /** To be called now and then: stops waiting for backlogs that do not come, and forgets hosts that are gone. */
  sweep(nowMs: number): void {
    for (const hosts of [this.hosts, this.bare]) {
      for (const [name, host] of hosts) {
        if (host.held.length > 0 && nowMs - host.progressMs >= STUCK_MS) this.giveUp(host);
        if (nowMs - host.seenMs >= FORGET_AFTER_MS) hosts.delete(name);
      }
    }
  }

  /** Drops what is held and known; for a follower that reads the history again. */
  clear(): void {
    this.hosts.clear();
    this.bare.clear();
    this.heldSamples = 0;
  }

  private find(hosts: Map<string, HostOrder>, name: string, nowMs: number): HostOrder {
    let host = hosts.get(name);
    if (!host) {
      host = { newestMs: -1, seenMs: nowMs, progressMs: nowMs, held: [], gaveUp: false, behind: [] };
      hosts.set(name, host);
    }
    return host;
  }

  private hold(host: HostOrder, tick: Tick, nowMs: number): void {
    const { held } = host;
    if (held.some(({ id }) => id === tick.id)) return;
    const last = held.at(-1);
    // One that was kept has come, in whatever order its sender takes them, or fewer are announced.
    const isShorter = !last || tick.timeMs < last.timeMs || tick.backlog < Math.min(...held.map((one) => one.backlog));
    if (isShorter) host.progressMs = nowMs;
    const at = held.findLastIndex(({ timeMs }) => timeMs <= tick.timeMs) + 1;
    held.splice(at, 0, last ? withNamesOf(last, tick) : tick);
    this.heldSamples += sizeOf(tick);
    if ((held.at(-1)?.timeMs ?? 0) - (held[0]?.timeMs ?? 0) > MAX_HELD_MS) this.giveUp(host);
    while (this.heldSamples > (this.options.maxHeldSamples ?? MAX_HELD_SAMPLES)) this.giveUp(this.largest());
  }

  /** The host of which most samples are held. */
  private largest(): HostOrder {
    const samples = ({ held }: HostOrder) => held.reduce((sum, tick) => sum + sizeOf(tick), 0);
    return [...this.hosts.values(), ...this.bare.values()].reduce((most, host) =>
      samples(host) > samples(most) ? host : most,
    );
  }

  private giveUp(host: HostOrder): void {
    this.givenUp++;
    host.gaveUp = true;
    this.release(host, Infinity);
  }

  private release(host: HostOrder, beforeMs: number): void {
    while (host.held.length > 0 && (host.held[0] as Tick).timeMs <= beforeMs) {
      const tick = host.held.shift() as Tick;
      this.heldSamples -= sizeOf(tick);
      this.pass(host, tick);
    }
  }

  private pass(host: HostOrder, tick: Tick): void {
    this.passLate(host);
    host.newestMs = tick.timeMs;
    this.options.onTick(tick);
  }

  private passLate(host: HostOrder): void {
    for (const { tick } of host.behind.splice(0)) this.options.onTick(tick);
  }

  /**
   * A tick before the newest one is late, unless the clock of the host was set back: then one after another comes live, at
   * the beat of their own times, and none is ahead. A backlog comes faster than its times.
   */
  private takeBehind(host: HostOrder, tick: Tick, nowMs: number): void {
    const last = host.behind.at(-1);
    if (last && tick.timeMs <= last.tick.timeMs) this.passLate(host);
    host.behind.push({ tick, atMs: nowMs });
    const first = host.behind[0] as Arrival;
    const spanMs = tick.timeMs - first.tick.timeMs;
    if (spanMs > 2 * (nowMs - first.atMs)) {
      this.passLate(host);
      return;
    }
    if (host.behind.length < SET_BACK_TICKS) return;
    this.clocksSet++;
    const ticks = host.behind.splice(0);
    this.release(host, Infinity);
    const before = first.tick.timeMs - spanMs / (SET_BACK_TICKS - 1);
    this.options.onClockSet(tick, before - host.newestMs);
    for (const { tick: next } of ticks) this.pass(host, next);
  }
}

/** The tick with the lists of names of the one before it, where they are the same. */
function withNamesOf(last: Tick, tick: Tick): Tick {
  const { names, units } = tick;
  return {
    ...tick,
    names: sameNames(last.names, names) ? last.names : names,
    ...(units && {
      units: {
        ...units,
        names: last.units && sameNames(last.units.names, units.names) ? last.units.names : units.names,
      },
    }),
  };
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
