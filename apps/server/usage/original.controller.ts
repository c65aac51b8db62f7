import { createHash } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Inject, Param, Put, Query, type RawBodyRequest, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  getAllDetailedQuery,
  getAllQuery,
  hostName,
  joinEntries,
  nameMap,
  routes,
  saveAll,
  usageByName,
  valuesByName,
  type SaveAll,
  type UsageByName,
  type ValuesByName,
} from '#domain';
import { UsageStore } from '#store';
import { z } from 'zod';
import { HostRegistry } from '../hosts/host-registry.js';
import { Needs } from '../http/needs.decorator.js';
import { checkMayWrite } from '../http/request-rights.js';
import { Documents, Returns } from '../http/returns.decorator.js';
import { SETTINGS, type ServerSettings } from '../server.config.js';
import { Ingest } from './ingest.js';

const saved = z
  .strictObject({
    Response: z.literal('Ok'),
    expired: z
      .int()
      .optional()
      .describe('Samples that were not stored, as they are older than the retention; left out where there are none'),
  })
  .meta({ id: 'Saved' });

/** The routes of the original system, spelled as its clients spell them. */
@ApiTags('original routes')
@Controller()
export class OriginalController {
  constructor(
    private readonly store: UsageStore,
    private readonly ingest: Ingest,
    private readonly hosts: HostRegistry,
    @Inject(SETTINGS) private readonly settings: ServerSettings,
  ) {}

  @Put(routes.saveAll)
  @Needs('write')
  @HttpCode(200)
  @Returns(saved, 'Every entry is stored')
  async save(@Body({ schema: saveAll }) body: SaveAll, @Req() request: RawBodyRequest<FastifyRequest>) {
    checkMayWrite(request, body.ipaddress);
    const id = createHash('sha256')
      .update(request.rawBody ?? '')
      .digest('hex');
    const { expired } = await this.ingest.take(id, joinEntries(body, id));
    return { Response: 'Ok', ...(expired > 0 && { expired }) };
  }

  @Get(routes.getAll)
  @Documents(usageByName, 'For each process name its mean memory and CPU, in that order')
  getAll(@Query({ schema: getAllQuery }) query: z.infer<typeof getAllQuery>): Promise<UsageByName> {
    const host = query.host === undefined ? undefined : (this.hosts.resolve(query.host) ?? query.host);
    return this.store.usageByName({ host, from: this.from(query.window), aggregate: query.aggregate });
  }

  @Get(routes.getAllOfHost)
  @Documents(usageByName, 'The same for one host; `{}` for one that nobody has heard of')
  getAllOfHost(
    @Param('host', { schema: hostName }) name: string,
    @Query({ schema: getAllQuery.omit({ host: true }) }) query: z.infer<typeof getAllQuery>,
  ): Promise<UsageByName> | UsageByName {
    const host = this.hosts.resolve(name);
    if (host === undefined) return nameMap();
    return this.store.usageByName({ host, from: this.from(query.window), aggregate: query.aggregate });
  }

  @Get(routes.getAllDetailed)
  @Documents(valuesByName, 'For each process name one value a sample, oldest first')
  getAllDetailed(
    @Query({ schema: getAllDetailedQuery }) query: z.infer<typeof getAllDetailedQuery>,
  ): Promise<ValuesByName> {
    const host = query.host === undefined ? undefined : (this.hosts.resolve(query.host) ?? query.host);
    return this.store.valuesByName({ host, from: this.from(query.window), metric: query.metric });
  }

  private from(windowMs: number | undefined): number {
    return (Date.now() - (windowMs ?? this.settings.AMBERWATCH_WINDOW)) * 1000;
  }
}
