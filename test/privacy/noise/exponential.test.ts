import { describe, expect, it } from 'vitest';
import { rational } from '../../../src/math/rational.ts';
import { chooseExponential } from '../../../src/privacy/noise/exponential.ts';
import reference from '../../reference/noise.json' with { type: 'json' };
import { FALSE_ALARM_RATE, gTest, tally } from '../../support/goodness-of-fit.ts';
import { StreamBits } from '../../support/stream-bits.ts';

const DRAWS = 200_000;

describe('chooseExponential', () => {
  it.each(reference.exponential)('scores $scores at epsilon $epsilon follow the exact probabilities', (row) => {
    const bits = new StreamBits(String(row.scores));
    const choice = { epsilon: rational(BigInt(row.epsilon)), sensitivity: rational(BigInt(row.sensitivity)) };
    const scores = Float64Array.from(row.scores);
    const counts = tally(() => chooseExponential(bits, scores, choice), DRAWS, [0, scores.length - 1]);
    expect(gTest(counts, row.pmf.map(Number), DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
    const isTwin = row.pmf.join() === row.permuteAndFlip.join();
    const flipped = gTest(counts, row.permuteAndFlip.map(Number), DRAWS);
    expect(flipped < FALSE_ALARM_RATE || isTwin, 'permute-and-flip would be noticed').toBe(true);
  });

  it('sensitivity and epsilon scale the scores as rationals', () => {
    const bits = new StreamBits('rational');
    const choice = { epsilon: rational(7n, 3n), sensitivity: rational(5n, 2n) };
    const scores = Float64Array.of(-3, 0, 2, 2);
    const weights = [...scores].map((score) => Math.exp(((7 / 3) * score) / 5));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const counts = tally(() => chooseExponential(bits, scores, choice), DRAWS, [0, 3]);
    const exact = weights.map((weight) => weight / total);
    expect(gTest(counts, exact, DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('gaps of 2^53 and a thousand far candidates cost no time and are never chosen', () => {
    const scores = new Float64Array(1000).fill(-(2 ** 52));
    scores[613] = 2 ** 52;
    const choice = { epsilon: rational(1n), sensitivity: rational(1n) };
    expect(chooseExponential(new StreamBits('gap'), scores, choice)).toBe(613);
  });

  it('no candidates and parameters that are not positive are refused', () => {
    const bits = new StreamBits(0);
    const one = rational(1n);
    expect(() => chooseExponential(bits, new Float64Array(0), { epsilon: one, sensitivity: one })).toThrow(
      /0 candidates/,
    );
    expect(() => chooseExponential(bits, new Float64Array(1), { epsilon: rational(0n), sensitivity: one })).toThrow(
      /epsilon 0/,
    );
    expect(() => chooseExponential(bits, new Float64Array(1), { epsilon: one, sensitivity: rational(-1n) })).toThrow(
      /sensitivity -1/,
    );
  });
});
