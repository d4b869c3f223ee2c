import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussianDelta } from '../../../src/privacy/accounting/costs/gaussian.ts';
import { pldAccountant } from '../../../src/privacy/accounting/pld-accountant.ts';
import { pureAccountant } from '../../../src/privacy/accounting/pure-accountant.ts';
import { tightestEpsilon } from '../../../src/privacy/accounting/tightest.ts';
import { zcdpAccountant } from '../../../src/privacy/accounting/zcdp-accountant.ts';
import type { DiscreteGaussianEvent, PrivacyEvent } from '../../../src/privacy/events.ts';
import reference from '../../reference/accounting.json' with { type: 'json' };

// Fixed, so that a failure repeats.
fc.configureGlobal({ seed: 20260901 });

const dpsgd = (samplingRate: number, noiseMultiplier: number, steps: number): PrivacyEvent => ({
  kind: 'subsampled-gaussian',
  samplingRate,
  noiseMultiplier,
  steps,
});
const marginal = (variance: string, count = 1): DiscreteGaussianEvent => ({
  kind: 'discrete-gaussian',
  variance,
  l2Sensitivity: 1,
  oneCell: true,
  count,
});
const selection = (epsilon: string, count: number): PrivacyEvent => ({ kind: 'exponential', epsilon, count });

/** Atoms of a discrete Gaussian's loss and its probabilities, by definition. */
function lossAtoms(variance: number): { loss: number; mass: number }[] {
  const reach = Math.ceil(12 * Math.sqrt(variance) + 3);
  const noise = Array.from({ length: 2 * reach + 1 }, (_, j) => j - reach);
  const norm = noise.reduce((sum, k) => sum + Math.exp(-(k * k) / (2 * variance)), 0);
  return noise.map((k) => ({ loss: (1 + 2 * k) / (2 * variance), mass: Math.exp(-(k * k) / (2 * variance)) / norm }));
}

/** Delta of independent losses by full enumeration. */
function bruteDelta(factors: { loss: number; mass: number }[][], epsilon: number): number {
  let sums = [{ loss: 0, mass: 1 }];
  for (const atoms of factors) {
    sums = sums.flatMap((sum) => atoms.map(({ loss, mass }) => ({ loss: sum.loss + loss, mass: sum.mass * mass })));
  }
  return sums.reduce((delta, { loss, mass }) => delta + (loss > epsilon ? -mass * Math.expm1(epsilon - loss) : 0), 0);
}

