import type { z } from 'zod';
import type { StateStore } from './state-store.js';

export interface StateMapOptions<Value> {
  /** Before every key in the state store, such as `silence/`. */
  prefix: string;
  /** What the values are read with, and so what they are checked with before they are kept. */
  schema: z.ZodType<Value>;
  /**
   * Bound on entries whose keys strangers choose: a new one beyond `most` takes the place of the one whose `lastUsed`,
   * an ISO time, is the earliest.
   */
  bound?: { most: number; lastUsed: (value: Value) => string };
}

/**
 * A map whose entries outlive the server. It holds what the state store has taken, and the changes of one key follow
 * each other, so that none is lost. An entry that can't be read is stepped over, and the store counts it.
 */
export class StateMap<Value> {
  private readonly known = new Map<string, Value>();
  /** The end of the changes under way, by key. */
  private readonly turns = new Map<string, Promise<unknown>>();
  private readonly unsaved = new Set<string>();

  private constructor(
    private readonly state: StateStore,
    private readonly options: StateMapOptions<Value>,
  ) {}

  static async load<Value>(state: StateStore, options: StateMapOptions<Value>): Promise<StateMap<Value>> {
    const map = new StateMap<Value>(state, options);
    for (const { key, value } of await state.read(options.prefix, options.schema)) {
      map.known.set(key.slice(options.prefix.length), value);
    }
    return map;
  }

  get size(): number {
    return this.known.size;
  }

  get(key: string): Value | undefined {
    return this.known.get(key);
  }

  has(key: string): boolean {
    return this.known.has(key);
  }

  keys(): MapIterator<string> {
    return this.known.keys();
  }

  values(): MapIterator<Value> {
    return this.known.values();
  }

  entries(): MapIterator<[string, Value]> {
    return this.known.entries();
  }

  async set(key: string, value: Value): Promise<void> {
    await this.update(key, () => value);
  }

  async delete(key: string): Promise<void> {
    await this.update(key, () => undefined);
  }

  /**
   * Replaces a value by what is made of it, once it is the turn of this change; `undefined` forgets it, and the same
   * value again is no change. Resolves with the new value once the state store has it; where it rejects, nothing has
   * changed.
   *
   * @throws ZodError where the new value is none that could be read again
   */
  update(key: string, change: (before: Value | undefined) => Value | undefined): Promise<Value | undefined> {
    return this.inTurn(key, async () => {
      const old = this.known.get(key);
      const made = change(old);
      if (made === old) return old;
      const value = made === undefined ? undefined : this.options.schema.parse(made);
      if (old === undefined) await this.makeRoom();
      await this.state.put(this.options.prefix + key, value);
      this.unsaved.delete(key);
      if (value === undefined) this.known.delete(key);
      else this.known.set(key, value);
      return value;
    });
  }

  /**
   * Holds a value at once and stores it at the next `flush`: for what changes at every tick and may lose the last one.
   *
   * @throws ZodError as `update` does
   */
  defer(key: string, value: Value): void {
    this.known.set(key, this.options.schema.parse(value));
    this.unsaved.add(key);
  }

  /** Stores what was deferred; what the state store does not take is tried again at the next flush. */
  async flush(): Promise<void> {
    const keys = [...this.unsaved];
    this.unsaved.clear();
    await Promise.all(
      keys.map((key) =>
        this.inTurn(key, () => this.state.put(this.options.prefix + key, this.known.get(key))).catch(
          (error: unknown) => {
            this.unsaved.add(key);
            throw error;
          },
        ),
      ),
    );
  }

  private async makeRoom(): Promise<void> {
    const { bound } = this.options;
    if (!bound || this.known.size < bound.most) return;
    let oldest: { key: string; time: string } | undefined;
    for (const [key, value] of this.known) {
      const time = bound.lastUsed(value);
      if (!oldest || time < oldest.time) oldest = { key, time };
    }
    if (oldest) await this.delete(oldest.key);
  }

  private inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (this.turns.get(key) ?? Promise.resolve()).then(work);
    const settled: Promise<void> = turn.then(
      () => this.turnEnded(key, settled),
      () => this.turnEnded(key, settled),
    );
    this.turns.set(key, settled);
    return turn;
  }

  private turnEnded(key: string, settled: Promise<unknown>): void {
    if (this.turns.get(key) === settled) this.turns.delete(key);
  }
}
