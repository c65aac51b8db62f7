import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { microsToIso, ranking, rankingQuery, routes, type Ranking } from '#domain';
import { UsageStore } from '#store';
import type { z } from 'zod';
import { HostRegistry } from '../hosts/host-registry.js';
import { Documents } from '../http/returns.decorator.js';
import { spanOf } from './time-range.js';

@ApiTags('usage')
@Controller()
export class RankingController {
  constructor(
    private readonly store: UsageStore,
    private readonly hosts: HostRegistry,
  ) {}

  @Get(routes.ranking)
  @Documents(ranking, 'What programs used over a range, the largest first')
  async ranking(@Query({ schema: rankingQuery }) query: z.infer<typeof rankingQuery>): Promise<Ranking> {
    const { host, process, points, field, unit, match, order, limit } = query;
    const { from, to, end } = spanOf(query, Date.now());
    const stepMicros = Math.max(1, Math.ceil((end - from) / Math.max(1, points)));
    const found = await this.store.ranking({
      host: host === undefined ? undefined : (this.hosts.resolve(host) ?? host),
      from,
      to,
      unit,
      match,
      processes: process,
      order,
      limit,
      spark: points === 0 ? undefined : { field, stepMicros, points },
    });
    const stepMs = points === 0 ? null : stepMicros / 1000;
    return { from: microsToIso(from), to: microsToIso(end), stepMs, ...found };
  }
}
