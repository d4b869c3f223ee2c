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
    // Summing three cells of variance 25 gives 75; with 100 by precision: 1 / (1/100 + 1/75).
    expect(single?.sigmaRows).toBeCloseTo(Math.sqrt(1 / (1 / 100 + 1 / 75)), 12);
    expect(pair?.sigmaRows).toBeCloseTo(5, 12);
    expect(pair?.distance).toBeCloseTo((0.5 * Math.sqrt(2 / Math.PI) * 5 * 6) / 1000, 12);
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
