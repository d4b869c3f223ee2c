import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionSets, joinPieces, weightAt } from '../../../src/synthesizers/copula/condition-sets.ts';
import { cutsOf } from '../../../src/synthesizers/copula/copula-model.ts';
import { oneFactorModel } from '../../support/copula-model.ts';

const [LOW, HIGH] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** The second column may be missing: its last cell. */
const MODEL = oneFactorModel(
  [0.8, 0.5, 0.7],
  [
    [0.2, 0.3, 0.5],
    [0.1, 0.3, 0.4, 0.2],
  ],
  [1],
);
const CUTS = cutsOf(MODEL);
const MISSING_CUT = CUTS[2]![0]!;
const setOf = (attribute: number, weights: readonly number[]) =>
  conditionSets(MODEL, [{ attribute, weights: Float64Array.from(weights) }])[0]!;

describe('conditionSets', () => {
  it('of a column without an indicator are its intervals', () => {
    expect(setOf(0, [1, 0, 0.5])).toEqual({
      latents: [0],
      pieces: [
        { intervals: [{ low: LOW, high: CUTS[0]![0] }], weight: 1 },
        { intervals: [{ low: CUTS[0]![1], high: HIGH }], weight: 0.5 },
      ],
    });
  });

  it('leave the value free where only being there, or being missing, is asked for', () => {
    expect(setOf(1, [1, 1, 1, 0])).toEqual({
      latents: [2],
      pieces: [{ intervals: [{ low: LOW, high: MISSING_CUT }], weight: 1 }],
    });
    expect(setOf(1, [0, 0, 0, 0.3])).toEqual({
      latents: [2],
      pieces: [{ intervals: [{ low: MISSING_CUT, high: HIGH }], weight: 0.3 }],
    });
  });

  it('ask for values among rows that have one, and for missing ones whatever their value', () => {
    expect(setOf(1, [0, 1, 0, 0.5])).toEqual({
      latents: [1, 2],
      pieces: [
        {
          intervals: [
            { low: CUTS[1]![0], high: CUTS[1]![1] },
            { low: LOW, high: MISSING_CUT },
          ],
          weight: 1,
        },
        {
          intervals: [
            { low: LOW, high: HIGH },
            { low: MISSING_CUT, high: HIGH },
          ],
          weight: 0.5,
        },
      ],
    });
  });

  it('give each latent point the weight of the code that it stands for', () => {
    const weights = fc.array(fc.constantFrom(0, 0.2, 0.9, 1), { minLength: 4, maxLength: 4 });
    const latent = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(weights, latent, latent, (cells, value, presence) => {
        const set = setOf(1, cells);
        const code = presence >= MISSING_CUT ? 3 : CUTS[1]!.filter((cut) => cut <= value).length;
        const point = set.latents.map((which) => (which === 1 ? value : presence));
        expect(weightAt(set, point)).toBe(cells[code]);
      }),
    );
  });
});

describe('joinPieces', () => {
  const piece = (low: number, high: number, weight: number) => ({ intervals: [{ low, high }], weight });

  it('fills the gap that holds least, with the larger weight', () => {
    const set = { latents: [0], pieces: [piece(-3, -2, 0.1), piece(-1.9, -1, 0.5), piece(1, 2, 0.2)] };
    expect(joinPieces(set).pieces).toEqual([piece(-3, -1, 0.5), piece(1, 2, 0.2)]);
    expect(joinPieces(joinPieces(set)).pieces).toEqual([piece(-3, 2, 0.5)]);
  });

  it('joins values with missing ones last, never losing a point or a weight', () => {
    let set = setOf(1, [1, 0, 0.2, 0.4]);
    expect(set.pieces).toHaveLength(3);
    set = joinPieces(set);
    expect(set.pieces.map(({ intervals }) => intervals[1])).toEqual([
      { low: LOW, high: MISSING_CUT },
      { low: MISSING_CUT, high: HIGH },
    ]);
    expect(joinPieces(set).pieces).toEqual([
      {
        intervals: [
          { low: LOW, high: HIGH },
          { low: LOW, high: HIGH },
        ],
        weight: 1,
      },
    ]);
  });
});
