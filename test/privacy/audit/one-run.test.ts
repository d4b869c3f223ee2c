import { describe, expect, it } from 'vitest';
import { gaussianEpsilon } from '../../../src/privacy/accounting/costs/gaussian.ts';
import type { Guarantee } from '../../../src/privacy/audit/claim.ts';
import {
  countCorrect,
  epsilonOfGuesses,
  guessingChance,
  planGuesses,
  planRefutation,
} from '../../../src/privacy/audit/one-run.ts';
import { type OneRunSubject, runOneRunAudit } from '../../../src/privacy/audit/one-run-audit.ts';
import { createStream } from '../../../src/random/stream.ts';
import { StreamBits } from '../../support/stream-bits.ts';

/** Probabilities of a sum of independent guesses, each right with the given probability, by adding one after the other. */
function binomial(trials: number, accuracy: number): number[] {
  let mass = [1];
  for (let trial = 0; trial < trials; trial++) {
    mass = [...mass, 0].map((own, count) => own * (1 - accuracy) + (mass[count - 1] ?? 0) * accuracy);
  }
  return mass;
}

const tailOf = (mass: readonly number[], least: number) =>
  mass.reduce((sum, chance, count) => (count >= least ? sum + chance : sum), 0);
const accuracyAt = (epsilon: number) => Math.exp(epsilon) / (1 + Math.exp(epsilon));

describe('guessingChance', () => {
  it.each([
    [30, 30, 0.7, 0],
    [30, 12, 0, 0],
    [40, 25, 1.5, 1e-3],
    [40, 40, 3, 1e-2],
    [200, 9, 0.2, 1e-5],
  ])(
    'of %i canaries with %i guesses at epsilon %d, delta %d is the bound as it is written',
    (canaries, guesses, epsilon, delta) => {
      const mass = binomial(guesses, accuracyAt(epsilon));
      for (let correct = 0; correct <= guesses; correct++) {
        const byLuck = tailOf(mass, correct);
        let steepest = 0;
        for (let i = 1; i <= canaries; i++) steepest = Math.max(steepest, (tailOf(mass, correct - i) - byLuck) / i);
        const expected = Math.min(1, byLuck + 2 * canaries * delta * steepest);
        const found = guessingChance({ canaries, guesses, correct }, { epsilon, delta });
        expect(Math.abs(found - expected)).toBeLessThan(1e-8 * expected + 1e-14);
      }
    },
  );

  it('has the value that the paper prints', () => {
    const found = guessingChance({ canaries: 100, guesses: 100, correct: 75 }, { epsilon: Math.log(3), delta: 0 });
    expect(found).toBeCloseTo(0.5535, 3);
  });

  it('no mechanism with the guarantee guesses better: one bit each, all bits at once with delta, each bit with delta', () => {
    const guarantee: Guarantee = { epsilon: 1, delta: 0.01 };
    const canaries = 25;
    const accuracy = accuracyAt(guarantee.epsilon);
    const honest = binomial(canaries, accuracy);
    const each = binomial(canaries, guarantee.delta + (1 - guarantee.delta) * accuracy);
    for (let correct = 0; correct <= canaries; correct++) {
      const found = { canaries, guesses: canaries, correct };
      const luck = tailOf(honest, correct);
      // Randomised response uses up all of epsilon, so that without delta there is no room left.
      expect(guessingChance(found, { ...guarantee, delta: 0 })).toBeCloseTo(luck, 9);
      const allowed = guessingChance(found, guarantee) * (1 + 1e-9);
      expect(guarantee.delta + (1 - guarantee.delta) * luck).toBeLessThanOrEqual(allowed);
      expect(tailOf(each, correct)).toBeLessThanOrEqual(allowed);
    }
  });

  it('a true claim is refuted as seldom as alpha says, in thousands of runs of mechanisms that use it up', () => {
    const guarantee: Guarantee = { epsilon: 1, delta: 0.02 };
    const [canaries, runs, alpha] = [60, 4000, 0.05];
    const stream = createStream('runs');
    const accuracy = accuracyAt(guarantee.epsilon);
    for (const reveals of ['all bits at once', 'each bit'] as const) {
      let refuted = 0;
      for (let run = 0; run < runs; run++) {
        const areRevealed = reveals === 'all bits at once' && stream.nextFloat() < guarantee.delta;
        let correct = 0;
        for (let canary = 0; canary < canaries; canary++) {
          const isRevealed = areRevealed || (reveals === 'each bit' && stream.nextFloat() < guarantee.delta);
          if (isRevealed || stream.nextFloat() < accuracy) correct++;
        }
        if (guessingChance({ canaries, guesses: canaries, correct }, guarantee) < alpha) refuted++;
      }
      expect(refuted).toBeLessThan(runs * alpha + 5 * Math.sqrt(runs * alpha));
    }
  });

  it('the epsilon of guesses is where their chance is alpha, and 0 where they prove nothing', () => {
    const found = { canaries: 1000, guesses: 200, correct: 170 };
    const epsilon = epsilonOfGuesses(found, 1e-5, 0.01);
    expect(epsilon).toBeGreaterThan(1);
    expect(guessingChance(found, { epsilon, delta: 1e-5 })).toBeLessThanOrEqual(0.01);
    expect(guessingChance(found, { epsilon: epsilon + 1e-6, delta: 1e-5 })).toBeGreaterThan(0.01);
    expect(epsilonOfGuesses({ ...found, correct: 100 }, 1e-5, 0.01)).toBe(0);
  });
});

