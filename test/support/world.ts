import { createHash } from 'node:crypto';
import { expect } from 'vitest';

/** Two-sided normal quantile at a false-alarm rate of 1e-6, with a little slack for skewed sums. */
export const Z_ONE_IN_A_MILLION = 5;

/** Arithmetic mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Largest deviation of an observed share of `rows` rows at the shared false-alarm rate, plus one row. */
export function proportionError(share: number, rows: number): number {
  return Z_ONE_IN_A_MILLION * Math.sqrt((share * (1 - share)) / rows) + 1 / rows;
}

/**
 * Pearson correlation over rows where both are present, with its standard error by the influence function, which holds
 * for heavy tails with four moments as well.
 */
export function correlation(
  left: readonly (number | null)[],
  right: readonly (number | null)[],
): { readonly r: number; readonly error: number } {
  const rows = left.flatMap((x, row) => {
    const y = right[row];
    return x === null || y === null || y === undefined ? [] : [[x, y] as const];
  });
  const [mx, my] = [mean(rows.map(([x]) => x)), mean(rows.map(([, y]) => y))];
  const sx = Math.sqrt(mean(rows.map(([x]) => (x - mx) ** 2)));
  const sy = Math.sqrt(mean(rows.map(([, y]) => (y - my) ** 2)));
  const scaled = rows.map(([x, y]) => [(x - mx) / sx, (y - my) / sy] as const);
  const r = mean(scaled.map(([x, y]) => x * y));
  const influence = scaled.map(([x, y]) => x * y - (r * (x * x + y * y)) / 2);
  return { r, error: Math.sqrt(mean(influence.map((value) => value ** 2)) / rows.length) };
}

/** Logistic regression by Newton's method, with the standard errors of its coefficients. */
export function fitLogit(
  design: readonly (readonly number[])[],
  outcomes: readonly number[],
): { readonly coefficients: number[]; readonly errors: number[] } {
  const width = design[0]?.length ?? 0;
  let coefficients = new Array<number>(width).fill(0);
  let inverse: number[][] = [];
  for (let step = 0; step < 12; step++) {
    const gradient = new Array<number>(width).fill(0);
    const information = Array.from({ length: width }, () => new Array<number>(width).fill(0));
    for (const [row, values] of design.entries())
      addRow(gradient, information, values, outcomes[row] ?? 0, coefficients);
    inverse = invertMatrix(information);
    coefficients = coefficients.map((value, i) => value + dot(inverse[i] ?? [], gradient));
  }
  return { coefficients, errors: inverse.map((row, i) => Math.sqrt(row[i] ?? 0)) };
}

function addRow(
  gradient: number[],
  information: number[][],
  values: readonly number[],
  outcome: number,
  coefficients: readonly number[],
): void {
  const p = 1 / (1 + Math.exp(-dot(values, coefficients)));
  for (const [i, left] of values.entries()) {
    gradient[i]! += left * (outcome - p);
    for (const [j, right] of values.entries()) information[i]![j]! += left * right * p * (1 - p);
  }
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

/** Gauss and Jordan, with row exchange. */
function invertMatrix(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const work = matrix.map((row, i) => [...row, ...Array.from({ length: size }, (_, j) => Number(i === j))]);
  for (let column = 0; column < size; column++) {
    const best = work.reduce(
      (at, row, i) => (i >= column && Math.abs(row[column]!) > Math.abs(work[at]![column]!) ? i : at),
      column,
    );
    [work[column], work[best]] = [work[best]!, work[column]!];
    const pivot = work[column]![column]!;
    work[column] = work[column]!.map((value) => value / pivot);
    for (let i = 0; i < size; i++) {
      const factor = work[i]![column]!;
      if (i !== column) work[i] = work[i]!.map((value, j) => value - factor * work[column]![j]!);
    }
  }
  return work.map((row) => row.slice(size));
}

/** Every leaf of a JSON value with its path. */
export function* pairs(value: unknown, path = ''): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) yield [path, value];
  else for (const [key, item] of Object.entries(value)) yield* pairs(item, `${path}/${key}`);
}

/** A column of a simulated table. */
type Cells = readonly (string | number | null)[];

/** SHA-256 of a text in hexadecimal. */
export function bytesHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The numbers of a column that are recorded. */
export function recordedNumbers(cells: Cells): number[] {
  return cells.filter((value) => value !== null).map(Number);
}

/** Expects equal JSON values, numbers to seven significant digits, as a stored file and a computation give them. */
export function expectSameNumbers(stored: unknown, computed: unknown): void {
  const expected = new Map(pairs(computed));
  const found = [...pairs(stored)];
  for (const [path, value] of found) {
    const exact = expected.get(path);
    if (typeof value === 'number')
      expect(value / (Number(exact) || 1), path).toBeCloseTo(Number(exact) === 0 ? 0 : 1, 7);
    else expect(value, path).toBe(exact);
  }
  expect(found).toHaveLength(expected.size);
}

/**
 * Expects every quantile within sampling error at the shared false-alarm rate. Rounding moves a value by `half` at most, so
 * both sides of the step are compared.
 */
export function expectQuantiles(
  values: readonly number[],
  quantiles: Readonly<Record<string, number | undefined>>,
  half: number,
): void {
  for (const [level, quantile] of Object.entries(quantiles)) {
    const bound = proportionError(Number(level), values.length);
    const below = values.filter((value) => value < Number(quantile) - half).length / values.length;
    const upTo = values.filter((value) => value <= Number(quantile) + half).length / values.length;
    expect(below, level).toBeLessThan(Number(level) + bound);
    expect(upTo, level).toBeGreaterThan(Number(level) - bound);
  }
}

/** What a schema file says about the values of a field, as far as these tests compare it. */
interface FieldFile {
  readonly name: string;
  readonly categories?: Cells;
  readonly constraints?: { enum?: Cells; required?: boolean; minimum?: number | string; maximum?: number | string };
}

/** Expects the columns of a schema, in order, and only values that it allows. */
export function expectWithinSchema(
  schema: { readonly fields: readonly FieldFile[] },
  table: Readonly<Record<string, Cells>>,
): void {
  expect(schema.fields.map((field) => field.name)).toEqual(Object.keys(table));
  for (const { name, categories, constraints } of schema.fields) {
    const cells = table[name] ?? [];
    const values = cells.filter((value) => value !== null);
    const listed = constraints?.enum ?? categories;
    if (listed !== undefined) expect([...new Set(values)].filter((value) => !listed.includes(value))).toEqual([]);
    if (constraints?.required) expect(values.length, name).toBe(cells.length);
    const { minimum, maximum } = constraints ?? {};
    if (minimum === undefined || maximum === undefined) continue;
    expect(
      values.filter((value) => value < minimum || value > maximum),
      name,
    ).toEqual([]);
  }
}

/** Standard error of a mean over rows that come in groups of dependent rows. */
export function clusterError(values: readonly number[], ids: readonly string[]): number {
  const centre = mean(values);
  const totals = new Map<string, number>();
  for (const [row, value] of values.entries()) {
    const id = ids[row] ?? '';
    totals.set(id, (totals.get(id) ?? 0) + value - centre);
  }
  const square = [...totals.values()].reduce((sum, total) => sum + total * total, 0);
  return Math.sqrt(square) / values.length;
}
