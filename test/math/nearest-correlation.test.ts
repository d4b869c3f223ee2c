import { describe, expect, it } from 'vitest';
import { choleskyFactor } from '../../src/math/cholesky.ts';
import { nearestCorrelation } from '../../src/math/nearest-correlation.ts';
import { symmetricEigen } from '../../src/math/symmetric-eigen.ts';
import { createStream } from '../../src/random/stream.ts';

/** A symmetric matrix of unit diagonal and entries in (-1, 1), seldom positive definite. */
function noisyMatrix(size: number, seed: number): Float64Array {
  const stream = createStream(seed, 'noisy correlations');
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    matrix[row * size + row] = 1;
    for (let column = 0; column < row; column++) {
      matrix[row * size + column] = 2 * stream.nextFloat() - 1;
      matrix[column * size + row] = matrix[row * size + column]!;
    }
  }
  return matrix;
}

const squaredDistance = (a: Float64Array, b: Float64Array) =>
  a.reduce((sum, value, entry) => sum + (value - b[entry]!) ** 2, 0);

describe('nearestCorrelation', () => {
  // Higham 2002, section 4: the tridiagonal matrix of ones of order 3.
  it('reproduces the example of the paper', () => {
    const nearest = nearestCorrelation(Float64Array.of(1, 1, 0, 1, 1, 1, 0, 1, 1), 3, 1e-10);
    const expected = [1, 0.7607, 0.1573, 0.7607, 1, 0.7607, 0.1573, 0.7607, 1];
    for (const [entry, value] of expected.entries()) expect(nearest[entry]).toBeCloseTo(value, 4);
  });

  it.each([3, 8, 20])('is a positive definite correlation matrix for %i columns of noise', (size) => {
    const nearest = nearestCorrelation(noisyMatrix(size, size), size);
    expect(choleskyFactor(nearest, size)).toBeDefined();
    expect(Math.min(...symmetricEigen(nearest, size).values)).toBeGreaterThan(5e-4);
    for (let row = 0; row < size; row++) {
      expect(nearest[row * size + row]).toBe(1);
      for (let column = 0; column < row; column++) {
        expect(nearest[row * size + column]).toBeCloseTo(nearest[column * size + row]!, 14);
        expect(Math.abs(nearest[row * size + column]!)).toBeLessThan(1);
      }
    }
  });

  it('is nearer than other correlation matrices: mixtures with the identity and with random factors', () => {
    const size = 6;
    const matrix = noisyMatrix(size, 77);
    const nearest = nearestCorrelation(matrix, size);
    const best = squaredDistance(nearest, matrix);
    const stream = createStream(5, 'rivals');
    for (let rival = 0; rival < 200; rival++) {
      const other = nearestCorrelation(noisyMatrix(size, 1000 + rival), size);
      const share = stream.nextFloat() ** 2;
      const mixed = nearest.map((value, entry) => (1 - share) * value + share * other[entry]!);
      expect(squaredDistance(mixed, matrix)).toBeGreaterThan(best - 1e-6);
    }
  });

  it('leaves a positive definite correlation matrix as it is', () => {
    const matrix = Float64Array.of(1, 0.5, 0.2, 0.5, 1, -0.3, 0.2, -0.3, 1);
    expect(nearestCorrelation(matrix, 3)).toEqual(matrix);
  });
});
