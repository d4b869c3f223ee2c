import { coarsen } from '../marginals/coarsen.ts';
import type { Domain } from '../marginals/domain.ts';
import type { EstimateOptions } from '../marginals/estimate.ts';
import type { Measurement } from '../marginals/measurement.ts';
import type { PlanShare } from '../privacy/accounting/calibrate-plan.ts';
import { estimateRows, measureMarginal, oneWayCliques } from './measure.ts';
import { mergedDomain, mergeMeasurement, mergeRareCells, type RareMerge } from './rare-merge.ts';
import type { FitInput, PlanShape } from './synthesizer.ts';

const oneWayLabel = (column: string) => `measure:${column}`;

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
  const merges = raw.map(mergeRareCells);
  const recodings = merges.map((merge) => merge?.recoding);
  const domain: Domain = mergedDomain(input.domain, merges);
  return {
    rows: estimateRows(raw),
    merges,
    measurements: raw.map((measurement, attribute) => mergeMeasurement(measurement, merges[attribute])),
    input: { ...input, domain, source: input.source.map((source) => coarsen(source, recodings)).memo() },
  };
}

/** How to estimate a model over the merged domain. */
export function estimateOptions({ rows, input }: OneWayPhase): EstimateOptions {
  return { total: rows, ...(input.signal === undefined ? {} : { signal: input.signal }) };
}
