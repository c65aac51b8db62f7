import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  CodedError,
  hostName,
  hostPage,
  hostProcesses,
  hostsQuery,
  hostState,
  routes,
  type HostPage,
  type HostProcesses,
  type HostState,
} from '#domain';
import type { z } from 'zod';
import { pageOf } from '../http/page.js';
import { Returns } from '../http/returns.decorator.js';
import { HostRegistry } from './host-registry.js';

@ApiTags('hosts')
@Controller()
export class HostsController {
  constructor(private readonly hosts: HostRegistry) {}

  @Get(routes.hosts)
  @Returns(hostPage, 'Every host, by name')
  list(@Query({ schema: hostsQuery }) query: z.infer<typeof hostsQuery>): HostPage {
    const hosts = this.hosts.list(Date.now()).filter((host) => !query.service || host.service === query.service);
    const page = pageOf(hosts, query, (host) => host.host);
    return { hosts: page.entries, next: page.next };
  }

  @Get(routes.host)
  @Returns(hostState, 'One host')
  one(@Param('host', { schema: hostName }) name: string): HostState {
    const host = this.hosts.resolve(name);
    const state = host === undefined ? undefined : this.hosts.get(host, Date.now());
    if (!state) throw new CodedError('NOT_FOUND', `No host "${name}" ever reported.`);
    return state;
  }

  @Get(routes.hostProcesses)
  @Returns(hostProcesses, 'What its programs used at the newest tick')
  processes(@Param('host', { schema: hostName }) name: string): HostProcesses {
    const { host } = this.one(name);
    const batch = this.hosts.newestBatch(host);
    if (!batch) return { host, time: null, processes: [] };
    const processes = batch.names.map((process, i) => ({
      process,
      count: batch.count[i] ?? 1,
      cpu: batch.cpu?.[i] ?? null,
      cpuMax: batch.cpuMax?.[i] ?? null,
      mem: batch.mem?.[i] ?? null,
      memMax: batch.memMax?.[i] ?? null,
      rssBytes: batch.rssBytes?.[i] ?? null,
    }));
    processes.sort((a, b) => (b.cpu ?? -1) - (a.cpu ?? -1));
    return { host, time: batch.time, processes };
  }
}
