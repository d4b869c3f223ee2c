import { describe, expect, it } from 'vitest';
import { createDomain } from '../../src/marginals/domain.ts';
import { createCountSource } from '../../src/marginals/memory-count-source.ts';
import { rationalToNumber } from '../../src/math/rational.ts';
import { calibratePlan } from '../../src/privacy/accounting/calibrate-plan.ts';
import type { PrivacyPlan } from '../../src/privacy/mechanisms.ts';
import { PrivacyRun } from '../../src/privacy/privacy-run.ts';
import { Private } from '../../src/privacy/private.ts';
import {
  estimateRows,
  measureMarginal,
  oneWayCliques,
  pairCliques,
  plannedEpsilon,
  plannedEvent,
  plannedVariance,
  selectWorst,
} from '../../src/synthesizers/measure.ts';
import { planOneWay, runOneWayPhase } from '../../src/synthesizers/one-way-phase.ts';
import type { FitInput } from '../../src/synthesizers/synthesizer.ts';
import { Recorder } from '../support/record-replay.ts';
import { StreamBits } from '../support/stream-bits.ts';

const PLAN: PrivacyPlan = [
  { label: 'choose', purpose: 'choice', event: { kind: 'exponential', epsilon: '200/1', count: 1 } },
  {
    label: 'count',
    purpose: 'counts',
    event: { kind: 'discrete-gaussian', variance: '9/4', l2Sensitivity: 1, oneCell: true, count: 1 },
  },
];

/** Rows (a, b) with a in 0 … 2 and b in 0 … 1. */
const A = Uint8Array.of(0, 0, 1, 2, 2, 2);
const B = Uint8Array.of(0, 1, 1, 0, 0, 0);

function inputOf(plan: PrivacyPlan, change: Partial<FitInput> = {}): { input: FitInput; recorder: Recorder } {
  const domain = createDomain(['a', 'b'], [3, 2]);
  const recorder = new Recorder(new PrivacyRun({ plan, bits: new StreamBits('measure') }));
  const input: FitInput = {
    ...{
      columns: ['a', 'b'],
      unitRows: 1,
      options: {},
      budget: { epsilon: 1, delta: 1e-6 },
      plan,
      domain,
      orderedCells: [0, 0],
      missingCodes: [undefined, undefined],
      binEnds: [undefined, undefined],
      zeros: [],
      publicMarginals: [],
    },
    source: Private.seal(createCountSource(domain, [A, B])),
    mechanisms: recorder.mechanisms,
    ...change,
  };
  return { input, recorder };
}

/** What the first recorded call was computed from. */
function firstStatistic({ calls }: Recorder): number[] {
  return [...(calls[0]?.statistic.values() ?? [])];
}

describe('selectWorst', () => {
  const request = {
    label: 'choose',
    cliques: [[0], [1], [0, 1]],
    weights: [1, 3, 2],
    estimates: [Float64Array.of(2, 1.4, 2.6), Float64Array.of(2, 4), Float64Array.of(1, 1, 1, 1, 1, 1)],
    penalties: [0, 1.4, 2.5],
  };

  it('scores weight × (distance to the rounded estimate − rounded penalty), with the sensitivity of the largest weight', async () => {
    const { input, recorder } = inputOf(PLAN);
    await selectWorst(input, request);
    // Counts: a = 2, 1, 3; b = 4, 2; (a, b) = 1, 1, 0, 1, 3, 0. Estimates round to 2, 1, 3; 2, 4; all ones.
    expect(firstStatistic(recorder)).toEqual([1 * 0, 3 * (4 - 1), 2 * (4 - 3)]);
    const { sensitivity, candidates } = recorder.calls[0]?.request ?? {};
    expect(candidates).toBe(3);
    expect(rationalToNumber(sensitivity ?? { numerator: 0n, denominator: 1n })).toBe(3);
  });

  it('multiplies the sensitivity by the rows of a unit', async () => {
    const { input, recorder } = inputOf(PLAN, { unitRows: 4 });
    await selectWorst(input, request);
    expect(recorder.calls[0]?.request.sensitivity).toMatchObject({ numerator: 12n, denominator: 1n });
  });

  it('chooses the worst candidate when the budget is huge', async () => {
    expect(await selectWorst(inputOf(PLAN).input, request)).toBe(1);
  });

  it('one row more moves no score by more than its weight', async () => {
    const { input, recorder } = inputOf(PLAN);
    await selectWorst(input, request);
    for (const [a, b] of [
      [0, 0],
      [2, 1],
      [1, 0],
    ] as const) {
      const source = createCountSource(input.domain, [Uint8Array.from([...A, a]), Uint8Array.from([...B, b])]);
      const more = inputOf(PLAN, { source: Private.seal(source) });
      await selectWorst(more.input, request);
      const [before, after] = [firstStatistic(recorder), firstStatistic(more.recorder)];
      request.weights.forEach((weight, index) => {
        expect(Math.abs(after[index]! - before[index]!)).toBeLessThanOrEqual(weight);
      });
    }
  });
});

