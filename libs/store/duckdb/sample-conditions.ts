import type { UsageField } from '#domain';
import type { SeriesQuery, WindowQuery } from '../usage-store.js';
import { Conditions } from './sql-conditions.js';

/** The column of each field of a sample. */
export const fieldColumns: Record<UsageField, string> = {
  cpu: 'cpu',
  cpuMax: 'cpu_max',
  mem: 'mem',
  memMax: 'mem_max',
  rssBytes: 'rss_bytes',
  count: 'count',
};

export function windowConditions({ host, from }: WindowQuery): Conditions {
  const conditions = new Conditions().add('s.time >= $', BigInt(Math.ceil(from)));
  if (host !== undefined) conditions.add('s.host = (SELECT id FROM hosts WHERE name = $)', host);
  return conditions;
}

export function programConditions(query: Omit<SeriesQuery, 'limit'> & { match?: string }): Conditions {
  const conditions = windowConditions(query);
  if (query.to !== undefined) conditions.add('s.time < $', BigInt(Math.ceil(query.to)));
  if (query.process !== undefined) conditions.add('s.name = (SELECT id FROM names WHERE name = $)', query.process);
  if (query.match !== undefined) {
    const text = conditions.bind(query.match);
    const ids = (table: string) => `(SELECT id FROM ${table} WHERE contains(lower(name), lower(${text})))`;
    conditions.add(`(s.name IN ${ids('names')} OR s.host IN ${ids('hosts')})`);
  }
  return conditions;
}
