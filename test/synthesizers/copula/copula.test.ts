import { describe, expect, it } from 'vitest';
import { createCodes, createCountSource } from '../../../src/marginals/memory-count-source.ts';
import { calibratePlan } from '../../../src/privacy/accounting/calibrate-plan.ts';
import { PrivacyRun } from '../../../src/privacy/privacy-run.ts';
import { Private } from '../../../src/privacy/private.ts';
import { createStream } from '../../../src/random/stream.ts';
import { copula } from '../../../src/synthesizers/copula/copula.ts';
import { createCopulaGenerator } from '../../../src/synthesizers/copula/copula-generator.ts';
import { type CopulaModel, loadCopula } from '../../../src/synthesizers/copula/copula-model.ts';
import type { FitInput, ModelParts, PlanShape } from '../../../src/synthesizers/synthesizer.ts';
import { oneFactorModel } from '../../support/copula-model.ts';
import { StreamBits } from '../../support/stream-bits.ts';

const EVEN8 = Array.from({ length: 8 }, () => 1 / 8);
const TRUTH = oneFactorModel([0.9, -0.7, 0.5, 0.8], [EVEN8, [0.1, 0.2, 0.4, 0.2, 0.1], [0.5, 0.3, 0.2], [0.6, 0.4]]);
const ROWS = 10_000;

const shapeOf = (model: CopulaModel, options: Partial<PlanShape> = {}): PlanShape => ({
  columns: model.domain.names,
  unitRows: 1,
  options: {},
  budget: { epsilon: 2, delta: 1e-6 },
  ...options,
});

interface Run {
  readonly seed: number;
  readonly shape?: Partial<PlanShape>;
  readonly orderedCells?: readonly number[];
  readonly rows?: number;
  readonly publicMarginals?: FitInput['publicMarginals'];
}

/** Fits rows drawn from `model`, with reproducible noise. */
async function fitRows(
  model: CopulaModel,
  { seed, shape, orderedCells, rows = ROWS, publicMarginals = [] }: Run,
): Promise<ModelParts> {
  const codes = model.domain.sizes.map((size) => createCodes(size, rows));
  if (rows > 0) createCopulaGenerator(model, 'iid')(rows, createStream(seed, 'truth'), codes);
  const full = shapeOf(model, shape);
  const { plan } = calibratePlan(copula.planShares(full), full.budget);
  return copula.fit({
    ...full,
    domain: model.domain,
    orderedCells: orderedCells ?? model.domain.sizes,
    binEnds: model.domain.sizes.map(() => undefined),
    source: Private.seal(createCountSource(model.domain, codes)),
    mechanisms: new PrivacyRun({ plan, bits: new StreamBits(seed) }),
    zeros: [],
    publicMarginals,
    plan,
  });
}

const PAIRS = [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].filter((b) => b > a).map((b) => 4 * a + b));

