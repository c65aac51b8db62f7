import { rm } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { isoToMicros, type SampleBatch } from '#domain';

/** Something that makes batches durable with as little as possible around the database. */
export interface RawTarget {
  /** One commit, or one request, for all batches. */
  commit: (batches: SampleBatch[]) => Promise<void>;
  close: () => Promise<void>;
}

/** DuckDB's own appender on a plain table: no identity, no names apart, and a commit each time it is flushed. */
export async function rawDuckDb(file: string): Promise<RawTarget> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE samples (host VARCHAR, name VARCHAR, time BIGINT, count INTEGER,
    cpu DOUBLE, cpu_max DOUBLE, mem DOUBLE, mem_max DOUBLE, rss_bytes BIGINT)`);
  const appender = await connection.createAppender('samples');
  return {
    commit: async (batches) => {
      for (const batch of batches) {
        const time = BigInt(isoToMicros(batch.time));
        for (let i = 0; i < batch.names.length; i++) {
          appender.appendVarchar(batch.host);
          appender.appendVarchar(batch.names[i] ?? '');
          appender.appendBigInt(time);
          appender.appendInteger(batch.count[i] ?? 0);
          appender.appendDouble(batch.cpu?.[i] ?? 0);
          appender.appendDouble(batch.cpuMax?.[i] ?? 0);
          appender.appendDouble(batch.mem?.[i] ?? 0);
          appender.appendDouble(batch.memMax?.[i] ?? 0);
          appender.appendBigInt(BigInt(batch.rssBytes?.[i] ?? 0));
          appender.endRow();
        }
      }
      appender.flushSync();
    },
    close: async () => {
      appender.closeSync();
      connection.closeSync();
      instance.closeSync();
      await rm(file, { force: true });
    },
  };
}

/** Line protocol by plain HTTP, nothing escaped and nothing looked at. */
export function rawInflux(access: { url: string; token: string; org: string; bucket: string }): RawTarget {
  const query = new URLSearchParams({ org: access.org, bucket: access.bucket, precision: 'us' });
  return {
    commit: async (batches) => {
      const lines: string[] = [];
      for (const { host, time, names, count, cpu = [], cpuMax = [], mem = [], memMax = [], rssBytes = [] } of batches) {
        const micros = isoToMicros(time);
        for (const [i, name] of names.entries()) {
          lines.push(
            `raw,host=${host},process_name=${name} process_count=${count[i]}i,cpu_usage=${cpu[i]},cpu_usage_max=${cpuMax[i]},memory_usage=${mem[i]},memory_usage_max=${memMax[i]},memory_rss=${rssBytes[i]}i ${micros}`,
          );
        }
      }
      const response = await fetch(`${access.url}/api/v2/write?${query.toString()}`, {
        method: 'POST',
        headers: { authorization: `Token ${access.token}` },
        body: lines.join('\n'),
      });
      if (!response.ok) throw new Error(await response.text());
    },
    close: async () => undefined,
  };
}
