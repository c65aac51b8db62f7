import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import { z } from 'zod';
import { StoreOpenError } from '../store-errors.js';
import { type InfluxHttp, InfluxReply } from './influx-http.js';

const keptToken = z.object({ org: z.string(), bucket: z.string(), id: z.string(), token: z.string().min(1) });
type KeptToken = z.infer<typeof keptToken>;

/**
 * Sees to bucket and retention, and to a token that can do this bucket and nothing else. It is made by the token that was
 * given, kept in a file that nobody else can read, and used from then on; one that InfluxDB no longer takes is made anew.
 */
export class OwnToken {
  private readonly logger = new Logger('store');
  private said = false;

  constructor(
    private readonly http: InfluxHttp,
    private readonly file: string,
  ) {}

  /** @throws StoreOpenError where the kept token is refused and there is none to make another by */
  async prepare(): Promise<void> {
    const { http } = this;
    const kept = this.read();
    if (kept) {
      http.useToken(kept.token);
      if (await this.works()) return;
      if (http.options.token === '') throw this.refused();
    }
    http.useToken(http.options.token);
    await http.prepareBucket();
    await this.make(kept);
  }

  /** Whether the token in use sees its bucket; then the retention is right as well. */
  private async works(): Promise<boolean> {
    try {
      await this.http.check();
      await this.http.prepareBucket();
      return true;
    } catch (error) {
      // What a proxy says in between is no word about the token.
      if (error instanceof InfluxReply && error.isOwn && [401, 403, 404].includes(error.status)) return false;
      throw error;
    }
  }

  private async make(former: KeptToken | undefined): Promise<void> {
    const { org, bucket } = this.http.options;
    let made: { id: string; token: string };
    try {
      made = await this.http.makeToken();
    } catch (error) {
      if (!isFinal(error)) throw error;
      if (!this.said)
        this.logger.log(`INFLUX_TOKEN may make no token for bucket "${bucket}" alone, and is used itself`);
      this.said = true;
      return;
    }
    try {
      await this.write({ org, bucket, ...made });
    } catch (error) {
      await this.http.deleteToken(made.id).catch(() => undefined);
      this.logger.warn(`No token of the server's own can be kept in ${this.file}: ${(error as Error).message}`);
      return;
    }
    if (former) await this.http.deleteToken(former.id).catch(() => undefined);
    this.http.useToken(made.token);
    this.logger.log(`InfluxDB is used by a token for bucket "${bucket}" alone, kept in ${this.file}`);
  }

  /** Of another organization or bucket it is none. */
  private read(): KeptToken | undefined {
    const { org, bucket } = this.http.options;
    try {
      const kept = keptToken.parse(JSON.parse(readFileSync(this.file, 'utf8')));
      return kept.org === org && kept.bucket === bucket ? kept : undefined;
    } catch {
      return undefined;
    }
  }

  private async write(kept: KeptToken): Promise<void> {
    const fresh = `${this.file}.new`;
    const handle = await open(fresh, 'w', 0o600);
    try {
      await handle.chmod(0o600);
      await handle.writeFile(JSON.stringify(kept));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, this.file);
  }

  private refused(): StoreOpenError {
    const { url, bucket } = this.http.options;
    return new StoreOpenError(
      `InfluxDB at ${url} no longer takes the token for bucket "${bucket}" that is kept in ${this.file}. ` +
        'Set INFLUX_TOKEN to one that may make another, for one start.',
    );
  }
}

/** An answer that waiting does not change, also of what only speaks InfluxDB's language. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof InfluxReply && error.status >= 400 && error.status < 500 && ![408, 429].includes(error.status)
  );
}
