import { selectionRenyi } from '../costs/renyi.ts';
import { boundedRangeRemainder } from './bounded-range-game.ts';
import { type Composition, remainderReach } from './parts.ts';
import { divergenceRemainder, type Remainder, refineRemainder } from './remainder.ts';
import type { TiltPlan } from './tilt-plan.ts';

/** Share of the variance of the composed loss that the coarser grid of a long game may add. */
const GAME_INFLATION = 1e-3;

/** Pieces of the game one evaluation may cost, about half a second, and the number aimed at. */
const MOST_GAME_PIECES = 5e7;
const FEW_GAME_PIECES = 2e6;

/** Smaller ranges are charged by their divergence: rounding would show in probabilities so close to 1/2. */
const LEAST_GAME_RANGE = 1e-6;

/** The remainder of a composition on a grid of this step; `undefined` when there is none. */
export function buildRemainder(composition: Composition, plan: TiltPlan, step: number): Remainder | undefined {
  const coarseness = gameCoarseness(composition, plan, step);
  const reach = remainderReach(composition, plan, coarseness * step);
  if (reach === undefined) return undefined;
  const { game, divergence } = composition;
  if (game === undefined) return divergenceRemainder(divergence, step, reach);
  if (game.range >= LEAST_GAME_RANGE && gamePieces(composition, plan, coarseness * step) <= MOST_GAME_PIECES) {
    return refineRemainder(boundedRangeRemainder(game.range, game.count, coarseness * step, reach), coarseness);
  }
  return divergenceRemainder((alpha) => game.count * selectionRenyi(game.range, alpha), step, reach);
}

/** How many steps of the grid one step of the game's own grid spans: coarser for long games, within its allowance. */
function gameCoarseness(composition: Composition, plan: TiltPlan, step: number): number {
  const { game } = composition;
  if (game === undefined) return 1;
  const byCost = Math.sqrt(gamePieces(composition, plan, step) / FEW_GAME_PIECES);
  const byInflation = Math.sqrt((6 * GAME_INFLATION * plan.total.variance) / game.count) / step;
  return Math.max(1, Math.floor(Math.min(byCost, byInflation)));
}

/** Piece evaluations of the game on a grid of one step. */
function gamePieces(composition: Composition, plan: TiltPlan, step: number): number {
  const reach = remainderReach(composition, plan, step);
  const { game } = composition;
  if (game === undefined || reach === undefined) return 0;
  return (2 * game.range * game.count * (reach.above + reach.below)) / step ** 2;
}
