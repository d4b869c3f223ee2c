import { describe, expect, it } from 'vitest';
import { rational } from '../../src/math/rational.ts';
import { claimReleases, continueReleases, stepsPerClaim } from '../../src/privacy/claimed-releases.ts';
import type { Mechanisms, Released } from '../../src/privacy/mechanisms.ts';
import { Private } from '../../src/privacy/private.ts';
import { ReplayedReleases } from '../../src/privacy/recorded-releases.ts';

const label = 'draw';
const SENSITIVITY = rational(1n);
/** A call of every mechanism. */
const CALLS: readonly (readonly [keyof Mechanisms, (mechanisms: Mechanisms) => Promise<unknown>])[] = [
  ['discreteGaussian', (m) => m.discreteGaussian(Private.seal(new Float64Array(1)), { label, cells: 1 })],
  ['discreteLaplace', (m) => m.discreteLaplace(Private.seal(new Float64Array(1)), { label, cells: 1 })],
  [
    'exponential',
    (m) => m.exponential(Private.seal(new Float64Array(2)), { label, candidates: 2, sensitivity: SENSITIVITY }),
  ],
  [
    'exponentialByPart',
    (m) => m.exponentialByPart(Private.seal(new Float64Array(2)), { label, candidates: [2], sensitivity: SENSITIVITY }),
  ],
  ['stabilityHistogram', (m) => m.stabilityHistogram(Private.seal(new Map()), { label })],
  [
    'subsampledGaussian',
    (m) =>
      m.subsampledGaussian(Private.seal({ rows: 0, sum: () => new Float64Array(1) }), {
        ...{ label, coordinates: 1, l2Bound: 1 },
      }),
  ],
];

/** Mechanisms that note the order of what happens and draw nothing. */
function noting(happened: string[]): Mechanisms {
  const drawn = async (): Promise<Released<never>> => {
    happened.push('draw');
    return { value: 0 as never, entry: 0 };
  };
  return {
    discreteGaussian: drawn,
    discreteLaplace: drawn,
    exponential: drawn,
    exponentialByPart: drawn,
    stabilityHistogram: drawn,
    subsampledGaussian: drawn,
  };
}

describe('claimed releases', () => {
  it('every mechanism has a case here', () => {
    expect(CALLS.map(([name]) => name).sort()).toEqual(Object.keys(noting([])).sort());
  });

  it.each(CALLS)('%s draws after its claim is on record, and not at all when the claim is refused', async (_, call) => {
    const happened: string[] = [];
    const claim = async (claimed: string, draws: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      happened.push(`claim ${claimed} ${draws}`);
    };
    const steps = () => ({ planned: 1, left: 1 });
    await call(claimReleases(noting(happened), { claim, steps }));
    expect(happened).toEqual(['claim draw 1', 'draw']);
    const refused = () => Promise.reject(new Error('begun before'));
    await expect(call(claimReleases(noting(happened), { claim: refused, steps }))).rejects.toThrow('begun before');
    expect(happened).toHaveLength(2);
  });

  it('steps are claimed ahead by fiftieths, never more than are left, and one more is asked for and not taken', async () => {
    expect([1, 50, 51, 1000].map(stepsPerClaim)).toEqual([1, 1, 2, 20]);
    const happened: string[] = [];
    const claim = async (_: string, draws: number) => {
      if (happened.filter((what) => what === 'draw').length >= 45) throw new Error('none is left');
      happened.push(`claim ${draws}`);
    };
    const claimed = claimReleases(noting(happened), { claim, steps: () => ({ planned: 1000, left: 45 }) });
    const [, step] = CALLS.find(([name]) => name === 'subsampledGaussian')!;
    for (let taken = 0; taken < 45; taken++) await step(claimed);
    expect(happened.filter((what) => what !== 'draw')).toEqual(['claim 20', 'claim 20', 'claim 5']);
    expect(happened.indexOf('claim 5')).toBe(42);
    await expect(step(claimed)).rejects.toThrow('none is left');
    expect(happened.filter((what) => what === 'draw')).toHaveLength(45);
  });

  it('what is recorded is not drawn again, and steps always are new', async () => {
    const happened: string[] = [];
    const record = { label, entry: 7, data: { kind: 'numbers', numbers: [3] } } as const;
    const going = continueReleases(new ReplayedReleases([record]), noting(happened));
    const [, count] = CALLS[0]!;
    expect(await count(going)).toEqual({ value: Float64Array.of(3), entry: 7 });
    expect(happened).toEqual([]);
    for (const [, call] of CALLS) await call(going).catch(() => {});
    expect(happened).toEqual(['draw']);
    await going.discreteGaussian(Private.seal(new Float64Array(1)), { label: 'another', cells: 1 });
    expect(happened).toEqual(['draw', 'draw']);
  });
});
