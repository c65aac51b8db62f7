import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  CodedError,
  historyPage,
  historyQuery,
  hostTotalList,
  routes,
  usageOfHostsQuery,
  usagePage,
  usageQuery,
  type HistoryPage,
  type HostTotalList,
  type ProgramUsage,
  type UsageOrder,
  type UsagePage,
} from '#domain';
import { decodeCursor, encodeCursor, type ProgramsQuery, UsageStore } from '#store';
import type { z } from 'zod';
import { Documents } from '../http/returns.decorator.js';
import { HostRegistry } from '../hosts/host-registry.js';
import { SETTINGS, type ServerSettings } from '../server.config.js';
import { rangeOf, windowOf } from './time-range.js';

@ApiTags('usage')
@Controller()
export class UsageController {
  constructor(
    private readonly store: UsageStore,
    private readonly hosts: HostRegistry,
    @Inject(SETTINGS) private readonly settings: ServerSettings,
  ) {}

  @Get(routes.usage)
  @Documents(usagePage, 'Means of every program of every host over the window')
  async usage(@Query({ schema: usageQuery }) query: z.infer<typeof usageQuery>): Promise<UsagePage> {
    const { order, limit, match, unit } = query;
    const after = order === undefined ? afterOf(query) : afterInOrder(query);
    const asked = {
      ...this.series(query),
      ...windowOf(query, this.settings.AMBERWATCH_WINDOW),
      match,
      unit,
      order,
      after,
      limit: limit + 1,
    };
    const programs = await this.store.programs(asked);
    const last = programs[limit - 1];
    return {
      programs: programs.slice(0, limit),
      next: programs.length > limit && last ? (order ? cursorInOrder(last, order) : cursorAfter(last)) : undefined,
    };
  }

  @Get(routes.usageOfHosts)
  @Documents(hostTotalList, 'The programs of each host added up, by host')
  async usageOfHosts(
    @Query({ schema: usageOfHostsQuery }) query: z.infer<typeof usageOfHostsQuery>,
  ): Promise<HostTotalList> {
    const { host } = this.series(query);
    const totals = await this.store.hostTotals({
      host,
      match: query.match,
      ...windowOf(query, this.settings.AMBERWATCH_WINDOW),
    });
    return { hosts: totals.map((total) => ({ ...total, service: this.hosts.serviceOf(total.host) })) };
  }

  @Get(routes.history)
  @Documents(historyPage, 'Points of each series, downsampled to what was asked')
  async history(@Query({ schema: historyQuery }) query: z.infer<typeof historyQuery>): Promise<HistoryPage> {
    const { stepMs, ...range } = rangeOf(query, Date.now());
    const series = await this.store.history({
      ...this.series(query),
      after: afterOf(query),
      field: query.metric,
      extremes: query.extremes,
      ...range,
      limit: query.limit + 1,
    });
    const last = series[query.limit - 1];
    return {
      metric: query.metric,
      stepMs,
      series: series.slice(0, query.limit),
      next: series.length > query.limit && last ? cursorAfter(last) : undefined,
    };
  }

  private series({ host, process }: { host?: string; process?: string }) {
    return { host: host === undefined ? undefined : (this.hosts.resolve(host) ?? host), process };
  }
}

type Series = Pick<ProgramUsage, 'host' | 'process'>;

function cursorAfter({ host, process }: Series): string {
  return encodeCursor([host, process]);
}

/** The value that it was ordered by comes first, empty where it has none. */
function cursorInOrder(last: ProgramUsage, order: UsageOrder): string {
  return encodeCursor([String(last[order] ?? ''), last.host, last.process]);
}

function afterOf({ cursor }: { cursor?: string }): Series | undefined {
  if (cursor === undefined) return undefined;
  const [host, process] = decodeCursor(cursor, ['string', 'string']);
  return { host, process };
}

function afterInOrder({ cursor }: { cursor?: string }): ProgramsQuery['after'] {
  if (cursor === undefined) return undefined;
  const [text, host, process] = decodeCursor(cursor, ['string', 'string', 'string']);
  const value = text === '' ? null : Number(text);
  if (Number.isNaN(value))
    throw new CodedError('INVALID', `cursor: "${cursor.slice(0, 60)}" is none that a page of this route gave.`);
  return { host, process, value };
}
