import { isIP } from 'node:net';
import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  CodedError,
  hostOfReport,
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
import { Instances } from '../hosts/instances.js';
import { pageOf } from '../http/page.js';
import { Needs } from '../http/needs.decorator.js';
import { checkMayWrite, mayWriteFor } from '../http/request-rights.js';
import { Documents, Returns } from '../http/returns.decorator.js';
import { Ingest } from '../usage/ingest.js';
import { type ServerSummary, serverSummary, summaryOf } from './server-summary.js';

const serverList = z.array(z.string()).meta({ id: 'ServerList' });
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
    const page = pageOf(this.instances.list(Date.now()), query, ({ id }) => id);
    return { instances: page.entries, next: page.next };
  }

  @Post(routes.managerData)
  @Needs('write')
  @HttpCode(200)
  @Returns(received, 'The report is kept, and its CPU, memory and disk are checked like those of any host')
  async report(@Body({ schema: reporterData }) data: ReporterData, @Req() request: FastifyRequest) {
    const nowMs = Date.now();
    const host = hostOfReport(data, request.ip);
    checkMayWrite(request, host);
    // A host with a collector of ours is judged by its samples; a second voice would only confuse.
    const newest = this.hosts.newestBatch(host);
    if (newest === undefined || newest.names.length === 0) {
      const batch = { id: randomUUID(), host, time: new Date(nowMs).toISOString(), names: [], count: [] };
      await this.ingest.take(batch.id, [{ ...batch, hostUsage: usageOfReport(data) }]);
    }
    await this.instances.saw({
      host,
      metadata: metadataOf(data),
      address: request.ip,
      values: data,
      mayWriteFor: (other) => mayWriteFor(request, other),
      nowMs,
    });
    return { Response: 'Ok' };
  }

  /** The last of all routes: whatever has a route of its own never comes here. */
  @Get(routes.server)
  @Returns(serverSummary, 'CPU, memory and service of one server')
  @ApiResponse({ status: 400, standardSchema: serverError, description: 'An IP address that nobody knows' })
  @ApiResponse({
    status: 503,
    standardSchema: serverError,
    description: 'The server is silent, paused, or does not say',
  })
  server(
    @Param('address') address: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): ServerSummary | undefined {
    const name = this.hosts.resolve(address) ?? address;
    const host = this.hosts.get(name, Date.now());
    if (host) {
      const summary = summaryOf(host, this.hosts.newestBatch(name));
      if (!('error' in summary)) return summary;
      return answer(reply, 503, summary.error);
    }
    if (isIP(address) === 0 && !/^[\d.]+$/.test(address)) {
      throw new CodedError('NOT_FOUND', `There is nothing at GET /${address.slice(0, 200)}.`);
    }
    return answer(reply, 400, 'Invalid IP');
  }
}

/** An error in the shape that the clients of this route know. */
function answer(reply: FastifyReply, status: number, error: string): undefined {
  void reply.status(status).type('application/json; charset=utf-8').send(JSON.stringify({ error }));
}
