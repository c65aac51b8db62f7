import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { formatDuration } from '#domain';
import { StateMap, StateStore } from '#store';
import { z } from 'zod';
import { type Arrival, HostClock } from './host-clock.js';

const stored = z.object({ offsetMs: z.int() });

/** The clock of each host, and by how much it is off; kept in the state store. */
@Injectable()
export class HostClocks implements OnModuleInit {
  private readonly logger = new Logger('clocks');
  private readonly clocks = new Map<string, HostClock>();
  private offsets!: StateMap<z.infer<typeof stored>>;

  constructor(private readonly state: StateStore) {}

  async onModuleInit(): Promise<void> {
    this.offsets = await StateMap.load(this.state, { prefix: 'clock/', schema: stored });
    for (const [host, { offsetMs }] of this.offsets.entries()) this.clocks.set(host, new HostClock(offsetMs));
  }

  /**
   * Resolves with the host's clock minus the server's in milliseconds, once what changed of it is kept: the same batch
   * after a restart is corrected to the same time.
   */
  async judge(host: string, arrival: Arrival): Promise<number> {
    let clock = this.clocks.get(host);
    if (!clock) this.clocks.set(host, (clock = new HostClock()));
    if (!clock.judge(arrival)) return clock.offsetMs;
    const { offsetMs } = clock;
    this.logger.warn(
      offsetMs === 0
        ? `The clock of ${JSON.stringify(host)} is right again`
        : `The clock of ${JSON.stringify(host)} is ${formatDuration(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead' : 'behind'}; its samples are corrected by that`,
    );
    if (offsetMs === 0) await this.offsets.delete(host);
    else await this.offsets.set(host, { offsetMs });
    return offsetMs;
  }

  /** Null where the clock is right, as far as anybody knows. */
  offsetOf(host: string): number | null {
    return this.clocks.get(host)?.offsetMs || null;
  }

  /** Hosts whose samples are corrected. */
  get corrected(): number {
    return this.offsets.size;
  }

  async forget(host: string): Promise<void> {
    this.clocks.delete(host);
    await this.offsets.delete(host);
  }
}
