import { describe, expect, it } from '@jest/globals';
import type { InfluxQueries } from './influx-queries.js';
import { InfluxReader } from './influx-reader.js';

/** Answers as InfluxDB does where the bucket has these tags and no rows, and counts who asks for the tags. */
function influxWith(tags: string[]) {
  const asked = { tags: 0, foreign: 0, fail: false };
  const rows = async (query: unknown) => {
    const text = String(query);
    if (!text.includes('keys()')) {
      asked.foreign += Number(text.includes('exists r['));
      return [];
    }
    asked.tags++;
    if (asked.fail) throw new Error('away');
    return tags.map((_value) => ({ _value }));
  };
  return { asked, tags, queries: { rows } as unknown as InfluxQueries };
}

describe('the tags of other programs', () => {
  it('are asked for once a minute, and noticed within it', async () => {
    const { asked, tags, queries } = influxWith(['_start', 'host', 'process_name', 'service']);
    let nowMs = 1000;
    const reader = new InfluxReader(queries, () => nowMs);
    const read = () => reader.sumsByName({ bucket: 'b', from: 0 });
    await Promise.all([read(), read()]);
    tags.push('pid');
    nowMs += 59_999;
    await read();
    expect(asked).toMatchObject({ tags: 1, foreign: 0 });
    nowMs += 1;
    await read();
    expect(asked).toMatchObject({ tags: 2, foreign: 1 });
  });

  it('are asked for again after a failure', async () => {
    const { asked, queries } = influxWith(['host']);
    const reader = new InfluxReader(queries, () => 0);
    asked.fail = true;
    await expect(reader.foreignHosts({ bucket: 'b', from: 0 })).rejects.toThrow('away');
    asked.fail = false;
    expect(await reader.foreignHosts({ bucket: 'b', from: 0 })).toEqual([]);
  });
});
