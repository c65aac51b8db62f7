import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  changesQuery,
  isoToMicros,
  MAX_BATCH_SAMPLES,
  type Micros,
  microsToIso,
  routes,
  silentAfterMs,
  usageChanges,
  type UsageChanges,
} from '#domain';
import { UsageStore } from '#store';
import type { z } from 'zod';
import { HostRegistry } from '../hosts/host-registry.js';
import { Documents } from '../http/returns.decorator.js';
import { compareUsage, type Then } from './compare-usage.js';

type Asked = z.infer<typeof changesQuery>;

@ApiTags('usage')
@Controller()
export class ChangesController {
  constructor(
    private readonly store: UsageStore,
    private readonly hosts: HostRegistry,
  ) {}

  @Get(routes.changes)
  @Documents(usageChanges, 'What changed on a host between two moments or two ranges, the largest first')
  async changes(@Query({ schema: changesQuery }) query: Asked): Promise<UsageChanges> {
    const host = this.hosts.resolve(query.host) ?? query.host;
    const [base, asked] = timesOf(query);
    const [before, after] = await Promise.all([
      this.usageOf(host, base, query.match),
      this.usageOf(host, asked, query.match),
    ]);
    const all = compareUsage(before, after, query.order);
    return {
      host,
      before: compared(before),
      after: compared(after),
      changes: all.slice(0, query.limit),
      programs: all.length,
      changed: all.filter(({ change }) => change !== 'same').length,
    };
  }

  private async usageOf(host: string, time: Time, match: string | undefined): Promise<Then> {
    if ('from' in time) return { ...time, ...(await this.store.usageThen({ host, ...time, match })) };
    const { at } = time;
    const notBefore = at - silentAfterMs(this.hosts.intervalOf(host)) * 1000;
    const tick = await this.store.tick({ host, at, notBefore, match, order: 'cpu', limit: MAX_BATCH_SAMPLES });
    if (!tick) return { from: at, to: at, ticks: 0, programs: [] };
    return { from: tick.time, to: tick.time, ticks: 1, programs: tick.processes };
  }
}

type Time = { at: Micros } | { from: Micros; to: Micros };

/** The earlier and the later time as they were asked for, which the schema has checked. */
function timesOf({ at, baseAt, from, to, baseFrom, baseTo }: Asked): [base: Time, asked: Time] {
  if (at !== undefined && baseAt !== undefined) return [{ at: isoToMicros(baseAt) }, { at: isoToMicros(at) }];
  const [start, end] = [isoToMicros(from ?? ''), isoToMicros(to ?? '')];
  const base = baseFrom === undefined ? 2 * start - end : isoToMicros(baseFrom);
  return [
    { from: base, to: baseTo === undefined ? start : isoToMicros(baseTo) },
    { from: start, to: end },
  ];
}

function compared({ from, to, ticks }: Then): UsageChanges['before'] {
  return { from: microsToIso(from), to: microsToIso(to), ticks };
}
