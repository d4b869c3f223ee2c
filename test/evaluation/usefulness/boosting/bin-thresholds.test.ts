import { describe, expect, it } from 'vitest';
import { pickRows } from '../../../../src/evaluation/selected-rows.ts';
import { binThresholds, thresholdRows } from '../../../../src/evaluation/usefulness/boosting/bin-thresholds.ts';
import { seedOfState } from '../../../../src/evaluation/usefulness/boosting/mersenne-twister.ts';
import { BOOSTED_TREES, uniforms } from '../../../support/boosted-trees-reference.ts';

/** Values by the names of the reference, from the same formulas. */
const VALUES: Readonly<Record<string, { readonly seed: number; readonly shape: (u: number) => number }>> = {
  distinct: { seed: 1, shape: (u) => u },
  spiked: { seed: 2, shape: (u) => Math.floor(u * u * u * u * 3000) },
  few: { seed: 3, shape: (u) => Math.floor(u * 20) / 7 },
  sampled: { seed: 4, shape: (u) => u },
};

describe('binThresholds', () => {
  for (const [name, { rows, count, some }] of Object.entries(BOOSTED_TREES.thresholds)) {
    it(`${name}, ${rows} rows: the thresholds of scikit-learn to the last bit`, () => {
      const { seed, shape } = VALUES[name] ?? { seed: 0, shape: Number };
      const u = uniforms(seed);
      const values = Float64Array.from({ length: rows }, () => shape(u()));
      const sample = thresholdRows(rows, seedOfState(0));
      const [column] = sample === 'all' ? [] : pickRows([{ kind: 'number', values }], sample);
      const found = binThresholds(column?.kind === 'number' ? column.values : values);
      expect(found).toHaveLength(count);
      expect([...found].filter((_, at) => at % 25 === 0)).toEqual(some);
    });
  }

  it('missing cells, one value and no value cut nothing', () => {
    expect(binThresholds(Float64Array.of(Number.NaN, 3, 3))).toHaveLength(0);
    expect(binThresholds(new Float64Array())).toHaveLength(0);
  });
});
