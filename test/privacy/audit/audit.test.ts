import { describe, expect, it } from 'vitest';
import { gaussianDelta } from '../../../src/privacy/accounting/costs/gaussian.ts';
import {
  type AuditFinding,
  type AuditSubject,
  provenLimits,
  refutes,
  runAudit,
} from '../../../src/privacy/audit/audit.ts';
import { claimOf, impliedMu, largestTruePositiveRate } from '../../../src/privacy/audit/claim.ts';
import { type MechanismFactory, mechanismSubjects } from '../../../src/privacy/audit/mechanism-cases.ts';
import { createStream } from '../../../src/random/stream.ts';
import {
  batches,
  dataDerivedBounds,
  forgottenComposition,
  halfNoise,
  honest,
  looseClipping,
  permuteAndFlip,
  subsampledGaussian,
  thresholdOffByOne,
} from '../../support/audit-mutants.ts';
import { FALSE_ALARM_RATE } from '../../support/goodness-of-fit.ts';
import { StreamBits } from '../../support/stream-bits.ts';

const EFFORT = { runsPerSide: 10_000, alpha: FALSE_ALARM_RATE };
const bits = (seed: string) => new StreamBits(`audit ${seed}`);

/** Findings of the mechanisms whose name contains `part`. */
async function auditMechanisms(create: MechanismFactory, part: string): Promise<AuditFinding[]> {
  const chosen = mechanismSubjects(create).filter(({ name }) => name.includes(part));
  expect(chosen.length).toBeGreaterThan(0);
  return Promise.all(chosen.map((subject) => runAudit(subject, EFFORT)));
}

describe('audit of mechanisms', () => {
  const subjects = mechanismSubjects(honest(bits('honest')));

  it.each(subjects.map((subject) => [subject.name, subject] as const))('%s keeps its claim', async (_, subject) => {
    const finding = await runAudit(subject, EFFORT);
    expect(finding.verdict).toBe('consistent');
    for (const { epsilon, epsilonLowerBound } of finding.bounds) expect(epsilonLowerBound).toBeLessThanOrEqual(epsilon);
    // The neighbours use up the claim, so the proof comes close to it; one pair cannot use up a pure selection.
    const { claimed, lowerBound, expectedLowerBound, smallestDetected } = finding.proof;
    expect(lowerBound).toBeLessThanOrEqual(claimed);
    // A subsampled claim is larger far out in the tail, where few runs go.
    const isLoose = /^exponential|subsampled/.test(finding.name);
    expect(lowerBound).toBeGreaterThan((isLoose ? 0.6 : 0.8) * expectedLowerBound);
    expect(smallestDetected).toBeGreaterThan(claimed);
  });
});

describe('known-bad mutants are caught', () => {
  it('batches of fixed size accounted as Poisson draws; real Poisson draws on the same rows are not', async () => {
    expect((await runAudit(batches(bits('fixed'), 'fixed'), EFFORT)).verdict).toBe('violated');
    expect((await runAudit(batches(bits('poisson'), 'poisson'), EFFORT)).verdict).toBe('consistent');
  });

  it.each([
    ['half the noise', 'discrete Gaussian, variance 25', halfNoise],
    ['half the noise', '9 discrete Gaussians', halfNoise],
    ['half the noise', 'discrete Laplace, scale 1', halfNoise],
    ['permute-and-flip accounted as exponential', '20 exponential mechanisms', permuteAndFlip],
    ['a threshold off by one', 'a key of one row', thresholdOffByOne],
    ['forgotten composition', 'discrete Gaussian, variance 25', forgottenComposition],
    ['half the noise', 'subsampled Gaussians', halfNoise],
    ['clipping at twice the norm', 'subsampled Gaussians', looseClipping],
  ] as const)('%s, on %s', async (_, part, mutant) => {
    for (const { verdict } of await auditMechanisms(mutant(bits(part)), part)) expect(verdict).toBe('violated');
  });

  it('bounds derived from the data', async () => {
    expect((await runAudit(dataDerivedBounds(bits('bounds')), { ...EFFORT, runsPerSide: 500 })).verdict).toBe(
      'violated',
    );
  });

  it('one direction of the subsampled Gaussian, while both directions stand', async () => {
    expect((await runAudit(subsampledGaussian('add'), EFFORT)).verdict).toBe('violated');
    expect((await runAudit(subsampledGaussian('both'), EFFORT)).verdict).toBe('consistent');
  });
});