describe('guesses', () => {
  it('the highest scores are said to be in, the lowest out, and nothing of the others', () => {
    const scores = Float64Array.of(5, 4, 3, 2, 1, 0);
    expect(countCorrect(scores, Uint8Array.of(1, 0, 0, 0, 0, 0), 2)).toEqual({ canaries: 6, guesses: 2, correct: 2 });
    expect(countCorrect(scores, Uint8Array.of(1, 0, 0, 1, 1, 1), 4).correct).toBe(1);
  });

  it('their expected number is what scores of two normal distributions show', () => {
    const [canaries, mu] = [20_000, 1.5];
    const plan = planGuesses(canaries, mu, { delta: 1e-7, alpha: 1e-3 });
    const stream = createStream('guesses');
    const included = Uint8Array.from({ length: canaries }, () => stream.below(2));
    const scores = Float64Array.from(included, (isIn) => isIn * mu + stream.nextNormal());
    const { correct } = countCorrect(scores, included, plan.guesses);
    expect(Math.abs(correct - plan.correct)).toBeLessThan(5 * Math.sqrt(plan.guesses / 4) + 1);
    expect(plan.guesses).toBeLessThan(canaries);
  });

  it('the smallest leak that is refuted lies above the claim, and more canaries find a smaller one', () => {
    const claim = { epsilon: 3, delta: 1e-8 };
    const [few, many] = [1000, 8000].map((canaries) => planRefutation(canaries, claim, 1e-3).mu);
    expect(many!).toBeLessThan(few!);
    expect(gaussianEpsilon(many!, claim.delta)).toBeGreaterThan(claim.epsilon);
  });
});

describe('audit of one run', () => {
  const CANARIES = 3000;
  /** As in production; coins and noise are fixed. */
  const ALPHA = 1e-3;
  /** Canaries that add 1 to a number of their own, which is released with noise as for the given mu. */
  const subject = (claimedMu: number, mu: number): OneRunSubject => {
    const stream = createStream('noise', String(mu));
    const claim = [1e-7, 1e-5, 1e-3].map((delta) => ({ epsilon: gaussianEpsilon(claimedMu, delta), delta }));
    return {
      ...{ name: 'own numbers', setting: 'a number each', claim, tested: claim[0]!, canaries: CANARIES },
      run: async (included) => Float64Array.from(included, (isIn) => mu * isIn + stream.nextNormal()),
    };
  };
  const judge = (claimedMu: number, mu: number) => {
    const coins = new StreamBits('coins');
    return runOneRunAudit(subject(claimedMu, mu), { alpha: ALPHA, coins });
  };

  it('accepts a mechanism that uses up its claim, and proves about as much as was expected', async () => {
    const { verdict, proof, canaries, runsPerSide } = await judge(1.5, 1.5);
    // Two numbers of guesses are tried, each with half of the false alarms.
    expect(proof.lowerBound).toBe(epsilonOfGuesses(canaries!, 1e-7, ALPHA / 2));
    expect(verdict).toBe('consistent');
    expect(runsPerSide).toBe(1);
    expect(proof.lowerBound).toBeGreaterThan(0.5 * proof.expectedLowerBound);
    expect(proof.lowerBound).toBeLessThan(proof.claimed);
    expect(canaries!.correct).toBeLessThan(canaries!.guesses);
  });

  it('refutes one whose noise is too small by as much as it says that it would notice', async () => {
    const { proof } = await judge(0.5, 0.5);
    expect(proof.smallestDetected).toBeGreaterThan(proof.claimed);
    const found = await judge(0.5, 5);
    expect(gaussianEpsilon(5, 1e-7)).toBeGreaterThan(proof.smallestDetected);
    expect(found.verdict).toBe('violated');
    expect(found.proof.lowerBound).toBeGreaterThan(found.proof.claimed);
  });

  it('proves nothing from scores that know nothing', async () => {
    expect(await judge(1.5, 0)).toMatchObject({ verdict: 'consistent', proof: { lowerBound: 0 } });
  });
});
