/** Requests in flight at the start. */
const FIRST = 3;
/** More requests are worth it where they bring at least this many times the answers. */
const WORTH = 1.15;
/** Rounds to wait before trying more requests again, after more were not worth it or met trouble. */
const PATIENCE = { worthless: 2, troubled: 32 };
/** A request that waits longer than this for its answer gives its place to the next one, in milliseconds. */
const OVERDUE_MS = 1000;
/** Share of a round's requests that may meet trouble before the window shrinks. */
const TROUBLE_SHARE = 1 / 8;

/** What became of a request: `trouble` is a connection that was refused, reset or accepted late. */
export type Outcome = 'answered' | 'trouble';

export interface Place {
  leave: (outcome: Outcome) => void;
}

/** The answers counted at one size: as many as the size. */
interface Round {
  number: number;
  startedMs: number | undefined;
  answered: number;
  troubled: number;
}

/**
 * How many requests may be under way at once, found the way TCP finds its congestion window: it starts at three and
 * doubles while that brings more answers a second (the full pipe of BBR's start-up, Cardwell et al. 2016), and halves
 * where connections meet trouble. A server that answers one by one, or that queues five connections and drops
 * the rest, as Python's `http.server` does, is asked no faster than it can answer.
 */
export class RequestWindow {
  private size: number;
  /** Places taken, without those that were given on. */
  private taken = 0;
  private underWay = 0;
  private readonly waiting: (() => void)[] = [];
  /** Size before the current try with more, and its answers per second. */
  private base = { size: 0, rate: 0 };
  private patience = 0;
  private round: Round = { number: 0, startedMs: undefined, answered: 0, troubled: 0 };

  constructor(
    private readonly most: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.size = Math.min(FIRST, most);
    this.base.size = this.size;
  }

  /** Waits for a place, first come, first served. */
  async enter(): Promise<Place> {
    if (this.hasRoom()) this.take();
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    const start = { round: this.round.number, size: this.size };
    let lent = false;
    const overdue = setTimeout(() => {
      lent = true;
      this.free(start.round);
    }, OVERDUE_MS);
    return {
      leave: (outcome) => {
        clearTimeout(overdue);
        this.underWay--;
        if (outcome === 'trouble') this.note(start.size);
        if (lent) this.admit();
        else this.free(start.round);
      },
    };
  }

  private hasRoom(): boolean {
    return this.taken < this.size && this.underWay < this.most;
  }

  private take(): void {
    this.taken++;
    this.underWay++;
  }

  private admit(): void {
    while (this.waiting.length > 0 && this.hasRoom()) {
      this.take();
      this.waiting.shift()?.();
    }
  }

  /** Trouble shows late. It doesn't count if the window has shrunk since this request began. */
  private note(size: number): void {
    if (size <= this.size) this.round.troubled++;
    else this.patience = PATIENCE.troubled;
  }

  private free(round: number): void {
    this.taken--;
    if (this.round.startedMs !== undefined) this.round.answered++;
    // The first answer to a request sent at this size: from now on, answers come at the rate of this size.
    else if (round === this.round.number) this.round.startedMs = this.now();
    if (this.round.answered >= this.size) this.endRound();
    this.admit();
  }

  private endRound(): void {
    const { startedMs, answered, troubled, number } = this.round;
    const nowMs = this.now();
    const before = this.size;
    this.resize(answered / Math.max(1, nowMs - (startedMs ?? nowMs)), troubled / answered);
    const resized = this.size !== before;
    this.round = { number: number + 1, startedMs: resized ? undefined : nowMs, answered: 0, troubled: 0 };
  }

  private resize(rate: number, trouble: number): void {
    // If nothing gets through, the server is gone, and fewer requests would only take longer.
    if (trouble > TROUBLE_SHARE && trouble < 1) {
      return this.hold({ size: Math.max(1, Math.floor(this.size / 2)), rate }, PATIENCE.troubled);
    }
    const tried = this.size > this.base.size;
    if (tried && rate < WORTH * this.base.rate) return this.hold(this.base, PATIENCE.worthless);
    this.base = { size: this.size, rate };
    if (this.patience-- > 0) return;
    this.size = Math.min(this.most, 2 * this.size);
  }

  private hold(base: { size: number; rate: number }, patience: number): void {
    this.base = base;
    this.size = base.size;
    this.patience = patience;
  }
}
