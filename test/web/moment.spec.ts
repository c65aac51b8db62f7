import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');

/** What texts mean at a moment to somebody whose clock is that of a zone. */
interface Case {
  zone: string;
  now: string;
  meant: Record<string, string | null>;
}
const none = ['', 'nginx', '25:00', '12:60', '3', '12:00 tomorrow', 'today 23:00', '2026-02-30 03:12', '-2'];
const odd = ['2026-13-01 00:00', '2026-11-00 00:00', '2026-12-01 00:00', '-2h x', '--2h', '03:12 03:13', 'ago'];
const texts = [...none, ...odd, '2026-11-29', 'yesterday', '03:12 2026-11-29 web', `-${'9'.repeat(400)}h`];

const cases: Record<string, Case[]> = {
  'is of today, or of yesterday where that time is still to come, by the local clock': [
    {
      zone: 'Europe/Berlin',
      now: '2026-11-30T11:00:00Z',
      meant: {
        '03:12': '2026-11-30T02:12:00.000Z',
        '3:12': '2026-11-30T02:12:00.000Z',
        '03:12:40': '2026-11-30T02:12:40.000Z',
        '12:00': '2026-11-30T11:00:00.000Z',
        '12:01': '2026-11-29T11:01:00.000Z',
        '00:00': '2026-11-29T23:00:00.000Z',
        ' 03:12  Yesterday ': '2026-11-29T02:12:00.000Z',
        'yesterday 03:12': '2026-11-29T02:12:00.000Z',
        'today 03:12': '2026-11-30T02:12:00.000Z',
      },
    },
  ],

  'is a day by name, in local time or in UTC': [
    {
      zone: 'America/New_York',
      now: '2026-11-30T11:00:00Z',
      meant: {
        '2026-11-29 03:12': '2026-11-29T08:12:00.000Z',
        '2026-11-29T03:12:40': '2026-11-29T08:12:40.000Z',
        '2026-11-29 03:12 UTC': '2026-11-29T03:12:00.000Z',
        '2026-11-29T03:12:40Z': '2026-11-29T03:12:40.000Z',
        '03:12 utc': '2026-11-30T03:12:00.000Z',
        '2024-02-29 12:00': '2024-02-29T17:00:00.000Z',
      },
    },
  ],

  'is so long ago': [
    {
      zone: 'Asia/Kolkata',
      now: '2026-11-30T11:00:00Z',
      meant: {
        '-2h': '2026-11-30T09:00:00.000Z',
        '−90m': '2026-11-30T09:30:00.000Z',
        '-2h30m': '2026-11-30T08:30:00.000Z',
        '-1.5 h': '2026-11-30T09:30:00.000Z',
        '1d ago': '2026-11-29T11:00:00.000Z',
        '45s ago': '2026-11-30T10:59:15.000Z',
      },
    },
  ],

  'keeps to the clock on the wall over its changes: what it skipped never was, what it showed twice is the first': [
    {
      zone: 'Europe/Berlin',
      now: '2026-03-29T10:00:00Z',
      meant: {
        '02:30': null,
        '01:59': '2026-03-29T00:59:00.000Z',
        '03:00': '2026-03-29T01:00:00.000Z',
        '03:12 yesterday': '2026-03-28T02:12:00.000Z',
        '-24h': '2026-03-28T10:00:00.000Z',
      },
    },
    {
      zone: 'Europe/Berlin',
      now: '2026-10-25T10:00:00Z',
      meant: {
        '02:30': '2026-10-25T00:30:00.000Z',
        '03:12': '2026-10-25T02:12:00.000Z',
        '12:30': '2026-10-24T10:30:00.000Z',
      },
    },
    { zone: 'Europe/Berlin', now: '2026-03-01T10:00:00Z', meant: { '03:12 yesterday': '2026-02-28T02:12:00.000Z' } },
  ],

  'is nothing where it is none, never was, or is to come': [
    {
      zone: 'UTC',
      now: '2026-11-30T11:00:00Z',
      meant: Object.fromEntries(texts.map((text) => [text, null])),
    },
  ],
};

describe('a moment as people write it', () => {
  let found: Record<string, Case['meant'][]> = {};

  // All of them in one process of its own, whose zone can be set.
  beforeAll(() => {
    const script = `
      import { parseMoment } from ${JSON.stringify(join(root, 'apps/web/palette/moment.ts'))};
      const isoOf = (ms) => (ms === undefined ? null : new Date(ms).toISOString());
      const found = ${JSON.stringify(cases)};
      for (const { zone, now, meant } of Object.values(found).flat()) {
        process.env.TZ = zone;
        for (const text of Object.keys(meant)) meant[text] = isoOf(parseMoment(text, Date.parse(now)));
      }
      const answer = Object.entries(found).map(([name, cases]) => [name, cases.map(({ meant }) => meant)]);
      console.log(JSON.stringify(Object.fromEntries(answer)));`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', join(root, 'test/support/source-loader.mjs'), '--input-type=module', '-e', script],
      { encoding: 'utf8', cwd: root },
    );
    if (stdout === '') throw new Error(stderr);
    found = JSON.parse(stdout) as typeof found;
  }, 60_000);

  it.each(Object.keys(cases))('%s', (name) => {
    expect(found[name]).toEqual(cases[name]?.map(({ meant }) => meant));
  });
});
