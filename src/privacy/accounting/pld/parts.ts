import { zcdpEpsilon } from '../costs/zcdp.ts';
import type { Factor, TiltPlan } from './tilt-plan.ts';

/** A composition in one direction, sorted by what can be done with its parts. */
export interface Composition {
  /** Events with a dominating pair, equal ones together. */
  readonly factors: readonly Factor[];
  /** Equal exponential mechanisms, played as a game; empty when there are none or `rho` is not 0. */
  readonly game?: { readonly range: number; readonly count: number };
  /** Everything else: its concentrated cost, and its Rényi divergence by order, at most alpha·rho. */
  readonly rho: number;
  readonly divergence: (alpha: number) => number;
}

/** Losses beyond it overflow their exponentials: such compositions are left to other accountants. */
export const LARGEST_LOSS = 600;

/** Depth to which a remainder is stored, relative to the delta asked for. */
const REMAINDER_DEPTH = 1e-4;

/** The largest loss the whole composition can have. */
export function largestLoss({ factors, game, rho }: Composition): number {
  if (rho > 0) return Number.POSITIVE_INFINITY;
  const selected = game === undefined ? 0 : game.count * game.range;
  return factors.reduce((sum, { pair, count }) => sum + count * pair.largestLoss, selected) * (1 + 1e-12);
}

/** Variance of the loss of everything that is not a fixed pair, as if Gaussian. */
export function remainderVariance({ game, rho }: Composition): number {
  return 2 * rho + (game === undefined ? 0 : (game.count * game.range ** 2) / 4);
}

/** Budgets between which the remainder must be stored, for values on a grid of this step. */
export function remainderReach(
  { game, rho }: Composition,
  { logDelta }: TiltPlan,
  step: number,
): { readonly below: number; readonly above: number } | undefined {
  // Chords on a grid coarser than the range spread a game like a wider range.
  const total = rho + (game === undefined ? 0 : (game.count * (game.range + 2 * step) ** 2) / 8);
  if (total === 0) return undefined;
  const above = zcdpEpsilon(total, Math.exp(Math.max(-700, logDelta + Math.log(REMAINDER_DEPTH))));
  return { above, below: Math.max(above / 2, 4 * Math.sqrt(2 * total)) };
}
