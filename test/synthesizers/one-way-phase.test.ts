import { describe, expect, it } from 'vitest';
import { createDomain } from '../../src/marginals/domain.ts';
import { createCountSource } from '../../src/marginals/memory-count-source.ts';
import { calibratePlan } from '../../src/privacy/accounting/calibrate-plan.ts';
import { PrivacyRun } from '../../src/privacy/privacy-run.ts';
import { Private } from '../../src/privacy/private.ts';
import { planOneWay, runOneWayPhase } from '../../src/synthesizers/one-way-phase.ts';
import type { FitInput, PlanShape } from '../../src/synthesizers/synthesizer.ts';
import { StreamBits } from '../support/stream-bits.ts';

const CELLS = 16;
const ROWS = 600;

/** Two columns with the same bell of counts. */
const CODES = Uint8Array.from({ length: ROWS }, (_, row) => {
  const share = (row + 0.5) / ROWS;
  return Math.max(0, Math.min(CELLS - 1, Math.round(CELLS / 2 + 2.5 * Math.log(share / (1 - share)))));
});
const TRUTH = new Float64Array(CELLS);
for (const code of CODES) TRUTH[code]!++;

const SHAPE: PlanShape = {
  columns: ['axis', 'names'],
  unitRows: 1,
  options: {},
  budget: { epsilon: 0.3, delta: 1e-6 },
};

function phaseOf(seed: string, change: Partial<FitInput> = {}) {
  const { plan } = calibratePlan(planOneWay(SHAPE, 1), SHAPE.budget);
  const domain = createDomain(['axis', 'names'], [CELLS, CELLS]);
  return runOneWayPhase({
    ...SHAPE,
    plan,
    domain,
    orderedCells: [CELLS, 0],
    binEnds: [undefined, undefined],
    missingCodes: [undefined, undefined],
    zeros: [],
    publicMarginals: [],
    source: Private.seal(createCountSource(domain, [CODES, CODES])),
    mechanisms: new PrivacyRun({ plan, bits: new StreamBits(seed) }),
    ...change,
  });
}

/** Counts of a column over original cells, merged ones split as rows would be. */
function countsOf({ measurements, merges }: Awaited<ReturnType<typeof runOneWayPhase>>, column: number): number[] {
  const merge = merges[column];
  const counts = measurements[column]!.counts;
  if (merge === undefined) return [...counts];
  const within = new Float64Array(counts.length);
  for (const [cell, weight] of merge.weights.entries()) within[merge.recoding.codes[cell]!]! += weight;
  return Array.from(merge.weights, (weight, cell) => {
    const merged = merge.recoding.codes[cell]!;
    return within[merged]! > 0 ? (counts[merged]! * weight) / within[merged]! : 0;
  });
}

const errorOf = (counts: readonly number[]) =>
  counts.reduce((sum, count, cell) => sum + Math.abs(count - TRUTH[cell]!), 0);

describe('runOneWayPhase', () => {
  it('errs much less on a column along an axis than on names with the same counts and noise', async () => {
    let [axis, names] = [0, 0];
    for (const seed of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const phase = await phaseOf(seed);
      axis += errorOf(countsOf(phase, 0));
      names += errorOf(countsOf(phase, 1));
    }
    expect(axis).toBeLessThan(0.7 * names);
  });

  it('keeps integers as released on names, and says nothing of less noise on either', async () => {
    const { measurements, merges } = await phaseOf('a');
    const kept = measurements[1]!.counts.filter((_, cell) => cell < merges[1]!.recoding.size - 1);
    expect(kept.every(Number.isInteger)).toBe(true);
    expect(measurements[0]!.variance).toBe(measurements[1]!.variance);
  });

  it('leaves a column alone that public knowledge speaks about', async () => {
    const zeros = [{ clique: [0], values: new Float64Array(CELLS) }];
    const { measurements, merges } = await phaseOf('a', { zeros });
    expect(merges[0]).toBeUndefined();
    expect(measurements[0]!.counts.every(Number.isInteger)).toBe(true);
  });
});