describe('PLD accountant against reference values', () => {
  it.each(reference.dpsgd)('DP-SGD q=$q sigma=$sigma steps=$steps delta=$delta lies in its bracket', (row) => {
    const epsilon = pldAccountant.epsilon([dpsgd(row.q, row.sigma, row.steps)], row.delta);
    expect(epsilon).toBeGreaterThanOrEqual(row.atLeast - 1e-9);
    expect(epsilon).toBeLessThanOrEqual(row.best * 1.001 + 1e-5);
    if (row.exact !== null && row.exact !== undefined) {
      expect(epsilon).toBeGreaterThanOrEqual(Number(row.exact) * (1 - 1e-15));
      expect(epsilon / Number(row.exact) - 1).toBeLessThan(1e-9);
    }
  });

  it.each(reference.dpsgdDeltaSingle)('one step q=$q sigma=$sigma at epsilon $epsilon is exact, from above', (row) => {
    const delta = pldAccountant.delta([dpsgd(row.q, row.sigma, 1)], row.epsilon);
    expect(delta).toBeGreaterThanOrEqual(Number(row.max) * (1 - 1e-15));
    expect(delta / Number(row.max) - 1).toBeLessThan(1e-9);
  });

  it.each(reference.dpsgdDeltaComposed)(
    'q=$q sigma=$sigma steps=$steps at epsilon $epsilon: delta is not loose',
    (row) => {
      const delta = pldAccountant.delta([dpsgd(row.q, row.sigma, row.steps)], row.epsilon);
      // The reference truncates tails at about 1e-14, which dominates its smallest values.
      expect(delta).toBeLessThanOrEqual(row.pld * 1.01 + 1e-14);
      if (row.pld > 1e-12) expect(delta).toBeGreaterThan(row.pld * 0.999);
    },
  );

  it.each(reference.pureKfold)('$count pure events of $epsilon compose optimally', (row) => {
    const epsilon = pldAccountant.epsilon([{ kind: 'pure', epsilon: row.epsilon, count: row.count }], row.delta);
    expect(epsilon).toBeGreaterThanOrEqual(Number(row.exact) * (1 - 1e-15));
    expect(epsilon / Number(row.exact) - 1).toBeLessThan(1e-9);
  });

  it.each(reference.laplaceKfold)('$count discrete Laplace releases of epsilon $epsilon', (row) => {
    const scale = `${Math.round(1 / row.epsilon)}`;
    const event: PrivacyEvent = { kind: 'discrete-laplace', scale, l1Sensitivity: 1, count: row.count };
    const epsilon = pldAccountant.epsilon([event], row.delta);
    expect(epsilon).toBeGreaterThanOrEqual(row.discreteOptimistic - 1e-9);
    expect(epsilon).toBeLessThanOrEqual(row.discretePessimistic + 1e-6);
  });

  it.each(reference.discreteGaussianKfold)('$count discrete Gaussians of variance $variance', (row) => {
    const epsilon = pldAccountant.epsilon([marginal(row.variance, row.count)], row.delta);
    expect(epsilon).toBeGreaterThanOrEqual(row.optimistic * (1 - 1e-12));
    expect(epsilon).toBeLessThanOrEqual(row.pessimistic * (1 + 1e-5));
  });

  it.each(reference.discreteGaussianDelta)(
    'one discrete Gaussian of variance $variance is not the continuous one',
    (row) => {
      const delta = pldAccountant.delta([marginal(row.variance)], row.epsilon);
      expect(delta).toBeGreaterThanOrEqual(Number(row.exact) * (1 - 1e-15));
      expect(delta / Number(row.exact) - 1).toBeLessThan(1e-9);
      expect(delta).toBeGreaterThan(Number(row.continuous));
    },
  );

  it.each(reference.exponentialKfold)('$count selections are all charged', (row) => {
    const epsilon = pldAccountant.epsilon([selection(row.epsilon, row.count)], row.delta);
    const asList = pldAccountant.epsilon(Array(row.count).fill(selection(row.epsilon, 1)), row.delta);
    expect(asList).toBe(epsilon);
    expect(epsilon).toBeGreaterThan(6 * row.wrong);
    expect(epsilon).toBeLessThanOrEqual(row.rdp);
  });

  it('takes the dearer direction', () => {
    expect(pldAccountant.epsilon([dpsgd(1e-4, 0.5, 1)], 1e-6)).toBeGreaterThan(0.039);
  });
});

