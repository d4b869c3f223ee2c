import { describe, expect, it } from 'vitest';
import { createFieldCodec } from '../../src/encode/field-codec.ts';
import { attributeWithBins } from '../../src/encode/table-codec.ts';
import { parseSchema } from '../../src/table/schema-file.ts';
import { describeMarginal } from '../../src/tasks/describe-marginal.ts';

const schema = parseSchema(
  {
    fields: [
      {
        name: 'pay',
        type: 'number',
        constraints: { minimum: 100, maximum: 1100 },
        privacy: { precision: 0.5, bins: [100, 300, 500, 700, 900, 1100] },
      },
      { name: 'city', type: 'string', constraints: { required: true, enum: ['Ulm', 'Bern', 'Rome'] } },
    ],
  },
  'marginal.schema.json',
);
const [pay, city] = schema.fields.map((field) => attributeWithBins(createFieldCodec(field)!));

describe('describeMarginal', () => {
  const shares = Float64Array.of(0.16, 0.16, 0.16, 0.16, 0.16, 0.2);

  it('gives mean and quantiles of the values that are there', () => {
    const found = describeMarginal(pay!, { shares, rows: 10_000, sigmaRows: 5 });
    expect(found.missing).toBe(0.2);
    expect(found.mean?.value).toBeCloseTo(600, 0);
    const median = found.quantiles?.find(({ level }) => level === 0.5);
    expect(Math.abs((median?.value ?? 0) - 600)).toBeLessThanOrEqual(1);
    const high = found.quantiles?.find(({ level }) => level === 0.95);
    expect(Math.abs((high?.value ?? 0) - 1050)).toBeLessThanOrEqual(1);
  });

  it('widens error bars with noise and with fewer rows', () => {
    const bars = (rows: number, sigmaRows: number) => {
      const { mean, quantiles } = describeMarginal(pay!, { shares, rows, sigmaRows });
      const median = quantiles?.find(({ level }) => level === 0.25);
      expect(median!.low).toBeLessThan(median!.value);
      expect(median!.high).toBeGreaterThan(median!.value);
      return [mean!.error, median!.high - median!.low] as const;
    };
    const [meanBar, medianBar] = bars(10_000, 5);
    for (const [otherMean, otherMedian] of [bars(1000, 5), bars(10_000, 500)]) {
      expect(otherMean).toBeGreaterThan(meanBar);
      expect(otherMedian).toBeGreaterThan(medianBar);
    }
    // Sampling alone: 289/√8000 = 3.2; what the shape of bins leaves open comes on top.
    expect(meanBar).toBeGreaterThan(3.2);
    expect(meanBar).toBeLessThan(8);
  });

  it('lists categories by share, with the error of each', () => {
    const found = describeMarginal(city!, { shares: Float64Array.of(0.2, 0.5, 0.3), rows: 1000, sigmaRows: 10 });
    expect(found).toEqual({
      shareError: 0.01,
      shares: [
        { label: 'Bern', share: 0.5 },
        { label: 'Rome', share: 0.3 },
        { label: 'Ulm', share: 0.2 },
      ],
    });
  });

  it('says nothing of numbers of which the model has none', () => {
    const found = describeMarginal(pay!, { shares: Float64Array.of(0, 0, 0, 0, 0, 1), rows: 10, sigmaRows: 1 });
    expect(found).toEqual({ missing: 1, shareError: 0.1 });
  });
});
