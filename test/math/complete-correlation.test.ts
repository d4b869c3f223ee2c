import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choleskyFactor } from '../../src/math/cholesky.ts';
import { completeCorrelation } from '../../src/math/complete-correlation.ts';
import { symmetricEigen } from '../../src/math/symmetric-eigen.ts';

const SIZE = 5;

/** Correlations of random mixtures of five factors, so that they are positive definite. */
const correlation = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: SIZE * SIZE, maxLength: SIZE * SIZE })
  .map((loadings) => {
    const dot = (row: number, column: number) =>
      Array.from({ length: SIZE }, (_, k) => loadings[row * SIZE + k]! * loadings[column * SIZE + k]!).reduce(
        (sum, product) => sum + product,
        row === column ? 0.2 : 0,
      );
    return Float64Array.from({ length: SIZE * SIZE }, (_, entry) => {
      const [row, column] = [Math.floor(entry / SIZE), entry % SIZE];
      return dot(row, column) / Math.sqrt(dot(row, row) * dot(column, column));
    });
  });

/** Entry of the inverse by cofactors of eigenvectors. */
function inverseEntry(matrix: Float64Array, row: number, column: number): number {
  const { values, vectors } = symmetricEigen(matrix, SIZE);
  return values.reduce((sum, value, k) => sum + (vectors[row * SIZE + k]! * vectors[column * SIZE + k]!) / value, 0);
}

const FREE = [
  [0, 3],
  [1, 4],
] as const;

describe('completeCorrelation', () => {
  it('makes the variables of free entries independent given all others, and moves no other entry', () => {
    fc.assert(
      fc.property(correlation, (matrix) => {
        const completed = completeCorrelation(matrix, SIZE, FREE);
        for (const [a, b] of FREE) {
          expect(completed[a * SIZE + b]).toBe(completed[b * SIZE + a]);
          expect(Math.abs(inverseEntry(completed, a, b))).toBeLessThan(1e-5);
        }
        completed.forEach((value, entry) => {
          const [row, column] = [Math.floor(entry / SIZE), entry % SIZE];
          const isFree = FREE.some(([a, b]) => (row === a && column === b) || (row === b && column === a));
          if (!isFree) expect(value).toBe(matrix[entry]);
        });
        expect(choleskyFactor(completed, SIZE)).toBeDefined();
      }),
      { numRuns: 100 },
    );
  });

  it('of one third variable is the product of the correlations with it', () => {
    const matrix = Float64Array.of(1, 0.1, 0.8, 0.1, 1, -0.5, 0.8, -0.5, 1);
    expect(completeCorrelation(matrix, 3, [[0, 1]])[1]).toBeCloseTo(-0.4, 8);
  });

  it('returns a copy where nothing is free', () => {
    const matrix = Float64Array.of(1, 0.3, 0.3, 1);
    const completed = completeCorrelation(matrix, 2, []);
    expect(completed).toEqual(matrix);
    expect(completed).not.toBe(matrix);
  });

  it('refuses a matrix that is not positive definite', () => {
    const matrix = Float64Array.of(1, 2, 2, 1);
    expect(() => completeCorrelation(matrix, 2, [[0, 1]])).toThrow('2 × 2 matrix must be positive definite');
  });
});
