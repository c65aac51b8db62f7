import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';

const details = z.strictObject({
  service: z.string().nullable(),
  cpu: z.number().nullable(),
  memory: z.number().nullable(),
  reason: z.string().optional(),
});

const cached = z.strictObject({
  source: z.string().describe('URL that the rest was read from'),
  time: z.iso.datetime(),
  addresses: z.array(z.string()),
  details: z.array(z.tuple([z.string(), details])).describe('Those that answered well'),
});
export type CachedFleet = z.infer<typeof cached>;

export interface FleetCacheOptions {
  /** File of the cache; undefined takes the user's cache folder. */
  path: string | undefined;
  maxAgeMs: number;
  environment: Record<string, string | undefined>;
  warn: (sentence: string) => void;
}

/** What was read of one fleet, in one JSON file. If anything is wrong with the file, the fleet is read again. */
export class FleetCache {
  private readonly path: string;

  constructor(private readonly options: FleetCacheOptions) {
    const folder = options.environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
    this.path = resolve(options.path ?? join(folder, 'amberwatch', 'servers.json'));
  }

  /** The fleet of this source, if the cache is young enough. */
  async read(source: string, now: number): Promise<CachedFleet | undefined> {
    if (this.options.maxAgeMs <= 0) return undefined;
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.complain('read', error);
      return undefined;
    }
    const fleet = parse(text);
    if (!fleet) {
      this.options.warn(`The cache ${this.path} is damaged; the fleet is read again.`);
      return undefined;
    }
    const age = now - Date.parse(fleet.time);
    return fleet.source === source && age >= 0 && age < this.options.maxAgeMs ? fleet : undefined;
  }

  /** Replaces the file as a whole, so that no reader ever sees half of it. */
  async write(fleet: CachedFleet): Promise<void> {
    if (this.options.maxAgeMs <= 0) return;
    const fresh = `${this.path}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeFile(fresh, JSON.stringify(fleet), { mode: 0o600 });
      await rename(fresh, this.path);
    } catch (error) {
      await rm(fresh, { force: true }).catch(() => undefined);
      this.complain('write', error);
    }
  }

  private complain(what: string, error: unknown): void {
    this.options.warn(`Can't ${what} the cache ${this.path} (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function parse(text: string): CachedFleet | undefined {
  try {
    return cached.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
