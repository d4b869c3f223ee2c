import { describe, expect, it } from 'vitest';
import { seedOfState } from '../../../../src/evaluation/usefulness/boosting/mersenne-twister.ts';
import { splitAtRandom, splitByLabel } from '../../../../src/evaluation/usefulness/boosting/validation-split.ts';
import { BOOSTED_TREES } from '../../../support/boosted-trees-reference.ts';

const seed = seedOfState(0);

describe('the rows kept apart to end growing early', () => {
  BOOSTED_TREES.splits.forEach(({ labels, byLabel, atRandom }) => {
    const ones = labels.filter((label) => label === 1).length;
    it(`${labels.length} rows, ${ones} of label 1: the rows of scikit-learn, in its order`, () => {
      const stratified = splitByLabel(labels, seed);
      expect([[...stratified.train], [...stratified.validation]]).toEqual(byLabel);
      const plain = splitAtRandom(labels.length, seed);
      expect([[...plain.train], [...plain.validation]]).toEqual(atRandom);
    });
  });

  it('a label of one row is used and nothing is lost', () => {
    const { train, validation } = splitByLabel([...Array<number>(20).fill(0), 1], seed);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from({ length: 21 }, (_, row) => row));
  });
});
