import type { Codes } from '../../marginals/count-source.ts';
import type { Stream } from '../../random/stream.ts';

/** Share of the conditions that ask for a cell of the declared target column; the other columns share the rest evenly. */
const TARGET_SHARE = 0.5;

/** Where the cells of the columns lie, one column after the other. */
export interface CellLayout {
  readonly sizes: readonly number[];
  /** First cell of every column. */
  readonly starts: readonly number[];
  /** Cells of all columns. */
  readonly width: number;
  /** How likely each column is to be asked for; sums to 1. */
  readonly columnShares: readonly number[];
}

/** The layout of columns; all public. @param target index of the declared target column, if any. */
export function layOut(sizes: readonly number[], target: number | undefined): CellLayout {
  const starts = sizes.map((_, column) => sizes.slice(0, column).reduce((sum, size) => sum + size, 0));
  const width = sizes.reduce((sum, size) => sum + size, 0);
  const others = target === undefined || sizes.length === 1 ? 1 : 1 - TARGET_SHARE;
  const columnShares = sizes.map((_, column) => {
    if (others === 1) return 1 / sizes.length;
    return column === target ? TARGET_SHARE : others / (sizes.length - 1);
  });
  return { sizes, starts, width, columnShares };
}

/** The column that a uniform number in [0, 1) stands for. */
function columnAt({ columnShares }: CellLayout, uniform: number): number {
  let rest = uniform;
  for (let column = 0; column < columnShares.length - 1; column++) {
    rest -= columnShares[column]!;
    if (rest < 0) return column;
  }
  return columnShares.length - 1;
}

/**
 * The column a row is conditioned on at one step: a hash of its codes and a public number of the step.
 *
 * **Privacy**: a function of this row and public values alone; it depends neither on other rows nor on the row's place.
 */
export function conditionColumn(layout: CellLayout, rows: readonly Codes[], row: number, stepSeed: number): number {
  let hash = stepSeed | 0;
  for (const codes of rows) {
    hash = Math.imul(hash ^ codes[row]!, 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35);
  return columnAt(layout, ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32);
}

/**
 * What each component of the generator is asked for: columns by their shares, cells by released shares; systematically, so
 * that the components together have the right proportions.
 * @param released shares of the cells of every column, non-negative.
 * @returns one cell index, over all columns, per component.
 */
export function askComponents(
  layout: CellLayout,
  released: readonly Float64Array[],
  { components, stream }: { readonly components: number; readonly stream: Stream },
): Int32Array {
  const mass = released.flatMap((shares, column) => {
    const total = shares.reduce((sum, share) => sum + share, 0);
    return Array.from(shares, (share) => (layout.columnShares[column]! * share) / total);
  });
  const asked = new Int32Array(components);
  let [cell, above] = [0, mass[0]!];
  const offset = stream.nextFloat();
  for (let component = 0; component < components; component++) {
    const point = (component + offset) / components;
    while (point >= above && cell < mass.length - 1) above += mass[++cell]!;
    asked[component] = cell;
  }
  return asked;
}
