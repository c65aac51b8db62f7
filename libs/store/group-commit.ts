import { CodedError } from '#domain';

export interface GroupCommitOptions<Item, Result> {
  /**
   * Makes the items durable together and resolves with one outcome each, in their order. If it throws, all have failed.
   */
  commit: (items: Item[]) => Promise<PromiseSettledResult<Result>[]>;
  /** What an item counts towards the two bounds. */
  weigh: (item: Item) => number;
  /** Largest weight of one commit; a heavier item is committed alone. */
  maxGroup: number;
  /** Largest weight that may wait; beyond it items are refused, unless nothing waits. */
  maxWaiting: number;
}

interface Entry<Item, Result> {
  item: Item;
  weight: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Joins writes into commits: what arrives while a commit is under way waits and goes into the next one, so that many
 * small writers share the cost of one fsync or one request. Items are committed in the order of their arrival.
 */
export class GroupCommit<Item, Result> {
  private queue: Entry<Item, Result>[] = [];
  private waiting = 0;
  private running: Promise<void> | undefined;
  private closed = false;

  constructor(private readonly options: GroupCommitOptions<Item, Result>) {}

  /**
   * Resolves with the item's own result once its commit is durable.
   *
   * @throws CodedError STORE_UNAVAILABLE if too much is waiting or the store is closing, else what the commit threw
   */
  add(item: Item): Promise<Result> {
    const weight = this.options.weigh(item);
    if (this.closed) return Promise.reject(new CodedError('STORE_UNAVAILABLE', 'The store is closing'));
    if (this.waiting > 0 && this.waiting + weight > this.options.maxWaiting) {
      return Promise.reject(
        new CodedError('STORE_UNAVAILABLE', `The store is behind: ${this.waiting} samples wait to be written`, {
          retryAfterSeconds: 1,
        }),
      );
    }
    this.waiting += weight;
    return new Promise((resolve, reject) => {
      this.queue.push({ item, weight, resolve, reject });
      this.running ??= this.drain();
    });
  }

  /** Refuses new items and resolves when all accepted ones have their outcome. */
  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private async drain(): Promise<void> {
    // Lets everything that arrived in this turn of the event loop into the first commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0) {
      await this.commitGroup(this.takeGroup());
    }
    this.running = undefined;
  }

  private takeGroup(): Entry<Item, Result>[] {
    let weight = 0;
    let end = 0;
    for (const entry of this.queue) {
      weight += entry.weight;
      if (end > 0 && weight > this.options.maxGroup) break;
      end++;
    }
    return this.queue.splice(0, end);
  }

  private async commitGroup(group: Entry<Item, Result>[]): Promise<void> {
    const outcomes = await this.outcomesOf(group);
    for (const { weight } of group) this.waiting -= weight;
    for (const [i, { resolve, reject }] of group.entries()) {
      const outcome = outcomes[i];
      if (outcome?.status === 'fulfilled') resolve(outcome.value);
      else reject(outcome?.reason ?? new Error('The commit gave no outcome'));
    }
  }

  private async outcomesOf(group: Entry<Item, Result>[]): Promise<PromiseSettledResult<Result>[]> {
    try {
      return await this.options.commit(group.map(({ item }) => item));
    } catch (reason) {
      return group.map(() => ({ status: 'rejected', reason }));
    }
  }
}