describe('runAudit', () => {
  const gaussian = (mu: number): AuditSubject => {
    const stream = createStream(`gaussian ${mu}`);
    return {
      name: 'ideal Gaussian',
      setting: 'standard normal, shifted',
      test: 'gaussian',
      claim: claimOf([{ kind: 'gaussian', sigma: 1, l2Sensitivity: 1, count: 1 }]),
      run: async (side) => stream.nextNormal() + (side === 'with' ? mu : 0),
    };
  };

  /** Exact guarantees of the unit Gaussian at a few epsilons, so that the claim has no slack there. */
  const exactGaussian = {
    claim: [0.5, 1, 2, 3].map((epsilon) => ({ epsilon, delta: gaussianDelta(1, epsilon) })),
  };

  it('accepts a leak as large as claimed and refutes one half as large again', async () => {
    const effort = { ...EFFORT, runsPerSide: 40_000 };
    expect((await runAudit(gaussian(1), effort)).verdict).toBe('consistent');
    expect((await runAudit(gaussian(1.5), effort)).verdict).toBe('violated');
  });

  it('false alarms are as rare as promised', () => {
    const stream = createStream('false alarms');
    const { claim } = exactGaussian;
    const normals = (shift: number) => Float64Array.from({ length: 400 }, () => stream.nextNormal() + shift);
    const alarms = Array.from({ length: 200 }, () =>
      refutes(claim, provenLimits(claim, { without: normals(0), with: normals(1) }, 0.2)),
    ).filter(Boolean).length;
    expect(alarms).toBeLessThan(0.2 * 200);
  });

  it('draws the claimed curve above the measured one and both from corner to corner', async () => {
    const { curve, proof } = await runAudit(gaussian(0.7), EFFORT);
    expect(curve.claimed[0]?.falsePositive).toBe(0);
    expect(curve.claimed.at(-1)).toEqual({ falsePositive: 1, truePositive: 1 });
    expect(curve.measured[0]).toEqual({ falsePositive: 0, truePositive: 0 });
    expect(curve.measured.at(-1)).toEqual({ falsePositive: 1, truePositive: 1 });
    const middle = curve.measured.find(({ falsePositive }) => falsePositive > 0.3)!;
    expect(middle.truePositive).toBeLessThan(largestTruePositiveRate(gaussian(1).claim, middle.falsePositive));
    expect(proof.lowerBound).toBeLessThan(0.7);
  });

  it('reports progress and stops when cancelled', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const onRun = (done: number, total: number) => {
      seen.push(done);
      expect(total).toBe(EFFORT.runsPerSide);
      if (done === 5) controller.abort();
    };
    const audit = runAudit(gaussian(1), EFFORT, { signal: controller.signal, onRun });
    await expect(audit).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    { runsPerSide: 99, alpha: 0.1 },
    { runsPerSide: 1.5, alpha: 0.1 },
    { runsPerSide: 1000, alpha: 0 },
    { runsPerSide: 1000, alpha: Number.NaN },
  ])('refuses $runsPerSide runs at alpha $alpha', async (effort) => {
    await expect(runAudit(gaussian(1), effort)).rejects.toThrow(/at least 100 runs/);
  });
});

describe('claims', () => {
  it('the region of one guarantee is the one of hypothesis testing', () => {
    const claim = [{ epsilon: Math.log(2), delta: 0.1 }];
    expect(largestTruePositiveRate(claim, 0)).toBeCloseTo(0.1, 14);
    expect(largestTruePositiveRate(claim, 0.2)).toBeCloseTo(0.5, 14);
    expect(largestTruePositiveRate(claim, 0.5)).toBeCloseTo(0.8, 14);
    expect(largestTruePositiveRate(claim, 1)).toBe(1);
  });

  it('pure events are claimed at delta 0 and thresholds just above their failure', () => {
    expect(claimOf([{ kind: 'exponential', epsilon: '1/2', count: 4 }])[0]?.delta).toBe(0);
    expect(claimOf([{ kind: 'exponential', epsilon: '1/2', count: 4 }])[0]?.epsilon).toBeCloseTo(2, 10);
    const event = { variance: '9', threshold: 9, l2Sensitivity: 1, delta: 0.01, count: 1 };
    const failing = claimOf([{ kind: 'stability-threshold', ...event }]);
    expect(failing[0]?.delta).toBeGreaterThan(0.01);
    expect(failing[0]?.delta).toBeLessThan(0.0101);
  });

  it('the implied mu of a Gaussian is at least its own', () => {
    const claim = claimOf([{ kind: 'gaussian', sigma: 2, l2Sensitivity: 1, count: 1 }]);
    expect(impliedMu(claim)).toBeGreaterThanOrEqual(0.5);
    expect(impliedMu(claim)).toBeLessThan(0.56);
  });
});
