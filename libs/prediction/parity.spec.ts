import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { extract, FEATURES } from './step-features.js';
import { clear, offsets, Slab, STEP_MS } from './series-state.js';
import { advance } from './step-memory.js';
import { FINE_FEATURES, fineFeatures } from './fine-features.js';
import { advanceFine } from './fine-memory.js';
import { shippedModel } from './shipped-model.js';

interface Row {
  step: number;
  features: number[];
  sum: number;
}
type Case = { values: number[]; rows: Row[] } & (
  { kind: 'coarse'; start: number; cpu: boolean } | { kind: 'fine'; horizon: number; cpu: boolean }
);
/** Written by `tools/train/parity.py` after each training. */
const fixture = JSON.parse(readFileSync(join(import.meta.dirname, 'parity.fixture.json'), 'utf8')) as {
  checksum: string;
  cases: Case[];
};

/** Features and sums by step, as this code makes them. */
function run(c: Case): Map<number, { features: Float32Array; sum: number }> {
  const slab = new Slab(1);
  const o = offsets(0);
  clear(slab, 0);
  const model = shippedModel();
  const wanted = new Set(c.rows.map((row) => row.step));
  const out = new Map<number, { features: Float32Array; sum: number }>();
  c.values.forEach((value, t) => {
    const features = new Float32Array(c.kind === 'coarse' ? FEATURES : FINE_FEATURES);
    if (c.kind === 'coarse') {
      const step = Math.floor((c.start * 1000) / STEP_MS) + t;
      advance(slab, o, step, value);
      if (!wanted.has(t)) return;
      extract(slab, o, step, c.cpu, features);
      out.set(t, { features, sum: model.coarse.probability.sum(features) });
    } else {
      advanceFine(slab, o, t * 10_000, 10_000, value);
      if (!wanted.has(t)) return;
      fineFeatures(slab, o, c.horizon, c.cpu, features);
      out.set(t, { features, sum: model.fine.probability.sum(features) });
    }
  });
  return out;
}

describe('training and serving', () => {
  it('know the same model', () => expect(shippedModel().checksum).toBe(fixture.checksum));

  it.each(fixture.cases.map((c, i) => [i, c.kind, c] as const))('see the same in case %i (%s)', (_i, _kind, c) => {
    const ours = run(c);
    for (const { step, features, sum } of c.rows) {
      const found = ours.get(step);
      const off = features.flatMap((theirs, i) => {
        const mine = found?.features[i] ?? NaN;
        return Math.abs(mine - theirs) <= 1e-5 * Math.max(1, Math.abs(theirs)) ? [] : [{ i, mine, theirs }];
      });
      expect({ step, off }).toEqual({ step, off: [] });
      expect(found?.sum).toBeCloseTo(sum, 9);
    }
  });
});
