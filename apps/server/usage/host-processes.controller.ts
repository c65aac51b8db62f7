import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  CodedError,
  hostName,
  hostProcesses,
  hostProcessesQuery,
  isoToMicros,
  type Micros,
  MICROS_PER_SECOND,
  microsToIso,
  routes,
  silentAfterMs,
  type HostProcess,
  type HostProcesses,
  type SampleBatch,
} from '#domain';
import { listTick, UsageStore } from '#store';
import type { z } from 'zod';
import { HostRegistry } from '../hosts/host-registry.js';
import { Documents } from '../http/returns.decorator.js';

type Asked = z.infer<typeof hostProcessesQuery>;

@ApiTags('hosts')
@Controller()
export class HostProcessesController {
  constructor(
    private readonly store: UsageStore,
    private readonly hosts: HostRegistry,
  ) {}

  @Get(routes.hostProcesses)
  @Documents(hostProcesses, 'What the programs of a host used at its newest tick, or at a moment')
  async processes(
    @Param('host', { schema: hostName }) name: string,
    @Query({ schema: hostProcessesQuery }) query: Asked,
  ): Promise<HostProcesses> {
    const host = this.hosts.resolve(name);
    if (host === undefined) throw new CodedError('NOT_FOUND', `No host "${name}" ever reported.`);
    if (query.at !== undefined) return this.processesAt(host, isoToMicros(query.at), query);
    const batch = this.hosts.newestBatch(host);
    if (!batch) return { host, time: null, processes: [] };
    return { host, time: batch.time, ...listTick(processesOf(batch), { ...query, processes: query.process }) };
  }

  private async processesAt(host: string, at: Micros, { match, process, order, limit }: Asked): Promise<HostProcesses> {
    const notBefore = at - silentAfterMs(this.hosts.intervalOf(host)) * 1000;
    const tick = await this.store.tick({ host, at, notBefore, match, processes: process, order, limit });
    if (!tick) return { host, time: null, processes: [] };
    const { time, previous, next, ...programs } = tick;
    return { host, time: microsToIso(time), previous: isoOrNull(previous), next: isoOrNull(next), ...programs };
  }
}

function isoOrNull(time: Micros | null): string | null {
  return time === null ? null : microsToIso(time);
}

function processesOf(batch: SampleBatch): HostProcess[] {
  return batch.names.map((process, i) => {
    const unit = batch.units?.[batch.unit?.[i] ?? -1]?.unit;
    const started = batch.started?.[i] ?? undefined;
    return {
      process,
      count: batch.count[i] ?? 1,
      cpu: batch.cpu?.[i] ?? null,
      cpuMax: batch.cpuMax?.[i] ?? null,
      mem: batch.mem?.[i] ?? null,
      memMax: batch.memMax?.[i] ?? null,
      rssBytes: batch.rssBytes?.[i] ?? null,
      ...(unit === undefined ? {} : { unit }),
      ...(started === undefined ? {} : { started: microsToIso(started * MICROS_PER_SECOND) }),
    };
  });
}
