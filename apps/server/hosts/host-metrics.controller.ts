import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  CodedError,
  hostMetricsPage,
  hostMetricsQuery,
  hostName,
  isoToMicros,
  MAX_HISTORY_POINTS,
  routes,
  sumFields,
  type HostMetricsPage,
  type SumField,
} from '#domain';
import { UsageStore } from '#store';
import type { z } from 'zod';
import { HostRegistry } from './host-registry.js';
import { Documents } from '../http/returns.decorator.js';

const HOUR_MS = 3_600_000;
const DEFAULT_POINTS = 300;

@ApiTags('hosts')
@Controller()
export class HostMetricsController {
  constructor(
    private readonly store: UsageStore,
    private readonly hosts: HostRegistry,
  ) {}

  @Get(routes.hostMetrics)
  @Documents(hostMetricsPage, "A metric of the host itself under Telegraf's names, for each of its devices")
  async read(
    @Param('host', { schema: hostName }) name: string,
    @Query({ schema: hostMetricsQuery }) query: z.infer<typeof hostMetricsQuery>,
  ): Promise<HostMetricsPage> {
    const { measurement, field, rate, extremes } = query;
    const nowMs = Date.now();
    const to = query.to === undefined ? undefined : isoToMicros(query.to);
    const from = query.from === undefined ? (to ?? nowMs * 1000) - HOUR_MS * 1000 : isoToMicros(query.from);
    const rangeMs = Math.max(1, ((to ?? nowMs * 1000) - from) / 1000);
    const stepMs = query.step ?? Math.max(1, Math.ceil(rangeMs / DEFAULT_POINTS));
    if (rangeMs / stepMs > MAX_HISTORY_POINTS) {
      throw new CodedError(
        'INVALID',
        `step: over ${MAX_HISTORY_POINTS} points; ask for a wider step or a shorter range.`,
      );
    }
    const host = this.hosts.resolve(name) ?? name;
    const stepMicros = stepMs * 1000;
    const asked = { host, from, to, stepMicros, extremes };
    if (measurement === 'procstat') {
      return { stepMs, series: await this.store.programSums({ ...asked, field: sumOf(field) }) };
    }
    return { stepMs, series: await this.store.hostMetrics({ ...asked, measurement, field, rate }) };
  }
}

function sumOf(field: string): SumField {
  if (Object.hasOwn(sumFields, field)) return sumFields[field as keyof typeof sumFields];
  const known = Object.keys(sumFields).join(', ');
  throw new CodedError('INVALID', `field: procstat of a whole host has ${known}, not "${field}".`);
}
