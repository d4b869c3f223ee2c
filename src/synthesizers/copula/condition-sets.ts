import { normalLower } from '../../math/normal-quantile.ts';
import type { CellCondition } from '../synthesizer.ts';
import { type CopulaModel, cutsOf } from './copula-model.ts';
import { type Interval, latentIntervals } from './latent-set.ts';

/** A box of latent values that meet a condition with the same probability: one interval per latent variable of the set. */
export interface LatentPiece {
  readonly intervals: readonly Interval[];
  /** In (0, 1]. */
  readonly weight: number;
}

/** The latent values of one column that meet its condition: disjoint pieces. */
export interface ConditionSet {
  /** The latent variables it is about: the value's, the indicator's of missing values, or both in this order. */
  readonly latents: readonly number[];
  readonly pieces: readonly LatentPiece[];
}

const EVERYWHERE: Interval = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

const isEverywhere = ({ low, high }: Interval) => low === EVERYWHERE.low && high === EVERYWHERE.high;

/** The conditions of a model's columns as sets of latent values; a set without pieces has no mass. */
export function conditionSets(model: CopulaModel, conditions: readonly CellCondition[]): ConditionSet[] {
  const cuts = cutsOf(model);
  return conditions.map((condition) => conditionSet(model, condition, cuts));
}

function conditionSet(
  model: CopulaModel,
  { attribute, weights }: CellCondition,
  cuts: readonly Float64Array[],
): ConditionSet {
  const order = model.orders[attribute]!;
  const rank = model.indicators.findIndex(({ column }) => column === attribute);
  if (rank < 0) {
    const pieces = latentIntervals(cuts[attribute]!, order, weights).map(({ weight, ...interval }) => ({
      intervals: [interval],
      weight,
    }));
    return { latents: [attribute], pieces };
  }
  const indicator = model.shares.length + rank;
  const [presenceCut, missingWeight] = [cuts[indicator]![0]!, weights[model.indicators[rank]!.code]!];
  const present = { low: Number.NEGATIVE_INFINITY, high: presenceCut };
  const missing = { low: presenceCut, high: Number.POSITIVE_INFINITY };
  const values =
    presenceCut > Number.NEGATIVE_INFINITY ? latentIntervals(cuts[attribute]!, order.subarray(0, -1), weights) : [];
  const isMissingMet = missingWeight > 0 && presenceCut < Number.POSITIVE_INFINITY;
  // Where all values meet the condition alike, or none does, only the indicator matters.
  const isAboutValues = values.length > 1 || (values.length === 1 && !isEverywhere(values[0]!));
  const withValue = (interval: Interval, presence: Interval) => (isAboutValues ? [interval, presence] : [presence]);
  return {
    latents: isAboutValues ? [attribute, indicator] : [indicator],
    pieces: [
      ...values.map(({ weight, low, high }) => ({ intervals: withValue({ low, high }, present), weight })),
      ...(isMissingMet ? [{ intervals: withValue(EVERYWHERE, missing), weight: missingWeight }] : []),
    ],
  };
}

/** The probability with which latent values, one per variable of the set, meet it. */
export function weightAt({ pieces }: ConditionSet, values: ArrayLike<number>): number {
  return (
    pieces.find(({ intervals }) => intervals.every(({ low, high }, k) => values[k]! >= low && values[k]! < high))
      ?.weight ?? 0
  );
}

/** The same set or more with one piece less: the neighbours are joined whose hull adds least. */
export function joinPieces(set: ConditionSet): ConditionSet {
  const added = set.pieces.slice(1).map((piece, k) => addedMass(set.pieces[k]!, piece));
  const at = added.indexOf(Math.min(...added));
  const [before, after] = [set.pieces[at]!, set.pieces[at + 1]!];
  const joined = {
    intervals: before.intervals.map(({ low, high }, k) => ({
      low: Math.min(low, after.intervals[k]!.low),
      high: Math.max(high, after.intervals[k]!.high),
    })),
    weight: Math.max(before.weight, after.weight),
  };
  return { ...set, pieces: set.pieces.toSpliced(at, 2, joined) };
}

/** Mass of the gap between neighbours on the axis of values; above all others where one of them means missing. */
function addedMass(before: LatentPiece, after: LatentPiece): number {
  const [low, high] = [before.intervals[0]!.high, after.intervals[0]!.low];
  return low <= high ? normalLower(high) - normalLower(low) : 1;
}
