import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CodedError, hostName, hostPage, hostsQuery, hostState, routes, type HostPage, type HostState } from '#domain';
import type { z } from 'zod';
import { pageOf } from '../http/page.js';
import { Returns } from '../http/returns.decorator.js';
import { AlertBoard } from '../alerts/alert-board.js';
import { HostRegistry } from '../hosts/host-registry.js';

@ApiTags('hosts')
@Controller()
export class HostsController {
  constructor(
    private readonly hosts: HostRegistry,
    private readonly board: AlertBoard,
  ) {}

  @Get(routes.hosts)
  @Returns(hostPage, 'Every host, by name')
  list(@Query({ schema: hostsQuery }) query: z.infer<typeof hostsQuery>): HostPage {
    const nowMs = Date.now();
    const hosts = this.hosts.list(nowMs).filter((host) => !query.service || host.service === query.service);
    const page = pageOf(hosts, query, (host) => host.host);
    return { hosts: this.board.colored(page.entries, nowMs), next: page.next };
  }

  @Get(routes.host)
  @Returns(hostState, 'One host')
  one(@Param('host', { schema: hostName }) name: string): HostState {
    const nowMs = Date.now();
    const host = this.hosts.resolve(name);
    const known = host === undefined ? undefined : this.hosts.get(host, nowMs);
    const [state] = this.board.colored(known ? [known] : [], nowMs);
    if (!state) throw new CodedError('NOT_FOUND', `No host "${name}" ever reported.`);
    return state;
  }
}
