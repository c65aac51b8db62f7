import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  CodedError,
  historyPage,
  historyQuery,
  isoToMicros,
  MAX_HISTORY_POINTS,
  routes,
  usagePage,
  usageQuery,
  type HistoryPage,
  type UsagePage,
} from '#domain';
import { decodeCursor, encodeCursor, UsageStore } from '#store';
import type { z } from 'zod';
import { Documents } from '../http/returns.decorator.js';
import { HostRegistry } from '../hosts/host-registry.js';
import { SETTINGS, type ServerSettings } from '../server.config.js';

const HOUR_MS = 3_600_000;
/** Most points of one answer over all its series. */
const MAX_PAGE_POINTS = 2_000_000;

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
    const from = (Date.now() - (query.window ?? this.settings.AMBERWATCH_WINDOW)) * 1000;
    const programs = await this.store.programs({ ...this.series(query), from, limit: query.limit + 1 });
    return { programs: programs.slice(0, query.limit), next: next(programs, query.limit) };
  }

  @Get(routes.history)
  @Documents(historyPage, 'Points of each series, downsampled to what was asked')
  async history(@Query({ schema: historyQuery }) query: z.infer<typeof historyQuery>): Promise<HistoryPage> {
    const nowMs = Date.now();
    const from = query.from === undefined ? (nowMs - HOUR_MS) * 1000 : isoToMicros(query.from);
    const to = query.to === undefined ? undefined : isoToMicros(query.to);
    const rangeMs = Math.max(1, ((to ?? nowMs * 1000) - from) / 1000);
    const stepMs = query.step ?? Math.max(1, Math.ceil(rangeMs / query.points));
    const points = Math.ceil(rangeMs / stepMs);
    if (points > MAX_HISTORY_POINTS || points * query.limit > MAX_PAGE_POINTS) {
      throw new CodedError(
        'INVALID',
        `step: ${points} points for up to ${query.limit} series are too many; ask for a wider step, a shorter range or a smaller limit.`,
      );
    }
    const series = await this.store.history({
      ...this.series(query),
      field: query.metric,
      from,
      to,
      stepMicros: stepMs * 1000,
      limit: query.limit + 1,
    });
    return { metric: query.metric, stepMs, series: series.slice(0, query.limit), next: next(series, query.limit) };
  }

  private series(query: { host?: string; process?: string; cursor?: string }) {
    const [host, process] = query.cursor === undefined ? [] : decodeCursor(query.cursor, ['string', 'string']);
    return {
      host: query.host === undefined ? undefined : (this.hosts.resolve(query.host) ?? query.host),
      process: query.process,
      after: host === undefined || process === undefined ? undefined : { host, process },
    };
  }
}

function next(entries: { host: string; process: string }[], limit: number): string | undefined {
  const last = entries[limit - 1];
  return entries.length > limit && last ? encodeCursor([last.host, last.process]) : undefined;
}