describe('PLD accountant against brute force', () => {
  it('three different discrete Gaussians: above full enumeration, and close', () => {
    const variances = fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 5 })));
    fc.assert(
      fc.property(variances, fc.double({ min: 0, max: 4, noNaN: true }), (list, epsilon) => {
        const exact = bruteDelta(list.map(lossAtoms), epsilon);
        fc.pre(exact > 1e-14);
        const delta = pldAccountant.delta(
          list.map((variance) => marginal(`${variance}`)),
          epsilon,
        );
        expect(delta).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
        expect(delta).toBeLessThanOrEqual(exact * 1.02);
      }),
      { numRuns: 12 },
    );
  });

  it('narrow and wide noise together: above full enumeration, and close', () => {
    for (const epsilon of [0.1, 0.5, 1.5]) {
      const exact = bruteDelta([lossAtoms(2), lossAtoms(20_000)], epsilon);
      const delta = pldAccountant.delta([marginal('2'), marginal('20000')], epsilon);
      expect(delta).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
      expect(delta).toBeLessThanOrEqual(exact * 1.02);
    }
  });

  it('randomised response of different sizes: above full enumeration, and close', () => {
    const sizes = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 3, noNaN: true }), (list, epsilon) => {
        const atoms = list.map((size) => [
          { loss: size, mass: 1 / (1 + Math.exp(-size)) },
          { loss: -size, mass: 1 / (1 + Math.exp(size)) },
        ]);
        const exact = bruteDelta(atoms, epsilon);
        const delta = pldAccountant.delta(
          list.map((size) => ({ kind: 'pure', epsilon: size, count: 1 })),
          epsilon,
        );
        expect(delta).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
        expect(delta).toBeLessThanOrEqual(exact + 0.01);
      }),
      { numRuns: 60 },
    );
  });

  it('selections: never below the best attacker who fixes one pair for all rounds', () => {
    for (const [range, count] of [
      [0.5, 10],
      [1, 4],
      [0.1, 30],
    ] as const) {
      const event = selection(`${range * 10}/10`, count);
      for (const epsilon of [0, range, range * 2.5]) {
        let worst = 0;
        for (let t = range / 200; t < range; t += range / 200) {
          worst = Math.max(worst, repeatedPairDelta(range, t, count, epsilon));
        }
        expect(pldAccountant.delta([event], epsilon)).toBeGreaterThanOrEqual(worst);
      }
    }
  });

  it('real exponential mechanisms on random scores stay below one selection', () => {
    const scores = fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.constantFrom(-1, 0, 1)), {
      minLength: 2,
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        scores,
        fc.constantFrom(0.25, 1, 4),
        fc.double({ min: 0, max: 4, noNaN: true }),
        (list, size, epsilon) => {
          const first = softmax(list.map(([score]) => (score * size) / 2));
          const second = softmax(list.map(([score, move]) => ((score + move) * size) / 2));
          const exact = first.reduce((sum, p, i) => sum + Math.max(0, p - Math.exp(epsilon) * second[i]!), 0);
          expect(pldAccountant.delta([selection(`${size * 4}/4`, 1)], epsilon)).toBeGreaterThanOrEqual(
            exact * (1 - 1e-12) - 1e-15,
          );
        },
      ),
    );
  });

  it('many selections cost at most what concentrated accounting says, and about what a Gaussian of that cost does', () => {
    const epsilon = pldAccountant.epsilon([selection('1/20', 100)], 1e-6);
    expect(epsilon).toBeLessThan(zcdpAccountant.epsilon([selection('1/20', 100)], 1e-6));
    expect(gaussianDelta((Math.sqrt(100) * 0.05) / 2, epsilon)).toBeGreaterThan(0.9e-6);
  });
});

