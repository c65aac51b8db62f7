import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { Instance } from '#domain';
import { Loop } from '#runtime';
import { StateStore } from '#store';

const PREFIX = 'instance/';
const SAVE_EVERY_MS = 30_000;

export interface Sighting {
  host: string;
  metadata: Record<string, string>;
  address: string | null;
  /** The JSON of a reporter; a collector has none. */
  values?: unknown;
  nowMs: number;
}

/** Every machine that ever reported, when it was first and last heard of, and what it said last. */
@Injectable()
export class Instances implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('instances');
  private readonly known = new Map<string, Instance>();
  private readonly unsaved = new Set<string>();
  private readonly saver: Loop;

  constructor(
    private readonly state: StateStore,
    scheduler: SchedulerRegistry,
  ) {
    this.saver = new Loop({
      name: 'instances.save',
      periodMs: SAVE_EVERY_MS,
      run: () => this.save(),
      onError: (error) => this.logger.warn(`Instances could not be saved: ${(error as Error).message}`),
      registry: scheduler,
    });
  }

  async onModuleInit(): Promise<void> {
    for (const { value } of await this.state.entries(PREFIX)) {
      const one = value as Instance;
      this.known.set(one.id, one);
    }
    this.saver.start(SAVE_EVERY_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.saver.stop();
    await this.save();
  }

  /** A new machine is kept at once; what changes on a known one within half a minute. */
  async saw({ host, metadata, address, values = null, nowMs }: Sighting): Promise<Instance> {
    const id = metadata['instance-id'] || host;
    const before = this.known.get(id);
    const lastSeen = new Date(nowMs).toISOString();
    const one = {
      id,
      host,
      address,
      firstSeen: before?.firstSeen ?? lastSeen,
      lastSeen,
      metadata: { ...before?.metadata, ...metadata },
      values: values ?? before?.values ?? null,
    };
    this.known.set(id, one);
    this.unsaved.add(id);
    if (!before) await this.save();
    return one;
  }

  /** All of them, in the order of their ids. */
  list(): Instance[] {
    return [...this.known.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  private async save(): Promise<void> {
    const ids = [...this.unsaved];
    this.unsaved.clear();
    try {
      await Promise.all(ids.map((id) => this.state.put(PREFIX + id, this.known.get(id))));
    } catch (error) {
      for (const id of ids) this.unsaved.add(id);
      throw error;
    }
  }
}
