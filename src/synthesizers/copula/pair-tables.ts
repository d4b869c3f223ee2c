import { coarsen } from '../../marginals/coarsen.ts';
import { type Clique, countCells } from '../../marginals/domain.ts';
import type { PlanShare } from '../../privacy/accounting/calibrate-plan.ts';
import { pairCliques, plannedVariance } from '../measure.ts';
import type { FitInput, PlanShape } from '../synthesizer.ts';
import type { Levels } from './levels.ts';

const PAIRS_LABEL = 'measure:pairs';

/** Unit measurements per pair, so that released counts can decide which pairs get more of them. */
const UNITS_PER_PAIR = 16;

/** Unit measurements from which there is one per pair: their noise is drawn cell by cell. */
const MOST_UNITS = 4096;

/** A noisy table of two columns over their levels: row-major, second column fastest. */
export interface PairTable {
  readonly first: number;
  readonly second: number;
  readonly counts: Float64Array;
  readonly variance: number;
}

const countPairs = ({ columns }: PlanShape) => (columns.length * (columns.length - 1)) / 2;

/** Unit measurements of pair tables in the whole plan: a function of the number of columns. */
function countUnits(shape: PlanShape): number {
  const pairs = countPairs(shape);
  return pairs * (pairs * UNITS_PER_PAIR <= MOST_UNITS ? UNITS_PER_PAIR : 1);
}

/**
 * One event for all pair tables: `count` unit measurements of equal noise, each of one table.
 *
 * **Privacy**: one row changes one cell of every unit measurement by one, so the vector of all of them is a composition
 * of that many one-cell events, whichever tables they measure.
 */
export function planPairs(shape: PlanShape, weight: number): PlanShare[] {
  const units = countUnits(shape);
  if (units === 0) return [];
  return [
    {
      label: PAIRS_LABEL,
      purpose: 'pair tables for correlations',
      kind: 'discrete-gaussian',
      weight: weight / units,
      count: units,
      l2Sensitivity: shape.unitRows,
      oneCell: shape.unitRows === 1,
    },
  ];
}

/** Noise variance of a table when every pair gets the same number of unit measurements. */
export function evenPairVariance(input: FitInput): number {
  return (plannedVariance(input, PAIRS_LABEL) * countPairs(input)) / countUnits(input);
}

/** Standard error of a correlation at which pairs of the target get twice the measurements of others; measured. */
const TILT_ERROR = 0.1;

/** Standard error from which pairs without the target are not worth their budget; measured. */
const FAINT_ERROR = 0.25;

/**
 * How many unit measurements each pair gets, in the order of `pairCliques`: all the same when noise is small; the more for
 * pairs that hold the declared target the larger the noise; all for those when it would hide nearly every correlation.
 *
 * **Privacy**: decided by the plan and the released number of rows.
 */
export function allocateUnits(input: FitInput, rows: number): number[] {
  const pairs = pairCliques(input.domain);
  const target = input.target === undefined ? -1 : input.domain.names.indexOf(input.target);
  const units = countUnits(input);
  // Of a table cut at both medians: rho = sin(2π(p11 - ¼)), so the error is about π·sigma/rows.
  const error = (Math.PI * Math.sqrt(evenPairVariance(input))) / Math.max(1, rows);
  const targetPairs = target < 0 ? 0 : input.columns.length - 1;
  if (targetPairs === 0 || targetPairs === pairs.length) return pairs.map(() => units / pairs.length);
  const others = pairs.length - targetPairs;
  const ratio = 1 + (error / TILT_ERROR) ** 2;
  const perOther = error > FAINT_ERROR ? 0 : Math.max(1, Math.floor(units / (targetPairs * ratio + others)));
  const perTarget = Math.floor((units - perOther * others) / targetPairs);
  return pairs.map((pair) => (pair.includes(target) ? perTarget : perOther));
}

/**
 * Releases the tables of all pairs that have unit measurements, each the mean of its own.
 *
 * **Privacy**: spends the event of `planPairs`; see there for the sensitivity.
 */
export async function measurePairs(
  input: FitInput,
  levels: readonly Levels[],
  units: readonly number[],
): Promise<PairTable[]> {
  const domain = { names: input.domain.names, sizes: levels.map(({ recoding }) => recoding.size) };
  const pairs = pairCliques(domain);
  const measured = pairs.flatMap((pair, index) => ((units[index] ?? 0) > 0 ? [{ pair, units: units[index]! }] : []));
  const cells = measured.reduce((sum, { pair, units: copies }) => sum + copies * countCells(domain, pair), 0);
  const recodings = levels.map(({ recoding }) => recoding);
  const counts = input.source.map(async (source) => {
    const exact = await coarsen(source, recodings).count(measured.map(({ pair }) => pair));
    return concatenate(
      exact.flatMap((table, index) => Array.from({ length: measured[index]!.units }, () => table)),
      cells,
    );
  });
  const released = await input.mechanisms.discreteGaussian(counts, { label: PAIRS_LABEL, cells });
  const variance = plannedVariance(input, PAIRS_LABEL);
  let offset = 0;
  return measured.map(({ pair, units: copies }) => {
    const size = countCells(domain, pair);
    const mean = meanOfCopies(released.value.subarray(offset, offset + size * copies), size);
    offset += size * copies;
    return asPairTable(pair, mean, variance / copies);
  });
}

function asPairTable(pair: Clique, counts: Float64Array, variance: number): PairTable {
  return { first: pair[0]!, second: pair[1]!, counts, variance };
}

function concatenate(tables: readonly Float64Array[], length: number): Float64Array {
  const whole = new Float64Array(length);
  let offset = 0;
  for (const table of tables) {
    whole.set(table, offset);
    offset += table.length;
  }
  return whole;
}

function meanOfCopies(copies: Float64Array, size: number): Float64Array {
  const mean = new Float64Array(size);
  for (let index = 0; index < copies.length; index++) mean[index % size]! += copies[index]!;
  return mean.map((sum) => (sum * size) / copies.length);
}
