/** Requests under way at once in the beginning. */
const FIRST = 2;
/** More requests are worth it where they bring at least so many times the answers. */
const WORTH = 1.25;
/** Rounds between two tries with more requests, once more of them were not worth it, or met trouble. */
const PATIENCE = { worthless: 4, troubled: 32 };
/** A request without an answer for so long lends its place to the next one, in milliseconds. */
const OVERDUE_MS = 1000;
/** Share of a round's requests that may meet trouble before there are fewer. */
const TROUBLE_SHARE = 1 / 8;

/** What became of a request: `trouble` is a connection that was refused, broken off or taken up late. */
export type Outcome = 'answered' | 'trouble';

export interface Place {
  leave: (outcome: Outcome) => void;
}

/** Answers counted at one size, as many as it is large. */
interface Round {
  number: number;
  startedMs: number | undefined;
  answered: number;
  troubled: number;
}

/**
 * How many requests may be under way at once, found out as TCP finds its congestion window: it begins with two and
 * doubles while that brings more answers a second (the full pipe of BBR's start-up, Cardwell et al. 2016), and halves
 * where connections meet trouble. A server that answers one after the other, or that queues five connections and drops
 * the rest, as Python's `http.server` does, is so asked no faster than it can answer.
 */
export class RequestWindow {
  private size: number;
  /** Places taken, without those that were lent on. */
  private taken = 0;
  private underWay = 0;
  private readonly waiting: (() => void)[] = [];
  /** Size before the present try with more, and the answers a second that it brought. */
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

  /** Trouble shows late, and counts once: not where there are fewer requests by now than when this one began. */
  private note(size: number): void {
    if (size <= this.size) this.round.troubled++;
    else this.patience = PATIENCE.troubled;
  }

  private free(round: number): void {
    this.taken--;
    if (this.round.startedMs !== undefined) this.round.answered++;
    // The first answer to a request of this size: from now on the answers come as fast as they do at this size.
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
    // Where nothing at all comes through, the server is gone, and fewer requests would only make the end longer.
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