describe('measureMarginal', () => {
  it('asks for the counts of its clique under its label and states the planned variance', async () => {
    const { input, recorder } = inputOf(PLAN);
    const { clique, counts, variance } = await measureMarginal(input, [0, 1], 'count');
    expect(firstStatistic(recorder)).toEqual([1, 1, 0, 1, 3, 0]);
    expect({ clique, variance, cells: counts.length }).toEqual({ clique: [0, 1], variance: 2.25, cells: 6 });
  });

  it('an event that is not planned, or of another kind, is a bug', () => {
    const { input } = inputOf(PLAN);
    expect(() => plannedEvent(input, 'nothing')).toThrow(/no event is labelled "nothing"/);
    expect(() => plannedVariance(input, 'choose')).toThrow(/it has no variance/);
    expect(() => plannedEpsilon(input, 'count')).toThrow(/it has no epsilon/);
    expect(plannedEpsilon(input, 'choose')).toBe(200);
  });
});

describe('estimateRows', () => {
  it('weighs totals by their precision: variance times cells', () => {
    const counts = (values: readonly number[], variance: number) => ({
      clique: [0],
      counts: Float64Array.from(values),
      variance,
    });
    // Totals 100 (variance 2·1) and 130 (variance 2·4): (100/2 + 130/8) / (1/2 + 1/8) = 106.
    expect(estimateRows([counts([40, 60], 1), counts([70, 60], 4)])).toBe(106);
    expect(estimateRows([counts([-40, 6], 1)])).toBe(0);
    expect(estimateRows([])).toBe(0);
  });
});

describe('the one-way phase', () => {
  const shape = { columns: ['a', 'b'], unitRows: 1, options: {}, budget: { epsilon: 5, delta: 1e-6 } };
  const { plan } = calibratePlan(planOneWay(shape, 1), shape.budget);

  it('estimates the number of rows without bias, within the stated precision, from the planned events alone', async () => {
    const rows = 500;
    const domain = createDomain(['a', 'b'], [3, 2]);
    const a = Uint8Array.from({ length: rows }, (_, row) => row % 3);
    const b = Uint8Array.from({ length: rows }, (_, row) => row % 2);
    const source = Private.seal(createCountSource(domain, [a, b]));
    const runs = 400;
    let sum = 0;
    for (let run = 0; run < runs; run++) {
      const mechanisms = new PrivacyRun({ plan, bits: new StreamBits(run) });
      const phase = await runOneWayPhase({ ...inputOf(plan).input, ...shape, domain, source, mechanisms });
      expect(mechanisms.unspent).toEqual([]);
      sum += phase.rows - rows;
    }
    const variances = plan.map(({ label }, index) => plannedVariance({ plan }, label) * domain.sizes[index]!);
    const variance = 1 / variances.reduce((precision, v) => precision + 1 / v, 0);
    // Mean of 400 estimates, each rounded: 4.9 standard errors are a false alarm of 1e-6.
    expect(Math.abs(sum / runs)).toBeLessThan(4.9 * Math.sqrt((variance + 1 / 12) / runs));
  });
});

describe('cliques', () => {
  it('lists every column and every pair once', () => {
    const domain = createDomain(['a', 'b', 'c'], [2, 2, 2]);
    expect(oneWayCliques(domain)).toEqual([[0], [1], [2]]);
    expect(pairCliques(domain)).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
  });
});
