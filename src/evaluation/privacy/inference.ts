import { type AlignedColumn, codesOf, type TableRole, valuesOf } from '../aligned-tables.ts';
import type { Nearest } from './nearest.ts';

/** A guessed number is right within this share of the guess. */
const NUMBER_TOLERANCE = 0.05;
/** A guessed date is right within this share of the column's range: dates have no natural zero. */
const DATE_TOLERANCE = 0.01;

/** Tells whether a guess of a secret is right; missing equals missing only. */
export function guessMatches(guess: number, secret: number, tolerance: number): boolean {
  if (Number.isNaN(guess) || Number.isNaN(secret)) return Number.isNaN(guess) && Number.isNaN(secret);
  return Math.abs(guess - secret) <= tolerance;
}

/** Rows of one table. */
export interface RowsOf {
  readonly role: TableRole;
  readonly rows: Int32Array;
}

/**
 * How many targets have their secret guessed by the synthetic row that is nearest in all other columns.
 * Categories must be equal; numbers agree within 5 % of the absolute guess, dates within 1 % of the range.
 * @source Giomi et al., PoPETs 2023, section 4.3; with the absolute value of the guess, missing values and dates.
 */
export function countRightGuesses(
  secret: AlignedColumn,
  nearest: Nearest,
  at: { readonly targets: RowsOf; readonly candidates: RowsOf; readonly range: number },
): number {
  const { targets, candidates, range } = at;
  const isRight = matcher(secret, targets.role, candidates.role, range);
  let right = 0;
  nearest.index.forEach((candidate, target) => {
    if (candidate < 0) return;
    right += Number(isRight(targets.rows[target] as number, candidates.rows[candidate] as number));
  });
  return right;
}

function matcher(secret: AlignedColumn, targetRole: TableRole, candidateRole: TableRole, range: number) {
  if (secret.kind === 'category') {
    const truth = codesOf(secret, targetRole);
    const guesses = codesOf(secret, candidateRole);
    return (target: number, candidate: number) => truth[target] === guesses[candidate];
  }
  const truth = valuesOf(secret, targetRole);
  const guesses = valuesOf(secret, candidateRole);
  const isDate = secret.field.type === 'date' || secret.field.type === 'datetime';
  return (target: number, candidate: number) => {
    const guess = guesses[candidate] as number;
    return guessMatches(
      guess,
      truth[target] as number,
      isDate ? DATE_TOLERANCE * range : NUMBER_TOLERANCE * Math.abs(guess),
    );
  };
}
