import { describe, expect, it } from 'vitest';
import { createDomain } from '../../src/marginals/domain.ts';
import { estimate } from '../../src/marginals/estimate.ts';
import { measureUncertainty } from '../../src/synthesizers/uncertainty.ts';

const domain = createDomain(['a', 'b'], [2, 3]);
const measurements = [
  { clique: [0], counts: Float64Array.of(600, 400), variance: 100 },
  { clique: [0, 1], counts: Float64Array.of(300, 200, 100, 399, 1, 0), variance: 25 },
];

describe('measureUncertainty', () => {
  it('combines a marginal with the sums of its supersets by precision', async () => {
    const model = await estimate(domain, measurements, { total: 1000, shrinkage: 0.01, tolerance: 1e-9 });
    const [single, pair] = measureUncertainty(model, measurements);
    // The total is known, so one of two cells is free: half of 1 / (1/100 + 1/75), where 75 is the sum of three cells.
    const column = 1 / (1 / 100 + 1 / 75);
    expect(single?.sigmaRows).toBeCloseTo(Math.sqrt(column / 2), 12);
    // Effects of the pair, of b, and of a, each with its share of the cells: 25·1/3, 50·1/4·2/3, column·1/9·1/2.
    const variance = 25 / 3 + 50 / 6 + column / 18;
    expect(pair?.sigmaRows).toBeCloseTo(Math.sqrt(variance), 12);
    expect(pair?.distance).toBeCloseTo((0.5 * Math.sqrt(2 / Math.PI) * Math.sqrt(variance) * 6) / 1000, 12);
  });

  it('flags cells that cannot be told from nothing', async () => {
    const model = await estimate(domain, measurements, { total: 1000, shrinkage: 0.01, tolerance: 1e-9 });
    const [single, pair] = measureUncertainty(model, measurements);
    expect(single?.noiseOnly).toBe(0);
    expect(pair?.noiseOnly).toBe(2);
  });

  it('never promises more than the largest distance', async () => {
    const model = await estimate(domain, measurements, { total: 1 });
    expect(measureUncertainty(model, measurements).every(({ distance }) => distance <= 1)).toBe(true);
  });
});
