import { isIP } from 'node:net';
import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  CodedError,
  instancePage,
  instancesQuery,
  metadataOf,
  reporterData,
  routes,
  usageOfReport,
  type InstancePage,
  type ReporterData,
} from '#domain';
import { z } from 'zod';
import { HostRegistry } from '../hosts/host-registry.js';
import { pageOf } from '../http/page.js';
import { Documents, Returns } from '../http/returns.decorator.js';
import { Ingest } from '../usage/ingest.js';
import { Instances } from '../hosts/instances.js';

const serverList = z.array(z.string()).meta({ id: 'ServerList' });
const serverSummary = z
  .strictObject({
    cpu: z.string().describe("The host's own CPU usage such as 61%, n/a where it is silent or does not say"),
    memory: z.string().describe('Share of its memory that is used, likewise'),
    service: z.string(),
  })
  .meta({ id: 'ServerSummary' });
/** How the original's servers say that something is wrong, whose clients read this route. */
const serverError = z.strictObject({ error: z.string() }).meta({ id: 'ServerError' });
const received = z.strictObject({ Response: z.literal('Ok') }).meta({ id: 'Received' });

/** What clients of the older fleet systems ask: a list of servers, one line on each, and a manager for reporters. */
@ApiTags('fleet')
@Controller()
export class FleetController {
  constructor(
    private readonly hosts: HostRegistry,
    private readonly instances: Instances,
    private readonly ingest: Ingest,
  ) {}

  @Get(routes.servers)
  @Documents(serverList, 'Addresses of all servers')
  servers(): string[] {
    return this.hosts.list(Date.now()).map(({ host }) => host);
  }

  @Get(routes.instances)
  @Returns(instancePage, 'Every machine that ever reported, by id')
  listInstances(@Query({ schema: instancesQuery }) query: z.infer<typeof instancesQuery>): InstancePage {
    const page = pageOf(this.instances.list(), query, ({ id }) => id);
    return { instances: page.entries, next: page.next };
  }

  @Post(routes.managerData)
  @HttpCode(200)
  @Returns(received, 'The report is kept, and its CPU, memory and disk are checked like those of any host')
  async report(@Body({ schema: reporterData }) data: ReporterData, @Req() request: FastifyRequest) {
    const nowMs = Date.now();
    const metadata = metadataOf(data);
    const host = (
      data.Diskutilization?.Hostname ||
      metadata['hostname'] ||
      metadata['instance-id'] ||
      request.ip
    ).slice(0, 255);
    await this.instances.saw({ host, metadata, address: request.ip, values: data, nowMs });
    // A host with a collector of ours is judged by its samples; a second voice would only confuse.
    const newest = this.hosts.newestBatch(host);
    if (newest === undefined || newest.names.length === 0) {
      const batch = { id: randomUUID(), host, time: new Date(nowMs).toISOString(), names: [], count: [] };
      await this.ingest.take(batch.id, [{ ...batch, hostUsage: usageOfReport(data) }]);
    }
    return { Response: 'Ok' };
  }

  /** The last of all routes: whatever has a route of its own never comes here. */
  @Get(routes.server)
  @Returns(serverSummary, 'CPU, memory and service of one server')
  @ApiResponse({ status: 400, standardSchema: serverError, description: 'An IP address that nobody knows' })
  @ApiResponse({ status: 503, standardSchema: serverError, description: 'The server is silent or does not say' })
  server(
    @Param('address') address: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): z.infer<typeof serverSummary> | undefined {
    const host = this.hosts.get(this.hosts.resolve(address) ?? address, Date.now());
    if (host) {
      const usage = host.status === 'no data' ? null : host.usage;
      return { cpu: percent(usage?.cpu), memory: percent(usage?.mem), service: host.service ?? 'unknown' };
    }
    if (isIP(address) === 0 && !/^[\d.]+$/.test(address)) {
      throw new CodedError('NOT_FOUND', `There is nothing at GET /${address.slice(0, 200)}.`);
    }
    void reply.status(400).type('application/json; charset=utf-8').send('{"error": "Invalid IP"}');
    return undefined;
  }
}

/** Never a number for a host that does not say: who reads this must not take it for well. */
function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? 'n/a' : `${Math.round(value)}%`;
}
