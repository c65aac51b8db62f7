import { describe, expect, it } from '@jest/globals';
import { batchAt, hostUsage } from '../../test/support/timeline.js';
import { readHead, readRecorded, recordedLine } from './recording.js';

describe('a recording', () => {
  it('holds of a batch what alerts depend on, rounded to a tenth of a per cent', () => {
    const batch = batchAt(10, { nginx: { cpu: 12.345, mem: 1.26 } }, { hostUsage: hostUsage(3.14159, 50) });
    const read = readRecorded(recordedLine({ ...batch, rssBytes: [1] }), 7);
    expect(read).toEqual({
      ...batch,
      id: 'recorded-7',
      cpu: [12.3],
      cpuMax: [12.3],
      mem: [1.3],
      memMax: [1.3],
      hostUsage: { ...hostUsage(3.1, 50) },
    });
  });

  it('names the line and the value that are wrong', () => {
    expect(() => readRecorded('{', 3)).toThrow('line 3 is no JSON: {');
    const line = recordedLine(batchAt(10, { nginx: { cpu: 1 } })).replace('"cpu":[1]', '"cpu":["high"]');
    expect(() => readRecorded(line, 4)).toThrow(/^line 4: cpu\.0 .*expected number, received string/);
    expect(() => readHead('{"from":"2026-11-22T20:00:00Z"}')).toThrow(/^line 1: recording /);
    expect(() => readHead('')).toThrow('line 1 is no JSON');
  });
});
