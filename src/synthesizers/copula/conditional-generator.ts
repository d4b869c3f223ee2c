import { TabveilError } from '../../errors.ts';
import type { Codes } from '../../marginals/count-source.ts';
import { createNormalTable } from '../../math/normal-table.ts';
import { checkConditions, impossibleConditions, LEAST_CONDITION_PROBABILITY } from '../conditions.ts';
import type { BlockGenerator, BlockStream, CellCondition } from '../synthesizer.ts';
import { type ConditionSet, conditionSets, joinPieces, type LatentPiece, weightAt } from './condition-sets.ts';
import type { CopulaModel } from './copula-model.ts';
import { CHUNK_ROWS, codeRows, createLatentRows, type LatentRows } from './latent-rows.ts';
import { drawWithin } from './latent-set.ts';
import { allowedInterval, logWeight, type TiltedBox, tiltBox } from './tilted-box.ts';

/** Most boxes of latent values; sets with more gaps are filled and rows in the gaps drawn anew. */
const MOST_BOXES = 256;

/** Draws per row that only a defect exceeds: usual rows need one to three. */
const MOST_TRIES = 1_000_000;

/**
 * Generates rows of the copula given that some columns lie in sets of cells: intervals of numbers, lists of categories.
 *
 * Exact, no Markov chain and no rows thrown away for missing the condition: latent values of the conditioned columns are
 * drawn by minimax tilting, an acceptance method whose acceptance stays high where the condition is rare; free columns
 * follow from the conditional Gaussian. A set with gaps, or with weights that differ, or that holds values and missing ones,
 * is a union of boxes, chosen in proportion to their bounds times weights.
 *
 * @throws TabveilError (usage) when a set has no mass, or the model gives the conditions together less than 1e-9.
 * **Cost**: preparing takes milliseconds per box and conditioned column; then some microseconds per conditioned cell.
 * @source Botev 2017, see `tiltBox`.
 */
export function createConditionalGenerator(model: CopulaModel, conditions: readonly CellCondition[]): BlockGenerator {
  checkConditions(model.domain, conditions);
  const plan = planConditions(model, conditions);
  const toNormals = createNormalTable();
  const words = new Uint32Array(CHUNK_ROWS);
  const normals = plan.rows.latents.map(() => new Float64Array(CHUNK_ROWS));
  const latent = new Float64Array(CHUNK_ROWS);
  return (rows, stream, out) => {
    for (let start = 0; start < rows; start += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - start);
      for (let row = 0; row < count; row++) drawConditioned(plan, normals, row, stream);
      for (let position = plan.conditioned; position < normals.length; position++) {
        stream.fillUint32(words);
        toNormals(words, normals[position]!, count);
      }
      codeRows(plan.rows, normals, { out, start, count, latent });
      for (const filter of plan.filters) keepAllowed(filter, out[filter.attribute]!, start, count);
    }
  };
}

/** Rounding may put a value that lies on a cut, once in 10^15 draws, into the cell beside the set. */
function keepAllowed({ weights, likeliest }: ConditionFilter, codes: Codes, start: number, count: number): void {
  for (let row = start; row < start + count; row++) if (!(weights[codes[row]!]! > 0)) codes[row] = likeliest;
}

/** A condition with its likeliest cell. */
interface ConditionFilter extends CellCondition {
  readonly likeliest: number;
}

interface ConditionPlan {
  /** Conditioned latent variables first, those of the rarest condition first of all. */
  readonly rows: LatentRows;
  /** Number of conditioned latent variables. */
  readonly conditioned: number;
  /** Latent values that meet every condition. */
  readonly sets: readonly ConditionSet[];
  readonly filters: readonly ConditionFilter[];
  readonly boxes: readonly WeightedBox[];
  /** Running sums of the boxes' bounds times weights, relative to the largest, ending at their total. */
  readonly cumulative: Float64Array;
}

/** A box with the largest weight of its latent values. */
interface WeightedBox {
  readonly tilted: TiltedBox;
  readonly weight: number;
}

function planConditions(model: CopulaModel, conditions: readonly CellCondition[]): ConditionPlan {
  const masses = (condition: CellCondition) =>
    model.shares[condition.attribute]!.map((share, code) => share * condition.weights[code]!);
  const total = (condition: CellCondition) => masses(condition).reduce((sum, share) => sum + share, 0);
  const ordered = conditions.toSorted((a, b) => total(a) - total(b));
  const sets = conditionSets(model, ordered);
  sets.forEach(({ pieces }, k) => {
    if (pieces.length > 0) return;
    throw impossibleConditions(`column "${model.domain.names[ordered[k]!.attribute]}" never takes these values`);
  });
  const conditioned = sets.flatMap(({ latents }) => latents);
  const all = Array.from({ length: model.shares.length + model.indicators.length }, (_, latent) => latent);
  const rows = createLatentRows(model, [...conditioned, ...all.filter((latent) => !conditioned.includes(latent))]);
  const filters = ordered.map((condition) => {
    const shares = masses(condition);
    return { ...condition, likeliest: shares.indexOf(Math.max(...shares)) };
  });
  const size = rows.latents.length;
  const boxes = crossPieces(sets).map(({ intervals, weight }) => ({
    tilted: tiltBox({ box: intervals, factor: rows.factor, size }),
    weight,
  }));
  return { rows, conditioned: conditioned.length, sets, filters, boxes, cumulative: accumulateBounds(boxes) };
}

