import { logGamma, regularizedBeta } from '../../math/beta.ts';
import { normalUpper, normalUpperQuantile } from '../../math/normal.ts';
import type { Guarantee } from './claim.ts';

/** How well an attacker told which canaries took part in one run. */
export interface Guesses {
  /** Canaries, each of which took part or not by a fair coin of its own. */
  readonly canaries: number;
  /** Canaries about which the attacker committed itself; fixed before the run. */
  readonly guesses: number;
  /** Guesses that were right. */
  readonly correct: number;
}

/**
 * The largest probability with which any attacker makes at least so many right guesses about one run of an (epsilon, delta)-DP
 * mechanism, every canary being a unit of its own: P[W ≥ v] + 2mδ·max over i of P[v > W ≥ v - i]/i, where W is binomial with
 * r guesses and the accuracy e^ε/(1 + e^ε) of randomised response.
 *
 * @returns at most 1.
 * **Numerics**: relative error about 1e-10.
 * **Cost**: linear in `correct`.
 * @source Steinke, Nasr, Jagielski, "Privacy auditing with one (1) training run", NeurIPS 2023 (arXiv 2305.08846), Theorem 5.2.
 * @example guessingChance({ canaries: 100, guesses: 100, correct: 75 }, { epsilon: Math.log(3), delta: 0 }) // 0.553
 */
export function guessingChance({ canaries, guesses, correct }: Guesses, { epsilon, delta }: Guarantee): number {
  if (correct <= 0) return 1;
  const [accuracy, error] = [1 / (1 + Math.exp(-epsilon)), 1 / (1 + Math.exp(epsilon))];
  const byLuck = error === 0 ? 1 : regularizedBeta(accuracy, correct, guesses - correct + 1);
  if (delta === 0 || error === 0) return byLuck;
  // P[W = correct], then each probability below it from the one above.
  const logChoices = logGamma(guesses + 1) - logGamma(correct + 1) - logGamma(guesses - correct + 1);
  let chance = Math.exp(logChoices + correct * Math.log(accuracy) + (guesses - correct) * Math.log(error));
  let [below, steepest] = [0, 0];
  for (let i = 1; i <= correct; i++) {
    const count = correct - i;
    chance *= ((count + 1) * error) / ((guesses - count) * accuracy);
    below += chance;
    steepest = Math.max(steepest, below / i);
  }
  return Math.min(1, byLuck + 2 * canaries * delta * steepest);
}

/** Largest epsilon that is looked at; no claim goes further. */
const MOST_EPSILON = 64;
const BISECTIONS = 40;

/**
 * The epsilon that a mechanism needs at `delta` for such guesses to be no less likely than `alpha`: with confidence 1 - alpha
 * it is not (epsilon, delta)-DP for any smaller one.
 */
export function epsilonOfGuesses(guesses: Guesses, delta: number, alpha: number): number {
  let [low, high] = [0, MOST_EPSILON];
  if (guessingChance(guesses, { epsilon: 0, delta }) >= alpha) return 0;
  for (let step = 0; step < BISECTIONS; step++) {
    const epsilon = (low + high) / 2;
    // Refuting one epsilon refutes all smaller ones, so that the search need not know whether the chance grows with epsilon.
    if (guessingChance(guesses, { epsilon, delta }) < alpha) low = epsilon;
    else high = epsilon;
  }
  return low;
}

/** Shares of the canaries that are tried as guesses. */
const SHARES = Array.from({ length: 24 }, (_, index) => 0.75 ** index);

/** What an audit of one run can expect of a leak. */
export interface ExpectedGuesses extends Guesses {
  /** Lower bound of epsilon that they prove. */
  readonly epsilon: number;
}

/** Numbers of guesses to choose from, with how many of them are right when scores differ by `mu`. */
function expectGuesses(canaries: number, mu: number): Guesses[] {
  return SHARES.map((share) => {
    // As many of the highest scores as of the lowest.
    const guesses = Math.max(2, 2 * Math.round((canaries * share) / 2));
    return { canaries, guesses, correct: Math.floor(guesses * accuracyOf(guesses / canaries, mu)) };
  });
}

/**
 * How many guesses to make, and what to expect of them, when the scores of canaries that take part and of others differ like
 * normal distributions of variance 1 with means `mu` apart: the number whose expected bound is largest. It is settled before
 * the run, so the run cannot have chosen it.
 */
export function planGuesses(
  canaries: number,
  mu: number,
  { delta, alpha }: { readonly delta: number; readonly alpha: number },
): ExpectedGuesses {
  const plans = expectGuesses(canaries, mu).map((expected) => ({
    ...expected,
    epsilon: epsilonOfGuesses(expected, delta, alpha),
  }));
  return plans.reduce((best, plan) => (plan.epsilon > best.epsilon ? plan : best));
}

/** Halvings of the interval that holds the smallest leak; what is expected jumps with whole guesses. */
const STEPS = 16;

/** Difference of means at which every guess is right. */
const LARGEST_MU = 16;

/**
 * The smallest leak whose expected guesses refute a guarantee, and how many guesses do so.
 * @returns `mu`: difference of means as in `planGuesses`; the largest one where no number of guesses refutes.
 */
export function planRefutation(
  canaries: number,
  guarantee: Guarantee,
  alpha: number,
): { readonly mu: number; readonly guesses: number } {
  const clearest = (mu: number) =>
    expectGuesses(canaries, mu)
      .map((expected) => ({ mu, guesses: expected.guesses, chance: guessingChance(expected, guarantee) }))
      .reduce((best, plan) => (plan.chance < best.chance ? plan : best));
  let found = clearest(LARGEST_MU);
  let low = 0;
  for (let step = 0; step < STEPS; step++) {
    const plan = clearest((low + found.mu) / 2);
    if (plan.chance < alpha) found = plan;
    else low = plan.mu;
  }
  return found;
}

/** How often canaries among the highest scores, half of this share of all, took part. */
function accuracyOf(share: number, mu: number): number {
  const tail = (threshold: number) => (normalUpper(threshold - mu) + normalUpper(threshold)) / 2;
  let [low, high] = [normalUpperQuantile(0.5), normalUpperQuantile(1e-12) + mu];
  if (tail(low) < share / 2) low = -high;
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2;
    if (tail(middle) > share / 2) low = middle;
    else high = middle;
  }
  return normalUpper(low - mu) / (normalUpper(low - mu) + normalUpper(low));
}

/**
 * Guesses from scores: the highest say that their canaries took part, the lowest that theirs did not, all others nothing.
 * @param included 1 for canaries that took part. @param guesses even.
 */
export function countCorrect(scores: Float64Array, included: Uint8Array, guesses: number): Guesses {
  const ranked = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  const half = guesses / 2;
  const count = (canaries: readonly number[], value: number) =>
    canaries.filter((canary) => included[canary] === value).length;
  const correct = count(ranked.slice(0, half), 1) + count(ranked.slice(ranked.length - half), 0);
  return { canaries: scores.length, guesses, correct };
}
