import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutProbabilities } from '../../../src/math/bivariate-normal.ts';
import { choleskyFactor } from '../../../src/math/cholesky.ts';
import {
  assembleCorrelations,
  estimateCorrelations,
  latentCuts,
  shrinkCorrelations,
} from '../../../src/synthesizers/copula/correlations.ts';

describe('shrinkCorrelations', () => {
  it('draws estimates towards zero by their error, and never past it', () => {
    const correlation = fc.double({ min: -0.98, max: 0.98, noNaN: true });
    const standardError = fc.oneof(
      fc.double({ min: 1e-4, max: 3, noNaN: true }),
      fc.constant(Number.POSITIVE_INFINITY),
    );
    fc.assert(
      fc.property(fc.array(fc.record({ correlation, standardError })), (list) => {
        const estimates = list.map((estimate, k) => ({ first: 0, second: k + 1, ...estimate }));
        for (const { correlation: found, shrunk } of shrinkCorrelations(estimates)) {
          expect(Math.abs(shrunk)).toBeLessThanOrEqual(Math.abs(found) + 1e-12);
          expect(shrunk * found).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('learns nothing from an infinite error, and keeps what the others tell', () => {
    const precise = { first: 0, second: 1, correlation: 0.5, standardError: 0.01 };
    const hopeless = { first: 0, second: 2, correlation: 0.9, standardError: Number.POSITIVE_INFINITY };
    const [first, second] = shrinkCorrelations([precise, hopeless]);
    expect(first!.shrunk).toBeCloseTo(0.5, 2);
    expect(second!.shrunk).toBe(0);
    expect(shrinkCorrelations([hopeless])[0]!.shrunk).toBe(0);
  });
});

const EVEN = Float64Array.of(0.25, 0.25, 0.25, 0.25);
const ORDER = Int32Array.of(0, 1, 2, 3);
const LAYOUT = { columns: 2, indicators: [0] };

describe('estimateCorrelations', () => {
  it('leaves rows out of account in which a value is missing', () => {
    // The first column is missing for the half of the rows where the second is high, its value goes with the second.
    const cuts = latentCuts(EVEN, ORDER);
    const presence = cutProbabilities({ rowCuts: Float64Array.of(0), columnCuts: cuts }, 0.9).probabilities;
    const rows = 1e6;
    const table = (first: number, second: number, counts: Float64Array) => ({
      first,
      second,
      counts,
      variances: counts.map(() => 1),
    });
    const side = presence.subarray(0, 4);
    const independent = Float64Array.from({ length: 16 }, (_, cell) => (rows * side[cell % 4]!) / 4);
    const request = {
      layout: LAYOUT,
      columns: [
        { shares: EVEN, orderedLevels: 4, missing: 0.5 },
        { shares: EVEN, orderedLevels: 4, missing: undefined },
      ],
      orders: [ORDER, ORDER],
      rows,
      tables: {
        values: [table(0, 1, independent)],
        presence: [
          table(
            2,
            1,
            presence.map((share) => share * rows),
          ),
        ],
        missing: [],
      },
    };
    const [ofPresence, ofValues] = estimateCorrelations(request);
    expect(ofPresence!.correlation).toBeCloseTo(0.9, 3);
    // Among rows with both values they are independent, although low values of the second are in the majority there.
    expect(ofValues!.correlation).toBeCloseTo(0, 3);
  });
});

describe('assembleCorrelations', () => {
  it('ties a value to its own indicator by nothing but the other columns', () => {
    const pair = (first: number, second: number, shrunk: number) => ({
      first,
      second,
      correlation: shrunk,
      standardError: 0.01,
      shrunk,
    });
    const matrix = assembleCorrelations([pair(0, 1, 0.8), pair(2, 1, 0.6)], LAYOUT);
    expect(matrix[2]).toBeCloseTo(0.48, 6);
    expect(matrix[1]).toBeCloseTo(0.8, 9);
    expect(choleskyFactor(matrix, 3)).toBeDefined();
  });
});