describe('PLD accountant on mixtures', () => {
  it('a concentrated remainder costs at least the Gaussian noise of the same rho', () => {
    const noise = [marginal('50', 5)];
    const mixed = pldAccountant.epsilon([...noise, { kind: 'zcdp', rho: 0.02, count: 1 }], 1e-7);
    const gaussian = pldAccountant.epsilon(
      [...noise, { kind: 'gaussian', sigma: 5, l2Sensitivity: 1, count: 1 }],
      1e-7,
    );
    expect(mixed).toBeGreaterThan(gaussian);
    expect(mixed).toBeLessThan(zcdpAccountant.epsilon([...noise, { kind: 'zcdp', rho: 0.02, count: 1 }], 1e-7));
  });

  it('selections among measurements cost at most what concentrated accounting says', () => {
    for (const selections of [[selection('1/10', 20)], [selection('1/10', 10), selection('1/5', 5)]]) {
      const events = [marginal('400', 10), ...selections];
      const epsilon = pldAccountant.epsilon(events, 1e-9);
      expect(epsilon).toBeLessThan(zcdpAccountant.epsilon(events, 1e-9));
      expect(epsilon).toBeGreaterThan(pldAccountant.epsilon([marginal('400', 10)], 1e-9));
    }
  });

  it('several cells moving at once are charged at least as one cell', () => {
    const several: PrivacyEvent = {
      kind: 'discrete-gaussian',
      variance: '50',
      l2Sensitivity: 2,
      oneCell: false,
      count: 3,
    };
    const one: PrivacyEvent = { ...several, oneCell: true };
    expect(pldAccountant.epsilon([several, marginal('9')], 1e-6)).toBeGreaterThan(
      pldAccountant.epsilon([one, marginal('9')], 1e-6),
    );
  });

  it('a threshold adds its delta to the noise it shares with a marginal', () => {
    const keys: PrivacyEvent = {
      kind: 'stability-threshold',
      variance: '25',
      threshold: 40,
      l2Sensitivity: 1,
      delta: 1e-9,
      count: 2,
    };
    const delta = pldAccountant.delta([keys], 1);
    expect(delta).toBeGreaterThanOrEqual(pldAccountant.delta([marginal('25', 2)], 1) + 1.9e-9);
    expect(delta).toBeLessThan(pldAccountant.delta([marginal('25', 2)], 1) + 2.1e-9);
    expect(pldAccountant.epsilon([keys], 1e-9)).toBe(Number.POSITIVE_INFINITY);
  });

  it('hundreds of different noises are left to other accountants, so that no certificate keeps a verifier busy', () => {
    const different = (count: number) => Array.from({ length: count }, (_, index) => marginal(`${1000 + index}`));
    expect(pldAccountant.epsilon(different(501), 1e-6)).toBe(Number.POSITIVE_INFINITY);
    expect(tightestEpsilon(different(501), 1e-6)).toMatchObject({ accountant: 'zcdp' });
    const choices = Array.from({ length: 600 }, (_, index): PrivacyEvent => {
      return { kind: 'exponential', epsilon: `${Math.round(1000 * 1.01 ** index)}/1000000`, count: 1 };
    });
    expect(pldAccountant.epsilon(choices, 1e-6)).toBe(Number.POSITIVE_INFINITY);
    expect(tightestEpsilon(different(20), 1e-6)).toMatchObject({ accountant: 'pld' });
    expect(pldAccountant.epsilon(new Array<PrivacyEvent>(2000).fill(marginal('1000')), 1e-6)).toBeLessThan(10);
  });

  it('a Laplace threshold adds its delta to the noise it shares with Laplace counts, and is never called pure', () => {
    const noise: PrivacyEvent = { kind: 'discrete-laplace', scale: '10', l1Sensitivity: 1, count: 20 };
    const keys: PrivacyEvent = {
      kind: 'laplace-threshold',
      scale: '10',
      threshold: 200,
      l1Sensitivity: 1,
      delta: 1e-8,
      count: 20,
    };
    const added = pldAccountant.delta([keys], 1) - pldAccountant.delta([noise], 1);
    expect(added).toBeGreaterThan(0.99 * 2e-7 * (1 - pldAccountant.delta([noise], 1)));
    expect(added).toBeLessThan(2.01e-7);
    expect(pureAccountant.supports(keys)).toBe(false);
    expect(tightestEpsilon([keys], 1e-7).epsilon).toBe(Number.POSITIVE_INFINITY);
    // Above its own delta the epsilons of the noise bound it, as they would without a threshold.
    expect(tightestEpsilon([keys], 2.1e-7).epsilon).toBeLessThanOrEqual(2 * (1 + 1e-9));
  });
});

function softmax(logits: readonly number[]): number[] {
  const peak = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - peak));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Delta of `count` independent worst pairs of bounded range with ends t and t − range. */
function repeatedPairDelta(range: number, t: number, count: number, epsilon: number): number {
  const high = (Math.exp(range) - Math.exp(t)) / Math.expm1(range);
  let [delta, choose] = [0, 1];
  for (let wins = 0; wins <= count; wins++) {
    const loss = wins * t + (count - wins) * (t - range);
    const mass = choose * high ** wins * (1 - high) ** (count - wins);
    if (loss > epsilon) delta += -mass * Math.expm1(epsilon - loss);
    choose *= (count - wins) / (wins + 1);
  }
  return delta;
}
