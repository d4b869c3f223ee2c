import { describe, expect, it } from 'vitest';
import { allRows } from '../../../../src/evaluation/selected-rows.ts';
import {
  NonSecretMersenneTwister,
  seedOfState,
} from '../../../../src/evaluation/usefulness/boosting/mersenne-twister.ts';
import { BOOSTED_TREES } from '../../../support/boosted-trees-reference.ts';

describe('NonSecretMersenneTwister', () => {
  for (const [seed, expected] of Object.entries(BOOSTED_TREES.words)) {
    it(`seed ${seed}: words of three rounds and a permutation are those of numpy's RandomState`, () => {
      const generator = new NonSecretMersenneTwister(Number(seed));
      const words = Array.from({ length: 1300 }, () => generator.nextWord());
      expect(words.slice(0, 3)).toEqual(expected.first);
      expect(words.slice(-3)).toEqual(expected.last);
      const permuted = new NonSecretMersenneTwister(Number(seed)).permuted(allRows(30));
      expect([...permuted]).toEqual(expected.permutation);
    });
  }

  it('draws below the largest word over the whole range, and nothing where there is no choice', () => {
    const generator = new NonSecretMersenneTwister(7);
    const drawn = Array.from({ length: 200 }, () => generator.upTo(0xfffffffe));
    expect(drawn.every((value) => value >= 0 && value <= 0xfffffffe)).toBe(true);
    expect(Math.max(...drawn)).toBeGreaterThan(2 ** 31);
    const [before, untouched] = [new NonSecretMersenneTwister(7), new NonSecretMersenneTwister(7)];
    expect(before.upTo(0)).toBe(0);
    expect(before.nextWord()).toBe(untouched.nextWord());
  });

  it('state 0 hands on its first word', () => {
    expect(seedOfState(0)).toBe(BOOSTED_TREES.words['0']?.first[0]);
  });
});
