import { describe, expect, it } from 'vitest';
import { latticeMultipliers } from '../../src/math/rank-one-lattice.ts';

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

describe('latticeMultipliers', () => {
  it.each([1, 2, 7, 64, 1000])('every coordinate visits each of %i positions once', (points) => {
    for (const multiplier of latticeMultipliers(points, 6)) expect(divisor(multiplier, points)).toBe(1);
  });

  it('covers every pair of coordinates: each of 8 × 8 boxes holds its share of 4096 points', () => {
    const points = 4096;
    const multipliers = latticeMultipliers(points, 10);
    for (let a = 0; a < 10; a++) {
      for (let b = 0; b < a; b++) {
        const boxes = new Float64Array(64);
        for (let point = 0; point < points; point++) {
          const [x, y] = [(point * multipliers[a]!) % points, (point * multipliers[b]!) % points];
          boxes[8 * Math.floor((8 * x) / points) + Math.floor((8 * y) / points)]!++;
        }
        // Random points would stray by 8 (one standard deviation) and by 24 somewhere among 64 boxes.
        expect(Math.max(...boxes.map((count) => Math.abs(count - 64)))).toBeLessThanOrEqual(16);
      }
    }
  });
});