describe('copula', () => {
  it('finds the marginals and correlations that rows were drawn from, within stated errors at a 1e-6 false alarm', async () => {
    const found = loadCopula(TRUTH.domain, await fitRows(TRUTH, { seed: 1 }));
    for (const entry of PAIRS) {
      const error = Math.abs(found.correlations[entry]! - TRUTH.correlations[entry]!);
      // 5.3 standard errors for six pairs, and what shrinkage and the nearest matrix may add.
      expect(error).toBeLessThan(5.3 * found.standardErrors[entry]! + 0.01);
      expect(found.standardErrors[entry]).toBeLessThan(0.05);
    }
    found.shares.forEach((shares, column) => {
      shares.forEach((share, cell) => {
        const truth = TRUTH.shares[column]![cell]!;
        const sigma = Math.hypot(Math.sqrt(truth * (1 - truth) * ROWS), 40) / ROWS;
        expect(Math.abs(share - truth)).toBeLessThan(5.5 * sigma);
      });
    });
  });

  it('states 95 % intervals that hold the true correlation in about 95 % of fits', async () => {
    let [held, intervals] = [0, 0];
    for (let seed = 10; seed < 50; seed++) {
      const found = loadCopula(TRUTH.domain, await fitRows(TRUTH, { seed, rows: 4000 }));
      for (const entry of PAIRS) {
        const error = Math.abs(found.correlations[entry]! - TRUTH.correlations[entry]!);
        if (error <= 1.96 * found.standardErrors[entry]!) held++;
        intervals++;
      }
    }
    // 240 intervals; about 1e-6 below 0.87 at a coverage of 0.95.
    expect(held / intervals).toBeGreaterThan(0.87);
    expect(held / intervals).toBeLessThan(1);
  });

  it('orders categories of a nominal column so that the relation survives', async () => {
    const shuffled: CopulaModel = { ...TRUTH, orders: TRUTH.orders.map((order) => order.slice()) };
    shuffled.orders[1]!.set([3, 0, 4, 2, 1]);
    const orderedCells = [8, 0, 3, 2];
    const found = loadCopula(TRUTH.domain, await fitRows(shuffled, { seed: 3, orderedCells }));
    const order = found.orders[1]!;
    expect([order.join(), order.toReversed().join()]).toContain('3,0,4,2,1');
    expect(Math.abs(found.correlations[1]!)).toBeGreaterThan(0.5);
  });

  it('a faint signal goes to the pairs of the declared target', async () => {
    const shape = { target: 'c3', budget: { epsilon: 0.1, delta: 1e-6 }, population: 800 };
    const parts = await fitRows(TRUTH, { seed: 4, rows: 800, shape });
    const { standardErrors } = loadCopula(TRUTH.domain, parts);
    expect(standardErrors[3]).toBeLessThan(1);
    // No unit measurement was left for pairs without the target.
    expect([standardErrors[1], standardErrors[2], standardErrors[4 + 2]]).toEqual([1, 1, 1]);
  });

  it.each([
    ['no rows', { seed: 5, rows: 0 }],
    ['noise far above the counts', { seed: 6, rows: 5, shape: { budget: { epsilon: 0.01, delta: 1e-6 } } }],
  ])('makes a valid model of %s', async (_, run) => {
    const parts = await fitRows(TRUTH, run);
    const model = copula.open(TRUTH.domain, parts);
    const out = TRUTH.domain.sizes.map((size) => createCodes(size, 100));
    model.createGenerator('systematic')(100, createStream(1), out);
    out.forEach((codes, column) => {
      expect(Math.max(...codes)).toBeLessThan(TRUTH.domain.sizes[column]!);
    });
  });

  it('believes a published marginal of a column over noise', async () => {
    const shares = Float64Array.of(0.1, 0.2, 0.4, 0.2, 0.1);
    const faint = { seed: 12, rows: 500, shape: { budget: { epsilon: 0.1, delta: 1e-6 } } };
    const published = [{ clique: [1], shares, error: 0.001 }];
    const found = loadCopula(TRUTH.domain, await fitRows(TRUTH, { ...faint, publicMarginals: published }));
    shares.forEach((share, cell) => {
      expect(found.shares[1]![cell]).toBeCloseTo(share, 2);
    });
  });

  it('learns a single column', async () => {
    const single = oneFactorModel([0.5], [[0.2, 0.3, 0.5]]);
    const found = loadCopula(single.domain, await fitRows(single, { seed: 7 }));
    expect(found.shares[0]![2]).toBeCloseTo(0.5, 1);
    expect([...found.correlations]).toEqual([1]);
  });

  it('plans one event per column and one for all pairs, which covers entities of several rows', () => {
    const shares = copula.planShares(shapeOf(TRUTH, { unitRows: 3 }));
    expect(shares.map(({ label }) => label)).toEqual([
      'measure:c0',
      'measure:c1',
      'measure:c2',
      'measure:c3',
      'measure:pairs',
    ]);
    for (const share of shares)
      expect(share).toMatchObject({ kind: 'discrete-gaussian', l2Sensitivity: 3, oneCell: false });
    const total = shares.reduce((sum, share) => sum + share.weight * (share.count ?? 1), 0);
    expect(total).toBeCloseTo(1, 12);
  });

  it('describes itself by its correlations with their errors', async () => {
    const parts = await fitRows(TRUTH, { seed: 8 });
    const { columns, correlations, standardErrors } = copula.open(TRUTH.domain, parts).describe() as Record<
      string,
      never[][]
    >;
    expect(columns).toEqual(['c0', 'c1', 'c2', 'c3']);
    expect(correlations![0]![0]).toBe(1);
    expect(correlations![0]![1]).toBeLessThan(-0.4);
    expect(standardErrors![0]![1]).toBeGreaterThan(0);
  });
});

describe('a stored copula', () => {
  const edit = (parts: ModelParts, change: Partial<ModelParts>): ModelParts => ({ ...parts, ...change });
  const withArray = (parts: ModelParts, name: string, values: readonly number[]) =>
    edit(parts, { arrays: new Map([...parts.arrays, [name, Float64Array.from(values)]]) });

  it.each([
    ['orders of other columns', (parts: ModelParts) => edit(parts, { settings: { orders: [[0]] } })],
    [
      'an order that is no permutation',
      (parts: ModelParts) =>
        edit(parts, {
          settings: {
            orders: [
              [0, 0, 1, 2, 3, 4, 5, 6],
              [0, 1, 2, 3, 4],
              [0, 1, 2],
              [0, 1],
            ],
          },
        }),
    ],
    ['settings of another kind', (parts: ModelParts) => edit(parts, { settings: { orders: 'all' } })],
    ['too few shares', (parts: ModelParts) => withArray(parts, 'shares', [1])],
    [
      'negative shares',
      (parts: ModelParts) =>
        withArray(
          parts,
          'shares',
          Array.from({ length: 18 }, (_, k) => (k === 0 ? -1 : 1)),
        ),
    ],
    [
      'shares that do not sum to 1',
      (parts: ModelParts) =>
        withArray(
          parts,
          'shares',
          Array.from({ length: 18 }, () => 1),
        ),
    ],
    ['impossible correlations', (parts: ModelParts) => withArray(parts, 'correlations', [0.9, 0.9, -0.9, 0, 0, 0])],
    ['negative errors', (parts: ModelParts) => withArray(parts, 'standard-errors', [-1, 0, 0, 0, 0, 0])],
    ['a missing array', (parts: ModelParts) => edit(parts, { arrays: new Map() })],
  ])('is refused with %s', async (_, damage) => {
    const parts = await fitRows(TRUTH, { seed: 9, rows: 100 });
    expect(() => copula.open(TRUTH.domain, damage(parts))).toThrow(/^model: .*damaged/);
  });
});
