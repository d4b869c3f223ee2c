import { TabveilError } from '../../errors.ts';
import type { Stream } from '../../random/stream.ts';
import type { Column, Table } from '../../table/columns.ts';
import type { TableSchema } from '../../table/schema.ts';
import { type AlignedTables, alignTables } from '../aligned-tables.ts';
import { type BinnedColumn, binTables } from '../bins.ts';
import { countCells } from '../contingency.ts';
import { associationMatrix } from '../fidelity/association.ts';
import type { Interval } from '../intervals.ts';
import { sampleRows, shuffledRows } from '../sampling.ts';
import { allRows } from '../selected-rows.ts';
import type { DesignMatrix } from '../usefulness/design-matrix.ts';
import { fitLinear, predictLinear } from '../usefulness/linear-model.ts';
import { rocAuc } from '../usefulness/roc-auc.ts';
import { gowerScale, packRows, scaleNames } from './gower.ts';
import { type EpsilonBound, empiricalEpsilon, LIMIT_ALPHA } from './membership.ts';
import { searchNearest } from './nearest.ts';

/** Fits a generator on a table and returns a synthetic one; `shadow` numbers the fits. */
export type ShadowFit = (training: Table, shadow: number) => Promise<Table> | Table;

/** What to attack. */
export interface ShadowRequest {
  readonly schema: TableSchema;
  /** Rows that shadow tables are drawn from. Private unless it is a simulated world. */
  readonly population: Table;
  /** Rows of the population to attack, for example the most isolated ones; at least one. */
  readonly targets: readonly number[];
  readonly fit: ShadowFit;
  /** Number of fits, at least 20; several hundred for a bound that says something. */
  readonly shadows: number;
  /** Rows of each shadow table besides the targets; half of the population by default. */
  readonly rows?: number;
  readonly stream: Stream;
  readonly signal?: AbortSignal;
  readonly onShadow?: (done: number, total: number) => void;
}

/** How well membership of one target is told. */
export interface ShadowResult {
  readonly target: number;
  readonly auc: number | null;
  /** DeLong's. */
  readonly interval: Interval | null;
  /** Least epsilon proven with 95 % confidence for all targets together, on fits that the attack did not learn from. */
  readonly bound: EpsilonBound;
}

/** Share of the fits that the attack learns from. */
const LEARNING_SHARE = 0.5;
const LEAST_SHADOWS = 20;

/**
 * Shadow-model membership attack: fits the generator many times, every time with each target in the training rows or not by a
 * coin of its own, learns to tell the two from the synthetic table, and tests on fits it has not seen. One set of fits serves
 * all targets.
 *
 * **Privacy**: the result is a function of the population. **Cost**: `shadows` fits.
 * @source Stadler, Oprisanu, Troncoso, "Synthetic data: anonymisation Groundhog Day", USENIX Security 2022 (histogram,
 * correlation and naive features; ours adds the target's nearest synthetic row, and one logistic model per target).
 * @throws TabveilError (usage) for too few shadows or a target that is no row.
 */
export async function attackWithShadows(request: ShadowRequest): Promise<readonly ShadowResult[]> {
  const { population, targets, shadows, stream } = request;
  const bad = targets.find((row) => !(Number.isSafeInteger(row) && row >= 0 && row < population.rowCount));
  if (bad !== undefined || targets.length === 0) {
    throw new TabveilError(
      'usage',
      'shadow.targets',
      `shadow attack: ${bad === undefined ? 'no target was named' : `target ${bad} is no row`}; targets are row numbers of the population.`,
    );
  }
  if (shadows < LEAST_SHADOWS) {
    throw new TabveilError(
      'usage',
      'shadow.count',
      `shadow attack: ${shadows} shadows; at least ${LEAST_SHADOWS} are needed.`,
    );
  }
  const runs: ShadowRun[] = [];
  for (let shadow = 0; shadow < shadows; shadow += 1) {
    request.signal?.throwIfAborted();
    request.onShadow?.(shadow, shadows);
    runs.push(await runShadow(request, shadow));
  }
  request.onShadow?.(shadows, shadows);
  return targets.map((target, at) =>
    judgeTarget(target, runs, { at, targets: targets.length, stream: stream.split('judge', target) }),
  );
}

/** One fit: which targets were in, and what its synthetic table looks like. */
interface ShadowRun {
  readonly isMember: Uint8Array;
  /** Features of the table as a whole. */
  readonly general: Float64Array;
  /** Distance from each target to its nearest synthetic row. */
  readonly distances: Float64Array;
}

