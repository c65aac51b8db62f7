import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Forest } from './forest.js';
import { loadModel } from './model.js';
import { stump, testModel } from './model.fixture.js';
import { STATE_BYTES } from './series-state.js';
import { modelCard, shippedModel } from './shipped-model.js';

describe('a model', () => {
  it('is refused when one of its numbers was changed', () => {
    const data = testModel();
    const wrong = testModel();
    wrong.coarse.probability.leaf = [-4, 2];
    expect(() => loadModel(wrong)).toThrow(expect.objectContaining({ code: 'MODEL_CHECKSUM' }));
    const eased = { ...data, fine: { ...data.fine, scales: data.fine.scales.map((s) => ({ ...s, upToMs: 1000 })) } };
    expect(() => loadModel(eased)).toThrow(/checksum/);
  });

  it('is refused when it is not one', () => {
    for (const wrong of [undefined, {}, { ...testModel(), version: 1 }, { ...testModel(), fine: {} }])
      expect(() => loadModel(wrong)).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }));
  });

  it('comes with this version and fits its checksum', () => {
    expect(shippedModel().coarse.reasons).toHaveLength(116);
    expect(shippedModel().fine.reasons).toHaveLength(128);
  });
});

describe('the page on prediction', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/prediction.md'), 'utf8');

  it('has the card of the model that is shipped', () => {
    expect(page).toContain(shippedModel().checksum);
    expect(page).toContain(`${STATE_BYTES} bytes a series`);
  });

  it('shows the figures that were measured out of fold', () => {
    const { outOfFold } = modelCard as { outOfFold: Record<'A' | 'B', { f1: number; falsePerSeriesDay: number }>[] };
    expect(outOfFold.length).toBeGreaterThan(0);
    for (const [i, measured] of outOfFold.entries())
      for (const track of ['A', 'B'] as const) {
        const row = page.split('\n').find((line) => line.includes(`track ${track}, out of fold, partition ${i} `));
        expect(row).toContain(measured[track].f1.toFixed(3));
        expect(row).toContain(measured[track].falsePerSeriesDay.toFixed(2));
      }
    const { outOfFoldFine } = modelCard as { outOfFoldFine: { f1: number } };
    const row = page.split('\n').find((line) => line.includes('track F, out of fold'));
    expect(row).toContain(outOfFoldFine.f1.toFixed(3));
  });
});

describe('a forest', () => {
  it('goes left at the threshold and right above it, and says which feature moved it', () => {
    const forest = new Forest(stump(1, 10, -1, 3));
    expect(forest.sum(Float32Array.of(0, 10))).toBe(-1);
    expect(forest.sum(Float32Array.of(0, 11))).toBe(3);
    const moved = new Float64Array(2);
    forest.contributions(Float32Array.of(0, 11), moved);
    expect([...moved]).toEqual([0, 2]);
  });
});
