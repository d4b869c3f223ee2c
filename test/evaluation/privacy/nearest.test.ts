import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignTables } from '../../../src/evaluation/aligned-tables.ts';
import { wilsonRate } from '../../../src/evaluation/intervals.ts';
import { gowerScale, packRows, scaleNames } from '../../../src/evaluation/privacy/gower.ts';
import { joinSearches, searchNearest } from '../../../src/evaluation/privacy/nearest.ts';
import { attackRisk, attacksNeeded } from '../../../src/evaluation/privacy/risk.ts';
import { allRows } from '../../../src/evaluation/selected-rows.ts';
import { schemaOf, tableFromTexts } from '../../support/evaluation-tables.ts';
import { hasReference, readReference } from '../../support/reference-cases.ts';
import { categorical, numeric } from '../../support/small-tables.ts';

const schema = schemaOf([numeric('n', 0, 10), categorical('c'), numeric('m', 0, 4)]);
type Row = readonly [number | null, string | null, number | null];
const row = fc.tuple(
  fc.option(fc.integer({ min: 0, max: 10 })),
  fc.option(fc.constantFrom('a', 'b', 'c')),
  fc.option(fc.integer({ min: 0, max: 4 })),
);
const rows = fc.array(row, { minLength: 1, maxLength: 25 });

function distance(a: Row, b: Row): number {
  const number = (x: number | null, y: number | null, range: number) =>
    x === null || y === null ? Number(x !== y) : Math.abs(x - y) * (1 / range);
  return number(a[0], b[0], 10) + number(a[2], b[2], 4) + Number(a[1] !== b[1]);
}

function prepare(real: readonly Row[], synthetic: readonly Row[]) {
  const table = (list: readonly Row[]) =>
    tableFromTexts(
      schema,
      ['n', 'c', 'm'],
      list.map((cells) => cells.map((cell) => (cell === null ? '' : String(cell)))),
    );
  const tables = alignTables(schema, { real: table(real), synthetic: table(synthetic) });
  const scale = gowerScale(tables);
  return (names: readonly string[] = scaleNames(scale)) => ({
    targets: packRows(tables, scale, { role: 'real', rows: allRows(real.length), names }),
    candidates: packRows(tables, scale, { role: 'synthetic', rows: allRows(synthetic.length), names }),
  });
}

describe('nearest neighbours', () => {
  it('agree with brute force: lowest index, distance, ties, and the reverse with its second', () => {
    fc.assert(
      fc.property(rows, rows, (real, synthetic) => {
        const pack = prepare(real, synthetic);
        const { views, reverse } = searchNearest({ views: [pack()], from: 0, to: real.length });
        real.forEach((target, at) => {
          const all = synthetic.map((candidate) => distance(target, candidate));
          const best = Math.min(...all);
          expect(views[0]?.distance[at]).toBeCloseTo(best, 12);
          expect(all[views[0]?.index[at] ?? -1]).toBeCloseTo(best, 12);
          expect(views[0]?.ties[at]).toBe(all.filter((d) => d === best).length);
        });
        synthetic.forEach((candidate, at) => {
          const sorted = real.map((target) => distance(target, candidate)).sort((a, b) => a - b);
          expect(reverse.first[at]).toBeCloseTo(sorted[0] ?? 0, 12);
          if (sorted.length > 1) expect(reverse.second[at]).toBeCloseTo(sorted[1] ?? 0, 12);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('parts joined are the whole', () => {
    fc.assert(
      fc.property(rows, rows, fc.nat(), (real, synthetic, at) => {
        const pack = prepare(real, synthetic);
        const search = (from: number, to: number) => searchNearest({ views: [pack(), pack(['c', 'n'])], from, to });
        const cut = at % (real.length + 1);
        const joined = joinSearches([search(0, cut), search(cut, real.length)], synthetic.length);
        expect(joined).toEqual(search(0, real.length));
      }),
      { numRuns: 60 },
    );
  });

  it('a value missing on both sides is no distance, on one side a whole one', () => {
    const pack = prepare(
      [[null, null, null]],
      [
        [5, 'a', 2],
        [null, null, null],
      ],
    );
    const { views, reverse } = searchNearest({ views: [pack()], from: 0, to: 1 });
    expect(views[0]?.index[0]).toBe(1);
    expect([...reverse.first]).toEqual([3, 0]);
  });
});

interface Functions {
  readonly success_rate: readonly {
    readonly n: number;
    readonly k: number;
    readonly confidence: number;
    readonly rate: number;
    readonly error: number;
  }[];
  readonly risk: readonly {
    readonly n_attacks: number;
    readonly n_success: number;
    readonly n_control: number | null;
    readonly risk: number;
    readonly ci: readonly [number, number];
  }[];
}

/** Two-sided normal quantiles of the confidence levels in the reference. */
const QUANTILES: Readonly<Record<string, number>> = {
  '0.68': 0.994457883209753,
  '0.9': 1.6448536269514722,
  '0.95': 1.959963984540054,
  '0.99': 2.5758293035489004,
};

describe('attack risk', () => {
  it.skipIf(!hasReference)('rates and risks equal the reference (skipped when ../shared is absent)', () => {
    const reference = readReference<Functions>('anonymeter_functions.json');
    for (const { n, k, confidence, rate, error } of reference.success_rate) {
      const z = QUANTILES[String(confidence)];
      if (z === undefined) continue;
      expect(wilsonRate(k, n, z).rate).toBeCloseTo(rate, 9);
      expect(wilsonRate(k, n, z).error).toBeCloseTo(error, 9);
    }
    for (const { n_attacks, n_success, n_control, risk, ci } of reference.risk) {
      if (n_control === null) continue;
      const found = attackRisk({
        attacks: n_attacks,
        successes: n_success,
        controlAttacks: n_attacks,
        controlSuccesses: n_control,
      });
      expect(found.risk).toBeCloseTo(risk, 9);
      expect(found.interval[0]).toBeCloseTo(ci[0], 9);
      expect(found.interval[1]).toBeCloseTo(ci[1], 9);
    }
  });

  it('a control that beats the attack shows before clipping', () => {
    const found = attackRisk({ attacks: 500, successes: 50, controlAttacks: 500, controlSuccesses: 100 });
    expect(found.risk).toBe(0);
    expect(found.unclippedRisk).toBeLessThan(-0.1);
  });

  it('tells how many attacks would settle it', () => {
    expect(attacksNeeded(0.75, 0.05)).toBeGreaterThan(8500);
    expect(attacksNeeded(0.75, 0.05)).toBeLessThan(9500);
  });
});
