import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SelectedColumn } from '../../src/evaluation/selected-rows.ts';

/** What scikit-learn's trees say of test rows. */
export interface Classified {
  readonly trees: number;
  readonly auc: number;
  readonly accuracy: number;
  readonly f1: number;
  readonly first: readonly number[];
}

interface Reference {
  readonly words: Readonly<Record<string, Readonly<Record<'first' | 'last' | 'permutation', readonly number[]>>>>;
  readonly splits: readonly {
    readonly labels: readonly number[];
    readonly byLabel: readonly (readonly number[])[];
    readonly atRandom: readonly (readonly number[])[];
  }[];
  readonly thresholds: Readonly<
    Record<string, { readonly rows: number; readonly count: number; readonly some: readonly number[] }>
  >;
  readonly classified: Readonly<Record<string, Classified>>;
  readonly regressed: Readonly<
    Record<string, { readonly trees: number; readonly mean: number; readonly first: readonly number[] }>
  >;
}

/** Made by `test/reference/make-boosted-trees.py`, which says how. */
export const BOOSTED_TREES: Reference = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../reference/boosted-trees.json'), 'utf8'),
);

/** Numbers in [0, 1) of 23 bits, as `uniforms` of `make-boosted-trees.py`. */
export function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) / 2 ** 23;
  };
}

/** Rows of the table `formula` of `make-boosted-trees.py`. */
export interface FormulaRows {
  readonly columns: readonly SelectedColumn[];
  readonly labels: Float64Array;
  readonly numbers: Float64Array;
}

const NOTHING = Number.NaN;

/** One row of the table `formula`: eight cells (NaN is missing) and the value behind the targets. */
function formulaRow(u: () => number): { readonly cells: number[]; readonly value: number } {
  const a = u();
  const b = Math.floor(u() * 40);
  const amount = Math.floor(1000 / (1 + 99 * u()));
  const c = u() < 0.15 ? NOTHING : amount;
  const root = u();
  const e = Math.floor(root * root * 200);
  const drawn = Math.floor(u() * 4);
  const f = drawn === 3 ? NOTHING : drawn;
  const hundredths = Math.floor(u() * 1000) / 100;
  const h = f === 0 ? NOTHING : hundredths;
  const value = 2 * a + Number(b % 7 < 3) + 1.5 * Number(e % 5 === 0) + 0.5 * Number(Number.isNaN(c)) + 2 * u();
  return { cells: [a, b, c, 39 - b, e, f, (f + 1) % 3, h], value };
}

/** The table `formula` of `make-boosted-trees.py`; with `unseen` its rows also lack what training rows have. */
export function formulaTable(
  rows: number,
  { seed, unseen }: { readonly seed: number; readonly unseen: boolean },
): FormulaRows {
  const u = uniforms(seed);
  const cells = Array.from({ length: 8 }, () => new Float64Array(rows));
  const numbers = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const drawn = formulaRow(u);
    if (unseen && row % 11 === 0) drawn.cells.fill(NOTHING, 0, 2);
    if (unseen && row % 13 === 0) drawn.cells[4] = 201;
    drawn.cells.forEach((cell, column) => {
      cells[column]?.fill(cell, row, row + 1);
    });
    numbers[row] = drawn.value;
  }
  const columns = cells.map((values, column): SelectedColumn => {
    const size = [0, 0, 0, 0, 203, 4, 4, 0][column] ?? 0;
    if (size === 0) return { kind: 'number', values };
    return { kind: 'category', codes: Int32Array.from(values, (v) => (Number.isNaN(v) ? size - 1 : v)), size };
  });
  return { columns, labels: numbers.map((value) => Number(value > 3)), numbers };
}
