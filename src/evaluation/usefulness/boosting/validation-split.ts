import { allRows } from '../../selected-rows.ts';
import { NonSecretMersenneTwister } from './mersenne-twister.ts';

/** Rows to grow trees on and rows to watch them with, both in random order. */
export interface ValidationSplit {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/** Share of the rows that is kept apart. */
const VALIDATION_SHARE = 0.1;

/**
 * Keeps a tenth of the rows apart (rounded up), at random: the first of a permutation of all of them.
 * @param seed as `seedOfState` gives it
 */
export function splitAtRandom(rows: number, seed: number): ValidationSplit {
  const order = new NonSecretMersenneTwister(seed).permuted(allRows(rows));
  const apart = Math.ceil(VALIDATION_SHARE * rows);
  return { train: order.slice(apart), validation: order.slice(0, apart) };
}

/**
 * Keeps a tenth of the rows apart (rounded up), with either label in proportion: the rows of label 0 and then those of label 1
 * are permuted and dealt out, and either part is permuted again.
 *
 * Equal to scikit-learn's stratified shuffle split of the same seed; a test compares the rows.
 * @param labels 0 or 1
 * @param seed as `seedOfState` gives it
 */
export function splitByLabel(labels: ArrayLike<number>, seed: number): ValidationSplit {
  const generator = new NonSecretMersenneTwister(seed);
  const groups = [0, 1].map((label) => allRows(labels.length).filter((row) => labels[row] === label));
  const counts = groups.map((rows) => rows.length);
  const apart = Math.ceil(VALIDATION_SHARE * labels.length);
  const toTrain = dealOut(counts, labels.length - apart, generator);
  const left = counts.map((count, label) => count - (toTrain[label] ?? 0));
  const toValidation = dealOut(left, apart, generator);
  const [train, validation]: [number[], number[]] = [[], []];
  groups.forEach((rows, label) => {
    const order = generator.permuted(rows);
    const first = toTrain[label] ?? 0;
    train.push(...order.subarray(0, first));
    validation.push(...order.subarray(first, first + (toValidation[label] ?? 0)));
  });
  return {
    train: generator.permuted(Int32Array.from(train)),
    validation: generator.permuted(Int32Array.from(validation)),
  };
}

/**
 * How many of each group are drawn when `draws` are taken in proportion: whole parts first, the rest by largest remainder,
 * equal remainders at random. With two groups this is the likeliest outcome of drawing without putting back.
 */
function dealOut(counts: readonly number[], draws: number, generator: NonSecretMersenneTwister): readonly number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count / total) * draws);
  const dealt = exact.map(Math.floor);
  let missing = draws - dealt.reduce((sum, count) => sum + count, 0);
  const remainders = exact.map((value, group) => value - (dealt[group] ?? 0));
  for (const remainder of [...new Set(remainders)].sort((a, b) => b - a)) {
    if (missing <= 0) break;
    const tied = Int32Array.from([...remainders.keys()].filter((group) => remainders[group] === remainder));
    const chosen = generator.permuted(tied).subarray(0, missing);
    for (const group of chosen) dealt[group] = (dealt[group] ?? 0) + 1;
    missing -= chosen.length;
  }
  return dealt;
}
