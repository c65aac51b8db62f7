import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  CodedError,
  routes,
  unitHistoryPage,
  unitHistoryQuery,
  unitPage,
  unitsQuery,
  type UnitHistoryPage,
  type UnitPage,
} from '#domain';
import { decodeCursor, encodeCursor, type UnitsQuery, UsageStore } from '#store';
import type { z } from 'zod';
import { Documents } from '../http/returns.decorator.js';
import { HostRegistry } from '../hosts/host-registry.js';
import { SETTINGS, type ServerSettings } from '../server.config.js';
import { rangeOf, windowOf } from './time-range.js';
import { programsByUnit } from './programs-by-unit.js';

@ApiTags('units')
@Controller()
export class UnitsController {
  constructor(
    private readonly store: UsageStore,
    private readonly hosts: HostRegistry,
    @Inject(SETTINGS) private readonly settings: ServerSettings,
  ) {}

  @Get(routes.units)
  @Documents(unitPage, 'What every unit (service, container, pod) of every host used over the window')
  async list(@Query({ schema: unitsQuery }) query: z.infer<typeof unitsQuery>): Promise<UnitPage> {
    const { unit, kind, match, order, limit, cursor } = query;
    const stored = await this.store.units({
      ...windowOf(query, this.settings.AMBERWATCH_WINDOW),
      host: this.hostOf(query.host),
      unit,
      kind,
      match,
      order,
      after: cursor === undefined ? undefined : order === undefined ? afterName(cursor) : afterValue(cursor),
      limit: limit + 1,
    });
    const last = stored[limit - 1];
    const key = last && (order ? [String(last[order] ?? ''), last.host, last.unit] : [last.host, last.unit]);
    const page = stored.slice(0, limit);
    return {
      units: query.at === undefined ? this.withPrograms(page) : page,
      next: stored.length > limit && key ? encodeCursor(key) : undefined,
    };
  }

  @Get(routes.unitHistory)
  @Documents(unitHistoryPage, 'Points of each unit, downsampled to what was asked')
  async history(
    @Query({ schema: unitHistoryQuery }) query: z.infer<typeof unitHistoryQuery>,
  ): Promise<UnitHistoryPage> {
    const { unit, kind, metric, extremes, limit, cursor } = query;
    const { stepMs, ...range } = rangeOf(query, Date.now());
    const series = await this.store.unitHistory({
      ...range,
      host: this.hostOf(query.host),
      unit,
      kind,
      field: metric,
      extremes,
      after: cursor === undefined ? undefined : afterName(cursor),
      limit: limit + 1,
    });
    const last = series[limit - 1];
    const next = series.length > limit && last ? encodeCursor([last.host, last.unit]) : undefined;
    return { metric, stepMs, series: series.slice(0, limit), next };
  }

  private hostOf(name: string | undefined): string | undefined {
    return name === undefined ? undefined : (this.hosts.resolve(name) ?? name);
  }

  /** The programs of each unit at the newest tick of its host. */
  private withPrograms(units: UnitPage['units']): UnitPage['units'] {
    const hosts = new Map<string, Map<string, string[]>>();
    return units.map((one) => {
      let programs = hosts.get(one.host);
      if (!programs) hosts.set(one.host, (programs = programsByUnit(this.hosts.newestBatch(one.host))));
      return { ...one, programs: programs.get(one.unit) ?? [] };
    });
  }
}

function afterName(cursor: string): { host: string; unit: string } {
  const [host, unit] = decodeCursor(cursor, ['string', 'string']);
  return { host, unit };
}

/** The value that it was ordered by comes first, empty where it has none. */
function afterValue(cursor: string): UnitsQuery['after'] {
  const [text, host, unit] = decodeCursor(cursor, ['string', 'string', 'string']);
  const value = text === '' ? null : Number(text);
  if (Number.isNaN(value))
    throw new CodedError('INVALID', `cursor: "${cursor.slice(0, 60)}" is none that a page of this route gave.`);
  return { host, unit, value };
}
