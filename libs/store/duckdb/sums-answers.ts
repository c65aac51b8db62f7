import { microsToIso, type RankedProgram } from '#domain';
import { finite } from '../finite.js';
import { compareOrdered } from '../usage-order.js';
import type { RankingQuery, StoredRanking, StoredUsageThen } from '../usage-store.js';
import { compareUtf8 } from '../compare-utf8.js';
import type { Query } from './duckdb-file.js';
import type { HostSums } from './kept-sums.js';
import { nameColumn, nameOf } from './name-column.js';
import { at, type SumKey } from './sums-queries.js';
import { startOf } from './tick-queries.js';

/** The names of programs and units in sums, as `NameRow`s. */
export function namesQuery({ programs }: HostSums): Query {
  const ids = new Set<string>();
  for (const [name, sums] of programs) {
    ids.add(String(name));
    const unit = sums[at.unit] as number;
    if (!Number.isNaN(unit)) ids.add(String(unit));
  }
  return {
    sql: `SELECT id, ${nameColumn('name')} FROM names WHERE id IN (SELECT unnest($1::INTEGER[]))`,
    parameters: [[...ids]],
  };
}

export type NameRow = [id: number, name: string];

type Value = (key: SumKey) => number | null;

interface Program {
  process: string;
  unit?: string;
  value: Value;
}

function programsOf({ programs }: HostSums, rows: NameRow[]): Program[] {
  const names = new Map(rows.map(([id, name]) => [id, nameOf(name)]));
  return [...programs].flatMap(([id, sums]) => {
    const process = names.get(id);
    // Deleted since the sums were read, with all of its samples.
    if (process === undefined) return [];
    const unit = names.get(sums[at.unit] as number);
    const value = (key: SumKey) => {
      const known = sums[at[key]] as number;
      return Number.isNaN(known) ? null : finite(known);
    };
    return [{ process, ...(unit === undefined ? {} : { unit }), value }];
  });
}

export function usageThenOf(sums: HostSums, rows: NameRow[], match: string | undefined): StoredUsageThen {
  const text = match?.toLowerCase();
  const { ticks } = sums;
  const programs = programsOf(sums, rows)
    .filter(({ process }) => text === undefined || process.toLowerCase().includes(text))
    .map(({ process, unit, value }) => {
      const mean = (key: SumKey) => per(value(key), ticks);
      return {
        process,
        ...(unit === undefined ? {} : { unit }),
        ...startOf(value('started')),
        count: mean('count') ?? 0,
        cpu: mean('cpu'),
        mem: mean('mem'),
        rssBytes: mean('rssBytes'),
      };
    })
    .toSorted((a, b) => compareUtf8(a.process, b.process));
  return { ticks, programs };
}

/** The programs of one host that are listed, the largest first, and the sums over all that are asked about. */
export function rankingOf(host: string, sums: HostSums, rows: NameRow[], query: RankingQuery): StoredRanking {
  const all = programsOf(sums, rows).map((program) => ranked(host, program));
  const text = query.match?.toLowerCase();
  const holds = (name: string) => text === undefined || name.toLowerCase().includes(text);
  const asked = all.filter(
    ({ process, unit }) => (query.unit === undefined || unit === query.unit) && (holds(process) || holds(host)),
  );
  const named = new Set(query.processes);
  const byOrder = (a: RankedProgram, b: RankedProgram) =>
    compareOrdered({ ...a, value: a[query.order] }, { ...b, value: b[query.order] });
  const largest = asked
    .filter(({ process }) => !named.has(process))
    .toSorted(byOrder)
    .slice(0, query.limit);
  const cpu = asked.map(({ cpuSeconds }) => cpuSeconds).filter((seconds) => seconds !== null);
  return {
    programs: [...largest, ...all.filter(({ process }) => named.has(process))].toSorted(byOrder),
    all: {
      programs: asked.length,
      cpuSeconds: cpu.length === 0 ? null : finite(cpu.reduce((sum, seconds) => sum + seconds, 0)),
    },
  };
}

function ranked(host: string, { process, unit, value }: Program): RankedProgram {
  return {
    host,
    process,
    ...(unit === undefined ? {} : { unit }),
    samples: value('samples') ?? 0,
    cpuSeconds: per(value('cpuTime'), 100),
    seconds: value('seconds') ?? 0,
    count: per(value('count'), value('samples') ?? 1) ?? 0,
    cpu: per(value('cpu'), value('cpuSamples') ?? 1),
    cpuPeak: value('cpuPeak'),
    cpuMax: value('cpuMax'),
    mem: per(value('mem'), value('memSamples') ?? 1),
    memPeak: value('memPeak'),
    memMax: value('memMax'),
    rssBytes: per(value('rssBytes'), value('rssSamples') ?? 1),
    rssBytesPeak: value('rssBytesPeak'),
    firstTime: microsToIso(value('firstTime') ?? 0),
    lastTime: microsToIso(value('lastTime') ?? 0),
  };
}

function per(sum: number | null, of: number): number | null {
  return sum === null ? null : sum / of;
}
