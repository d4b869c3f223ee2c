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
  readonly missingCodes?: readonly (number | undefined)[];
  readonly rows?: number;
  readonly publicMarginals?: FitInput['publicMarginals'];
}

/** Fits rows drawn from `model`, with reproducible noise. */
async function fitRows(
  model: CopulaModel,
  { seed, shape, orderedCells, missingCodes, rows = ROWS, publicMarginals = [] }: Run,
): Promise<ModelParts> {
  const codes = model.domain.sizes.map((size) => createCodes(size, rows));
  if (rows > 0) createCopulaGenerator(model, 'iid')(rows, createStream(seed, 'truth'), codes);
  const full = shapeOf(model, shape);
  const { plan } = calibratePlan(copula.planShares(full), full.budget);
  return copula.fit({
    ...full,
    domain: model.domain,
    orderedCells: orderedCells ?? model.domain.sizes,
    missingCodes: missingCodes ?? model.domain.sizes.map(() => undefined),
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
    ['no rows of columns that may be missing', { seed: 5, rows: 0, missingCodes: [7, 4, undefined, 1] }],
    [
      'noise far above the counts of columns that may be missing',
      { seed: 6, rows: 5, missingCodes: [7, 4, 2, 1], shape: { budget: { epsilon: 0.01, delta: 1e-6 } } },
    ],
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

/**
 * The second and the third column are missing together, where the first column is high; the value of the second has nothing
 * to do with it.
 */
const MISSING = oneFactorModel(
  [0.85, 0, 0.5, 0.6, 0.8, 0.9],
  [EVEN8, [0.2, 0.3, 0.3, 0.2], [0.15, 0.35, 0.2, 0.3], [0.6, 0.4]],
  [1, 2],
);
const [VALUE_1, MISSING_1, MISSING_2] = [1, 4, 5] as const;

describe('a copula of columns that may be missing', () => {
  const fitted = (seed: number, budget = { epsilon: 2, delta: 1e-6 }) =>
    fitRows(MISSING, {
      seed,
      shape: { budget },
      orderedCells: [8, 3, 3, 2],
      missingCodes: [undefined, 3, 3, undefined],
    });

  it('finds how missing values go together and with other columns, apart from the values', async () => {
    const found = loadCopula(MISSING.domain, await fitted(21));
    expect(found.indicators).toEqual([
      { column: 1, code: 3 },
      { column: 2, code: 3 },
    ]);
    const size = 6;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < row; column++) {
        // No row shows a value and that it is missing.
        const isOwn = row === column + 3 && row >= MISSING_1;
        const entry = row * size + column;
        if (isOwn) expect(found.standardErrors[entry]).toBe(1);
        else {
          const error = Math.abs(found.correlations[entry]! - MISSING.correlations[entry]!);
          expect(error).toBeLessThan(5.6 * found.standardErrors[entry]! + 0.02);
          expect(found.standardErrors[entry]).toBeLessThan(0.07);
        }
      }
    }
    expect(found.correlations[MISSING_1 * size + MISSING_2]).toBeGreaterThan(0.6);
    expect(Math.abs(found.correlations[VALUE_1 * size]!)).toBeLessThan(0.1);
  });

  it('draws rows in which missing values depend on another column, and are missing together, as in the table', async () => {
    const model = copula.open(MISSING.domain, await fitted(22));
    const rows = 65_536;
    const draw = (open: typeof model.createGenerator) => {
      const out = MISSING.domain.sizes.map((size) => createCodes(size, rows));
      open('systematic')(rows, createStream(3), out);
      const share = (of: (codes: readonly number[]) => boolean) =>
        Array.from({ length: rows }, (_, row) => row).filter((row) => of(out.map((codes) => codes[row]!))).length /
        rows;
      return {
        together: share(([, b, c]) => b === 3 && c === 3),
        alone: share(([, b, c]) => b === 3 && c !== 3),
        whereHigh: share(([a, b]) => a! >= 6 && b === 3),
        whereLow: share(([a, b]) => a! < 2 && b === 3),
        lowValueWhereHigh: share(([a, b]) => a! >= 6 && b === 0),
      };
    };
    const [found, truth] = [draw(model.createGenerator), draw((method) => createCopulaGenerator(MISSING, method))];
    // 10,000 rows and noise of some ten rows: 0.02 is five standard errors of a share of 0.15.
    for (const [name, share] of Object.entries(truth)) {
      expect(Math.abs(found[name as keyof typeof found] - share), name).toBeLessThan(0.02);
    }
    expect(truth.together).toBeGreaterThan(0.14);
    expect(found.whereHigh).toBeGreaterThan(10 * found.whereLow);
  });

  it('keeps the shares of all cells, missing ones included', async () => {
    const parts = await fitted(23);
    const model = copula.open(MISSING.domain, parts);
    const rows = 65_536;
    const out = MISSING.domain.sizes.map((size) => createCodes(size, rows));
    model.createGenerator('systematic')(rows, createStream(4), out);
    model.shares!().forEach((shares, column) => {
      shares.forEach((share, code) => {
        const drawn = Array.from(out[column]!).filter((other) => other === code).length / rows;
        expect(Math.abs(drawn - share)).toBeLessThan(0.003);
      });
    });
  });

  it('names its indicators where it describes itself', async () => {
    const { columns, correlations } = copula.open(MISSING.domain, await fitted(24)).describe() as Record<
      string,
      never[]
    >;
    expect(columns).toEqual(['c0', 'c1', 'c2', 'c3', 'c1 missing', 'c2 missing']);
    expect(correlations).toHaveLength(6);
  });

  it.each([
    ['indicators out of order', (indicators: object[]) => indicators.toReversed()],
    ['an indicator of a column that is not there', () => [{ column: 9, code: 3 }]],
    [
      'an indicator of another code',
      () => [
        { column: 1, code: 2 },
        { column: 2, code: 3 },
      ],
    ],
    ['fewer indicators than its correlations are for', (indicators: object[]) => indicators.slice(1)],
  ])('is refused with %s', async (_, damage) => {
    const parts = await fitted(25, { epsilon: 1, delta: 1e-6 });
    const settings = { ...parts.settings, indicators: damage(parts.settings.indicators as object[]) };
    expect(() => copula.open(MISSING.domain, { ...parts, settings } as ModelParts)).toThrow(/^model: .*damaged/);
  });

  it('of an earlier version has its missing cells on the axes of their columns', async () => {
    const earlier = await fitRows(TRUTH, { seed: 26 });
    expect(earlier.settings.indicators).toBeUndefined();
    expect(loadCopula(TRUTH.domain, earlier).indicators).toEqual([]);
  });
});

describe('a stored copula', () => {
  const edit = (parts: ModelParts, change: Partial<ModelParts>): ModelParts => ({ ...parts, ...change });
  const withArray = (parts: ModelParts, name: string, values: readonly number[]) =>
    edit(parts, { arrays: new Map([...parts.arrays, [name, Float64Array.from(values)]]) });

  it.each([
    [
      'orders of other columns',
      (parts: ModelParts) => edit(parts, { settings: { orders: [[0]] } }),
      /settings.orders has 1 orders for 4 columns/,
    ],
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
      /order of column 0 is no permutation/,
    ],
    ['settings of another kind', (parts: ModelParts) => edit(parts, { settings: { orders: 'all' } }), /not as written/],
    [
      'too few shares',
      (parts: ModelParts) => withArray(parts, 'shares', [1]),
      /array "shares" holds 1 numbers, not 18/,
    ],
    [
      'negative shares',
      (parts: ModelParts) =>
        withArray(
          parts,
          'shares',
          Array.from({ length: 18 }, (_, k) => (k === 0 ? -1 : 1)),
        ),
      /a share is -1; shares are 0 or more/,
    ],
    [
      'shares that do not sum to 1',
      (parts: ModelParts) =>
        withArray(
          parts,
          'shares',
          Array.from({ length: 18 }, () => 1),
        ),
      /sum to 8, not to 1/,
    ],
    [
      'impossible correlations',
      (parts: ModelParts) => withArray(parts, 'correlations', [0.9, 0.9, -0.9, 0, 0, 0]),
      /not positive definite/,
    ],
    [
      'negative errors',
      (parts: ModelParts) => withArray(parts, 'standard-errors', [-1, 0, 0, 0, 0, 0]),
      /a standard error is -1;/,
    ],
    ['a missing array', (parts: ModelParts) => edit(parts, { arrays: new Map() }), /is missing/],
  ])('is refused with %s, and the value found is named', async (_, damage, found) => {
    const parts = await fitRows(TRUTH, { seed: 9, rows: 100 });
    expect(() => copula.open(TRUTH.domain, damage(parts))).toThrow(/^model: .*damaged/);
    expect(() => copula.open(TRUTH.domain, damage(parts))).toThrow(found);
  });
});
