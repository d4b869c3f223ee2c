import { describe, expect, it } from 'vitest';
import { choleskyFactor } from '../../src/math/cholesky.ts';
import { symmetricEigen } from '../../src/math/symmetric-eigen.ts';
import { createStream } from '../../src/random/stream.ts';

function randomSymmetric(size: number, seed: number): Float64Array {
  const stream = createStream(seed, 'symmetric');
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      matrix[row * size + column] = stream.nextNormal();
      matrix[column * size + row] = matrix[row * size + column]!;
    }
  }
  return matrix;
}

/** V·diag(values)·Vᵀ, or V·Vᵀ with values of 1. */
function compose(values: Float64Array, vectors: Float64Array): Float64Array {
  const size = values.length;
  return Float64Array.from({ length: size * size }, (_, entry) => {
    const [row, column] = [Math.floor(entry / size), entry % size];
    let sum = 0;
    for (let k = 0; k < size; k++) sum += vectors[row * size + k]! * values[k]! * vectors[column * size + k]!;
    return sum;
  });
}

const distance = (a: Float64Array, b: Float64Array) =>
  Math.max(...a.map((value, entry) => Math.abs(value - b[entry]!)));

describe('symmetricEigen', () => {
  it.each([1, 2, 5, 30])('decomposes a %i × %i matrix into orthogonal vectors', (size) => {
    const matrix = randomSymmetric(size, size);
    const { values, vectors } = symmetricEigen(matrix, size);
    expect(distance(compose(values, vectors), matrix)).toBeLessThan(1e-11);
    const identity = Float64Array.from({ length: size * size }, (_, entry) => (entry % (size + 1) === 0 ? 1 : 0));
    expect(
      distance(
        compose(
          values.map(() => 1),
          vectors,
        ),
        identity,
      ),
    ).toBeLessThan(1e-11);
  });

  it('finds the same from a start near the answer', () => {
    const matrix = randomSymmetric(12, 3);
    const nearby = matrix.map((value, entry) => (entry % 13 === 0 ? value + 1e-3 : value));
    const warm = symmetricEigen(matrix, 12, { start: symmetricEigen(nearby, 12).vectors });
    expect(distance(compose(warm.values, warm.vectors), matrix)).toBeLessThan(1e-11);
  });

  it('knows the eigenvalues of a small matrix', () => {
    const { values } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    expect([...values].sort()).toEqual([expect.closeTo(1, 12), expect.closeTo(3, 12)]);
  });
});

describe('choleskyFactor', () => {
  it('multiplies back to the matrix', () => {
    const matrix = Float64Array.of(4, 2, 0.4, 2, 5, 1, 0.4, 1, 3);
    const factor = choleskyFactor(matrix, 3)!;
    expect(distance(compose(new Float64Array(3).fill(1), factor), matrix)).toBeLessThan(1e-14);
    expect([factor[1], factor[2], factor[5]]).toEqual([0, 0, 0]);
  });

  it('has none for a matrix that is not positive definite, or whose pivot is below the floor', () => {
    expect(choleskyFactor(Float64Array.of(1, 2, 2, 1), 2)).toBeUndefined();
    expect(choleskyFactor(Float64Array.of(1, 0.9, 0.9, 1), 2, 0.5)).toBeUndefined();
  });
});
