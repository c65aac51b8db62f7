import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { type HostState, instance, type Instance, wholeMetadata } from '#domain';
import { Loop } from '#runtime';
import { StateMap, StateStore } from '#store';
import { SETTINGS, type ServerSettings } from '../server.config.js';
import { HostRegistry } from './host-registry.js';

const SAVE_EVERY_MS = 30_000;

export interface Sighting {
  host: string;
  metadata: Record<string, string>;
  address: string | null;
  /** The JSON of a reporter; a collector has none. */
  values?: unknown;
  /** Whether the sender may write for that host. */
  mayWriteFor: (host: string) => boolean;
  nowMs: number;
}

/** Every machine that ever reported, when it was first and last heard of, and what it said last. */
@Injectable()
export class Instances implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('instances');
  private readonly saver: Loop;
  private known!: StateMap<Instance>;

  constructor(
    private readonly state: StateStore,
    private readonly hosts: HostRegistry,
    scheduler: SchedulerRegistry,
    @Inject(SETTINGS) private readonly settings: Pick<ServerSettings, 'AMBERWATCH_MAX_HOSTS'>,
  ) {
    this.saver = new Loop({
      name: 'instances.save',
      periodMs: SAVE_EVERY_MS,
      run: () => this.known.flush(),
      onError: (error) => this.logger.warn(`Instances could not be saved: ${(error as Error).message}`),
      registry: scheduler,
    });
  }

  async onModuleInit(): Promise<void> {
    const bound = { most: this.settings.AMBERWATCH_MAX_HOSTS, lastUsed: ({ lastSeen }: Instance) => lastSeen };
    this.known = await StateMap.load(this.state, { prefix: 'instance/', schema: instance, bound });
    this.saver.start(SAVE_EVERY_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.saver.stop();
    await this.known.flush();
  }

  /** A new machine is kept at once; what changes on a known one within half a minute. */
  async saw({ host, address, values = null, nowMs, ...sighting }: Sighting): Promise<void> {
    const metadata = this.ownMetadata(host, sighting);
    const said = wholeMetadata(host, metadata);
    const id = said['instance-id'] as string;
    const lastSeen = new Date(nowMs).toISOString();
    const made = (before: Instance | undefined): Instance => ({
      id,
      host,
      address,
      firstSeen: before?.firstSeen ?? lastSeen,
      lastSeen,
      metadata: wholeMetadata(host, { ...before?.metadata, ...metadata }),
      values: values ?? before?.values ?? null,
    });
    const before = this.known.get(id);
    if (before) this.known.defer(id, made(before));
    else await this.known.update(id, made);
  }

  /** A machine that is known as another host is not taken over by who may not write for that host. */
  private ownMetadata(host: string, { metadata, mayWriteFor }: Pick<Sighting, 'metadata' | 'mayWriteFor'>) {
    const { 'instance-id': id = host, ...others } = metadata;
    const known = this.known.get(id);
    return known === undefined || known.host === host || mayWriteFor(known.host) ? metadata : others;
  }

  /**
   * All of them, in the order of their ids. A host that sends samples and nothing else is one too, and a machine was
   * last heard of when its host was.
   */
  list(nowMs: number): Instance[] {
    const hosts = this.hosts.list(nowMs);
    const newest = new Map<string, Instance>();
    for (const one of this.known.values()) {
      const other = newest.get(one.host);
      if (!other || other.lastSeen < one.lastSeen) newest.set(one.host, one);
    }
    const all = new Map([...this.known.values()].map((one) => [one.id, one]));
    for (const host of hosts) {
      const one = newest.get(host.host) ?? instanceOf(host);
      all.set(one.id, one.lastSeen < host.lastSeen ? { ...one, lastSeen: host.lastSeen } : one);
    }
    return [...all.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  async forget(host: string): Promise<void> {
    for (const [id, one] of this.known.entries()) if (one.host === host) await this.known.delete(id);
  }
}

function instanceOf({ host, firstSeen, lastSeen }: HostState): Instance {
  return { id: host, host, address: null, firstSeen, lastSeen, metadata: wholeMetadata(host, {}), values: null };
}