async function runShadow(request: ShadowRequest, shadow: number): Promise<ShadowRun> {
  const { population, targets, schema, stream } = request;
  const coin = stream.split('shadow', shadow);
  const isMember = Uint8Array.from(targets, () => coin.below(2));
  const others = allRows(population.rowCount).filter((row) => !targets.includes(row));
  const size = Math.min(request.rows ?? Math.floor(population.rowCount / 2), others.length);
  const picked = sampleRows(others.length, size, coin.split('rows'));
  const rows = [...picked.map((at) => others[at] as number), ...targets.filter((_, at) => isMember[at] === 1)];
  // The position of a row must not tell whether it is a target.
  const order = shuffledRows(rows.length, coin.split('order')).map((at) => rows[at] as number);
  const synthetic = await request.fit(takeRows(population, order), shadow);
  const aligned = alignTables(schema, { real: population, synthetic });
  return { isMember, general: generalFeatures(aligned), distances: targetDistances(aligned, Int32Array.from(targets)) };
}

/** The given rows of a table. */
export function takeRows(table: Table, rows: Int32Array): Table {
  const columns = [...table.columns].map(([name, column]): [string, Column] => [
    name,
    column.kind === 'number'
      ? { kind: 'number', values: Float64Array.from(rows, (row) => column.values[row] as number) }
      : { ...column, codes: Int32Array.from(rows, (row) => column.codes[row] as number) },
  ]);
  return { rowCount: rows.length, columns: new Map(columns) };
}

/** Shares of every bin of every column, and the strength of every pair. */
function generalFeatures(tables: AlignedTables): Float64Array {
  const binned = binTables(tables, 'quantiles-of-real');
  const rows = tables.rowCounts.synthetic ?? 0;
  const shares = binned.columns.flatMap((column: BinnedColumn) =>
    Array.from(countCells([column], 'synthetic', rows), (count) => count / Math.max(rows, 1)),
  );
  return Float64Array.from([...shares, ...associationMatrix(binned, 'synthetic')]);
}

function targetDistances(tables: AlignedTables, targets: Int32Array): Float64Array {
  const scale = gowerScale(tables, ['real']);
  const names = scaleNames(scale);
  const view = {
    targets: packRows(tables, scale, { role: 'real', rows: targets, names }),
    candidates: packRows(tables, scale, { role: 'synthetic', rows: allRows(tables.rowCounts.synthetic ?? 0), names }),
  };
  const { views } = searchNearest({ views: [view], from: 0, to: targets.length });
  return views[0]?.distance ?? new Float64Array();
}

function judgeTarget(
  target: number,
  runs: readonly ShadowRun[],
  { at, targets, stream }: { readonly at: number; readonly targets: number; readonly stream: Stream },
): ShadowResult {
  const order = shuffledRows(runs.length, stream);
  const learned = order.slice(0, Math.floor(runs.length * LEARNING_SHARE));
  const tested = order.slice(learned.length);
  const features = (run: ShadowRun) => [...run.general, run.distances[at] as number, Number(run.distances[at] === 0)];
  const scale = fitScale([...learned].map((run) => features(runs[run] as ShadowRun)));
  const design = (chosen: Int32Array) => toDesign([...chosen].map((run) => scale(features(runs[run] as ShadowRun))));
  const labels = (chosen: Int32Array) => Uint8Array.from(chosen, (run) => runs[run]?.isMember[at] as number);
  const model = fitLinear(design(learned), Float64Array.from(labels(learned)), 'logistic');
  const scores = predictLinear(design(tested), model);
  const truth = labels(tested);
  const side = (label: number) => scores.filter((_, position) => truth[position] === label);
  // Bonferroni: the bounds of all targets hold together.
  const alpha = LIMIT_ALPHA / targets;
  const bound = empiricalEpsilon({ members: side(1), others: side(0) }, alpha);
  return { target, ...rocAuc(scores, truth), bound };
}

/** Standardises by mean and deviation of the rows it is fitted on; constant features become 0. */
function fitScale(rows: readonly (readonly number[])[]): (row: readonly number[]) => readonly number[] {
  const width = rows[0]?.length ?? 0;
  const mean = Array.from(
    { length: width },
    (_, at) => rows.reduce((t, row) => t + (row[at] as number), 0) / rows.length,
  );
  const deviation = mean.map((centre, at) =>
    Math.sqrt(rows.reduce((t, row) => t + ((row[at] as number) - centre) ** 2, 0) / rows.length),
  );
  return (row) =>
    row.map((value, at) =>
      (deviation[at] as number) > 1e-12 ? (value - (mean[at] as number)) / (deviation[at] as number) : 0,
    );
}

function toDesign(rows: readonly (readonly number[])[]): DesignMatrix {
  const width = rows[0]?.length ?? 0;
  const slots = Array.from({ length: width }, (_, feature) => ({
    kind: 'dense' as const,
    feature,
    values: Float64Array.from(rows, (row) => row[feature] as number),
  }));
  return { rows: rows.length, width, slots };
}