/** All boxes of a product of sets, after joining pieces until there are few enough. */
function crossPieces(sets: readonly ConditionSet[]): LatentPiece[] {
  const narrowed = [...sets];
  const countBoxes = () => narrowed.reduce((count, { pieces }) => count * pieces.length, 1);
  while (countBoxes() > MOST_BOXES) {
    const lengths = narrowed.map(({ pieces }) => pieces.length);
    const longest = lengths.indexOf(Math.max(...lengths));
    narrowed[longest] = joinPieces(narrowed[longest]!);
  }
  return narrowed.reduce<LatentPiece[]>(
    (boxes, { pieces }) =>
      boxes.flatMap((box) =>
        pieces.map(({ intervals, weight }) => ({
          intervals: [...box.intervals, ...intervals],
          weight: box.weight * weight,
        })),
      ),
    [{ intervals: [], weight: 1 }],
  );
}

function accumulateBounds(boxes: readonly WeightedBox[]): Float64Array {
  const logBounds = boxes.map(({ tilted, weight }) => tilted.logBound + Math.log(weight));
  const largest = Math.max(...logBounds);
  let sum = 0;
  const cumulative = Float64Array.from(logBounds, (logBound) => {
    sum += Math.exp(logBound - largest);
    return sum;
  });
  if (!(largest + Math.log(sum) >= Math.log(LEAST_CONDITION_PROBABILITY))) {
    throw impossibleConditions(`together they have a probability below ${LEAST_CONDITION_PROBABILITY}`);
  }
  return cumulative;
}

/** Draws the normals of the conditioned columns of one row. */
function drawConditioned(
  plan: ConditionPlan,
  normals: readonly Float64Array[],
  row: number,
  stream: BlockStream,
): void {
  const drawn = new Float64Array(plan.conditioned);
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const box = chooseBox(plan, stream);
    if (!tryBox(box.tilted, drawn, stream) || !meetsSets(plan, box, drawn, stream)) continue;
    for (let position = 0; position < drawn.length; position++) normals[position]![row] = drawn[position]!;
    return;
  }
  throw new TabveilError('bug', 'copula.acceptance', `copula: no row met the conditions in ${MOST_TRIES} draws.`);
}

function chooseBox({ boxes, cumulative }: ConditionPlan, stream: BlockStream): WeightedBox {
  if (boxes.length === 1) return boxes[0]!;
  const share = stream.nextFloat() * cumulative.at(-1)!;
  return boxes[cumulative.findIndex((sum) => share < sum)] ?? boxes.at(-1)!;
}

/** One draw from the proposal of a box; true when it is accepted. */
function tryBox(box: TiltedBox, drawn: Float64Array, stream: BlockStream): boolean {
  for (let k = 0; k < drawn.length; k++) {
    const { low, high } = allowedInterval(box, k, drawn);
    const tilt = box.tilts[k]!;
    drawn[k] = tilt + drawWithin({ low: low - tilt, high: high - tilt }, stream.nextFloat());
  }
  // One column alone needs no tilt, and every draw is a good one.
  return drawn.length < 2 || Math.log(1 - stream.nextFloat()) <= logWeight(box, drawn) - box.logBound;
}

/** Whether latent values are kept by the sets themselves, where boxes have filled gaps and evened weights. */
function meetsSets(plan: ConditionPlan, box: WeightedBox, drawn: Float64Array, stream: BlockStream): boolean {
  const { rows, sets, boxes } = plan;
  const product = sets.reduce((count, { pieces }) => count * pieces.length, 1);
  if (product === boxes.length) return true;
  const size = rows.latents.length;
  const latent = drawn.map((_, k) => {
    let value = 0;
    for (let j = 0; j <= k; j++) value += rows.factor[k * size + j]! * drawn[j]!;
    return value;
  });
  let [weight, first] = [1, 0];
  for (const set of sets) {
    weight *= weightAt(set, latent.subarray(first, first + set.latents.length));
    first += set.latents.length;
  }
  return stream.nextFloat() * box.weight < weight;
}
