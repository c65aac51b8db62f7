import { StateMap, type StateStore } from '#store';
import { type TokenUse, tokenUse } from './token-record.js';

/** When and from where each token was used last: in memory, and stored when `save` is called. */
export class TokenUses {
  private readonly unsaved = new Map<string, { atMs: number; from: string }>();

  private constructor(private readonly saved: StateMap<TokenUse>) {}

  static async load(state: StateStore): Promise<TokenUses> {
    return new TokenUses(await StateMap.load(state, { prefix: 'token-used/', schema: tokenUse }));
  }

  note(id: string, from: string, atMs: number): void {
    this.unsaved.set(id, { atMs, from });
  }

  of(id: string): TokenUse | undefined {
    const use = this.unsaved.get(id);
    return use === undefined ? this.saved.get(id) : { at: new Date(use.atMs).toISOString(), from: use.from };
  }

  async forget(id: string): Promise<void> {
    this.unsaved.delete(id);
    await this.saved.delete(id);
  }

  async save(): Promise<void> {
    for (const [id, { atMs, from }] of this.unsaved) {
      this.saved.defer(id, { at: new Date(atMs).toISOString(), from });
    }
    this.unsaved.clear();
    await this.saved.flush();
  }
}
