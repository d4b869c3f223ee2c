import type { CodedMarginal } from '../encode/apply-knowledge.ts';
import { cacheCounts } from '../marginals/cached-count-source.ts';
import { coarsen } from '../marginals/coarsen.ts';
import type { Domain } from '../marginals/domain.ts';
import { type EstimateOptions, estimate } from '../marginals/estimate.ts';
import type { Measurement } from '../marginals/measurement.ts';
import { modelMarginals } from '../marginals/model-marginals.ts';
import { smoothHistogram } from '../marginals/smooth-histogram.ts';
import type { PlanShare } from '../privacy/accounting/calibrate-plan.ts';
import { estimateRows, measureMarginal, oneWayCliques } from './measure.ts';
import { mergedDomain, mergeMeasurement, mergeRareCells, type RareMerge } from './rare-merge.ts';
import type { FitInput, PlanShape } from './synthesizer.ts';

/** Label of the event that measures one column. */
export const oneWayLabel = (column: string): string => `measure:${column}`;

/** Events that measure every column once, sharing `weight` equally. */
export function planOneWay(shape: PlanShape, weight: number): PlanShare[] {
  return shape.columns.map((column) => ({
    label: oneWayLabel(column),
    purpose: 'one-way marginals and row count',
    kind: 'discrete-gaussian',
    weight: weight / shape.columns.length,
    l2Sensitivity: shape.unitRows,
    oneCell: shape.unitRows === 1,
  }));
}

/** What is known after every column has been measured once. */
export interface OneWayPhase {
  /** Released estimate of the number of rows, from the totals of the noisy marginals. */
  readonly rows: number;
  /** The same private rows over merged cells. */
  readonly input: FitInput;
  readonly merges: readonly (RareMerge | undefined)[];
  /** One-way measurements over merged cells. */
  readonly measurements: readonly Measurement[];
}

/**
 * Measures every column, estimates the number of rows, and merges cells that noise hides.
 *
 * **Privacy**: spends the events of `planOneWay`; rows, merges and the new domain are post-processing.
 */
export async function runOneWayPhase(input: FitInput): Promise<OneWayPhase> {
  const raw: Measurement[] = [];
  for (const clique of oneWayCliques(input.domain)) {
    input.signal?.throwIfAborted();
    raw.push(await measureMarginal(input, clique, oneWayLabel(input.domain.names[clique[0]!]!)));
  }
  const rows = estimateRows(raw);
  const settled = raw.map((measurement, attribute) => settle(input, measurement, attribute, rows));
  const even = await estimateColumns(input, raw, rows);
  const likely = settled.map((measurement, column) =>
    measurement === raw[column] ? even[column]! : measurement.counts,
  );
  const merges = raw.map((measurement, attribute) =>
    isKnown(input, attribute)
      ? undefined
      : mergeRareCells(measurement, { ends: input.binEnds[attribute], likely: likely[attribute]! }),
  );
  const recodings = merges.map((merge) => merge?.recoding);
  const domain: Domain = mergedDomain(input.domain, merges);
  return {
    rows,
    merges,
    measurements: [
      ...settled.map((measurement, attribute) => mergeMeasurement(measurement, merges[attribute])),
      ...input.publicMarginals.map((marginal) => asMeasurement(marginal, rows)),
    ],
    input: { ...input, domain, source: input.source.map((source) => cacheCounts(coarsen(source, recodings))).memo() },
  };
}

/** Expected counts of every column on its own, given its released ones. */
async function estimateColumns(
  { domain, signal }: FitInput,
  raw: readonly Measurement[],
  total: number,
): Promise<Float64Array[]> {
  const model = await estimate(domain, raw, { total, ...(signal && { signal }) });
  return modelMarginals(model, oneWayCliques(domain));
}

/** Axes of fewer cells have no shape; on longer ones bins are chosen coarser than noise anyway, and finding it takes long. */
const AXIS_CELLS = { least: 3, most: 128 } as const;

/** The measurement of a column as it is likely to be without noise where cells lie on an axis; as released elsewhere. */
function settle(input: FitInput, measurement: Measurement, attribute: number, rows: number): Measurement {
  const { counts, variance } = measurement;
  const orderedCells = input.orderedCells[attribute]!;
  const isAxis = orderedCells >= AXIS_CELLS.least && counts.length <= AXIS_CELLS.most;
  if (!isAxis || rows === 0 || isKnown(input, attribute)) return measurement;
  return { ...measurement, counts: smoothHistogram({ counts, variance, orderedCells }, rows) };
}

/** Columns that public knowledge speaks about keep all their cells, so that it can be applied to them. */
function isKnown({ zeros, publicMarginals }: FitInput, attribute: number): boolean {
  return [...zeros, ...publicMarginals].some(({ clique }) => clique.includes(attribute));
}

/** Smallest standard deviation of a published count, in rows: the total that scales shares is itself an estimate. */
const LEAST_PUBLIC_SIGMA = 1;

/** A published table as a measurement of low noise that costs nothing. */
function asMeasurement({ clique, shares, error }: CodedMarginal, rows: number): Measurement {
  const sigma = Math.max(LEAST_PUBLIC_SIGMA, error * rows);
  return { clique, counts: shares.map((share) => share * rows), variance: sigma * sigma };
}

/** How to estimate a model over the merged domain. */
export function estimateOptions({ rows, input }: OneWayPhase): EstimateOptions {
  return { total: rows, fixed: input.zeros, ...(input.signal === undefined ? {} : { signal: input.signal }) };
}
