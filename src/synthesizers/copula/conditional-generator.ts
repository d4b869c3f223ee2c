import { TabveilError } from '../../errors.ts';
import type { Codes } from '../../marginals/count-source.ts';
import { createNormalTable } from '../../math/normal-table.ts';
import type { BlockGenerator, BlockStream, CellCondition } from '../synthesizer.ts';
import type { CopulaModel } from './copula-model.ts';
import { CHUNK_ROWS, codeRows, createLatentRows, type LatentRows } from './latent-rows.ts';
import { boundProbability, drawWithin, type LatentSet, latentSetOf, setProbability } from './latent-set.ts';

/** Tries per row at which a condition counts as contradicting the model. */
const MOST_TRIES = 200_000;

/**
 * Generates rows of the copula given that some columns lie in sets of cells: intervals of numbers, lists of categories.
 *
 * Exact, no Markov chain: latent values of the conditioned columns are drawn one after another from truncated normals; a
 * draw is kept with the probability that corrects for the truncations of later columns depending on earlier ones. One
 * conditioned column needs no correction, and free columns are drawn from the conditional Gaussian, so whole rows are
 * never thrown away.
 *
 * @throws TabveilError (usage) when a set of cells is empty or has no mass, and, while generating, when a row needs more
 * than 200,000 tries: the conditions contradict each other under the model.
 * @source Geweke 1991, Hajivassiliou 1990, Keane 1994 (sequential truncated draws) with von Neumann rejection; the bound
 * takes each later interval as if it were centred at its conditional mean.
 */
export function createConditionalGenerator(model: CopulaModel, conditions: readonly CellCondition[]): BlockGenerator {
  const plan = planConditions(model, conditions);
  const toNormals = createNormalTable();
  const words = new Uint32Array(CHUNK_ROWS);
  const normals = plan.rows.columns.map(() => new Float64Array(CHUNK_ROWS));
  const latent = new Float64Array(CHUNK_ROWS);
  return (rows, stream, out) => {
    for (let start = 0; start < rows; start += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - start);
      for (let row = 0; row < count; row++) drawConditioned(plan, normals, row, stream);
      for (let position = plan.sets.length; position < normals.length; position++) {
        stream.fillUint32(words);
        toNormals(words, normals[position]!, count);
      }
      codeRows(plan.rows, normals, { out, start, count, latent });
      for (const filter of plan.filters) keepAllowed(filter, out[filter.attribute]!, start, count);
    }
  };
}

/** Rounding may put a value that lies on a cut, once in 10^15 draws, into the cell beside the set. */
function keepAllowed({ allowed, likeliest }: ConditionFilter, codes: Codes, start: number, count: number): void {
  for (let row = start; row < start + count; row++) if (!allowed[codes[row]!]) codes[row] = likeliest;
}

/** A condition with its likeliest cell. */
interface ConditionFilter extends CellCondition {
  readonly likeliest: number;
}

/** Conditioned columns first, the rarest condition first of all: its probability needs no correction. */
interface ConditionPlan {
  readonly rows: LatentRows;
  readonly sets: readonly LatentSet[];
  readonly filters: readonly ConditionFilter[];
  /** Upper bound of the conditional probability of each set but the first, whose probability is a constant. */
  readonly bounds: Float64Array;
}

function planConditions(model: CopulaModel, conditions: readonly CellCondition[]): ConditionPlan {
  const sizes = model.domain.sizes;
  const distinct = new Set(conditions.map(({ attribute }) => attribute));
  if (
    distinct.size !== conditions.length ||
    conditions.some(({ attribute, allowed }) => sizes[attribute] !== allowed.length)
  ) {
    throw new TabveilError(
      'bug',
      'copula.conditions',
      'copula: conditions must name each column once, with one flag per cell.',
    );
  }
  const share = ({ attribute, allowed }: CellCondition) =>
    model.shares[attribute]!.reduce((sum, value, code) => sum + (allowed[code] ? value : 0), 0);
  const ordered = conditions.toSorted((a, b) => share(a) - share(b));
  const free = [...sizes.keys()].filter((column) => !distinct.has(column));
  const rows = createLatentRows(model, [...ordered.map(({ attribute }) => attribute), ...free]);
  const sets = ordered.map(({ attribute, allowed }, position) => {
    const set = latentSetOf(rows.cuts[position]!, model.orders[attribute]!, allowed);
    if (set.lows.length === 0) throw impossible(`column "${model.domain.names[attribute]}" never takes these values`);
    return set;
  });
  const size = rows.columns.length;
  const bounds = Float64Array.from(sets, (set, k) => (k === 0 ? 1 : boundProbability(set, rows.factor[k * size + k]!)));
  const filters = ordered.map((condition) => {
    const shares = model.shares[condition.attribute]!.map((value, code) => (condition.allowed[code] ? value : -1));
    return { ...condition, likeliest: shares.indexOf(Math.max(...shares)) };
  });
  return { rows, sets, bounds, filters };
}

function impossible(finding: string): TabveilError {
  return new TabveilError('usage', 'copula.impossible', `conditions: ${finding} in this model; loosen the conditions.`);
}

/** Draws the normals of the conditioned columns of one row. */
function drawConditioned(
  plan: ConditionPlan,
  normals: readonly Float64Array[],
  row: number,
  stream: BlockStream,
): void {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    if (tryConditioned(plan, normals, row, stream)) return;
  }
  throw impossible('all of them together practically never hold');
}

function tryConditioned(
  { rows, sets, bounds }: ConditionPlan,
  normals: readonly Float64Array[],
  row: number,
  stream: BlockStream,
): boolean {
  const size = rows.columns.length;
  for (let position = 0; position < sets.length; position++) {
    const base = position * size;
    let mean = 0;
    for (let k = 0; k < position; k++) mean += rows.factor[base + k]! * normals[k]![row]!;
    const sigma = rows.factor[base + position]!;
    const set = sets[position]!;
    // Refusing as soon as one column fails is the same as refusing by the product at the end.
    if (position > 0 && stream.nextFloat() * bounds[position]! >= setProbability(set, mean, sigma)) return false;
    normals[position]![row] = drawWithin(set, mean, sigma, stream.nextFloat());
  }
  return true;
}
