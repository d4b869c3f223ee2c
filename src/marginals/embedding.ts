import { TabveilError } from '../errors.ts';
import { type Clique, countCells, type Domain } from './domain.ts';

/**
 * How the table of a smaller clique lies inside the table of a clique that contains it. Both are row-major, last
 * attribute fastest. The cells of the large table, in order, are `outer.length` × `middle` × `inner`; runs of attributes
 * that are all shared or all summed out are merged, so the two innermost levels carry the work.
 */
export interface Embedding {
  /** Cells of the large table. */
  readonly cells: number;
  /** Cells of the small table. */
  readonly smallCells: number;
  /** First cell in the small table for each outer index. */
  readonly outer: Int32Array;
  readonly middle: number;
  readonly inner: number;
  /** True when the innermost run is shared (the small table is walked there), false when the middle one is. */
  readonly innerShared: boolean;
}

interface Run {
  readonly shared: boolean;
  size: number;
}

/**
 * The embedding of `small` in `large`.
 * @throws TabveilError when `small` is not a subset of `large`.
 */
export function embed(domain: Domain, large: Clique, small: Clique): Embedding {
  if (!isSubset(small, large)) {
    throw new TabveilError('bug', 'embedding.subset', `embedding: clique [${small}] is not inside [${large}].`);
  }
  const runs = mergeRuns(domain, large, new Set(small));
  const innerRun = runs.pop() ?? { shared: true, size: 1 };
  const middleRun = runs.pop() ?? { shared: !innerRun.shared, size: 1 };
  return {
    cells: countCells(domain, large),
    smallCells: countCells(domain, small),
    outer: outerOffsets(runs, innerRun.shared ? innerRun.size : middleRun.size),
    middle: middleRun.size,
    inner: innerRun.size,
    innerShared: innerRun.shared,
  };
}

/** Whether every attribute of `small` is in `large`. */
export function isSubset(small: Clique, large: Clique): boolean {
  return small.every((attribute) => large.includes(attribute));
}

function mergeRuns(domain: Domain, large: Clique, shared: ReadonlySet<number>): Run[] {
  const runs: Run[] = [];
  for (const attribute of large) {
    const size = domain.sizes[attribute] ?? Number.NaN;
    if (size === 1) continue;
    const last = runs.at(-1);
    if (last !== undefined && last.shared === shared.has(attribute)) last.size *= size;
    else runs.push({ shared: shared.has(attribute), size });
  }
  return runs;
}

function outerOffsets(runs: readonly Run[], innermostStride: number): Int32Array {
  let offsets = Int32Array.of(0);
  let stride = innermostStride;
  for (const run of runs.toReversed()) {
    const step = run.shared ? stride : 0;
    const extended = new Int32Array(run.size * offsets.length);
    for (let index = 0; index < run.size; index++) {
      for (let k = 0; k < offsets.length; k++) extended[index * offsets.length + k] = index * step + offsets[k]!;
    }
    offsets = extended;
    if (run.shared) stride *= run.size;
  }
  return offsets;
}
