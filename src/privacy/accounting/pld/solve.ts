import { boundedRangeRenyi } from '../renyi.ts';
import { zcdpDelta, zcdpEpsilon } from '../zcdp.ts';
import { boundedRangeRemainder } from './bounded-range-game.ts';
import { chernoffDelta, composeLosses, type Window } from './compose.ts';
import { type ComposedCurve, mixedCurve, plainCurve } from './composed-curve.ts';
import { divergenceRemainder, type Remainder, refineRemainder, remainderAt } from './remainder.ts';
import { type Factor, lowerReach, planTilt, type Question, type TiltPlan, upperReach } from './tilt-plan.ts';

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

/** Share of the variance of the composed loss that rounding onto the grid may add (twice its effect on epsilon). */
const VARIANCE_INFLATION = 1e-4;

/** The same for a long game on its own coarser grid. */
const GAME_INFLATION = 1e-3;

/** Grid points per standard deviation of the composed loss: the chord between them then costs below 1e-3 of delta. */
const POINTS_PER_DEVIATION = 50;

/** Transform sizes: beyond the largest the grid gets coarser, which stays safe and costs tightness. */
const LARGEST_SIZE = 2 ** 20;

/** A lattice grid, which loses nothing, is used up to this size. */
const LARGEST_LATTICE_SIZE = 2 ** 18;

/** Events whose largest losses may all occur together with a probability that matters. */
const MOST_LIFTED = 256;

/** Mass cut off, relative to delta: it is added to delta. */
const LOG_CUT = Math.log(1e-5);

/** Pieces of the game one evaluation may cost, about half a second, and the number aimed at. */
const MOST_GAME_PIECES = 5e7;
const FEW_GAME_PIECES = 2e6;

/** Logarithm of a delta not worth a grid: it is bounded by Chernoff's inequality instead. */
const VANISHING = -300;

/** Losses beyond it overflow their exponentials: such compositions are left to other accountants. */
const LARGEST_LOSS = 600;

/**
 * Upper bounds on delta around the answer to a question, for one direction of a composition; `undefined` when the answer
 * lies beyond what doubles can hold.
 */
export function solveComposition(composition: Composition, question: Question): ComposedCurve | undefined {
  const plan = planTilt(composition.factors, remainderVariance(composition), question);
  const needed = gridStep(composition, plan);
  if ('epsilon' in question && plan.logDelta < VANISHING && composition.factors.length > 0) {
    return vanishingCurve(composition, plan, needed);
  }
  if (composition.factors.length === 0) return remainderCurve(composition, plan, needed);
  const window = placeWindow(composition, plan, needed);
  if (window === undefined) return undefined;
  const loss = composeLosses(composition.factors, window);
  const remainder = buildRemainder(composition, plan, window.step);
  return remainder === undefined ? plainCurve(loss) : mixedCurve(loss, remainder);
}

/** The largest loss the whole composition can have. */
export function largestLoss({ factors, game, rho }: Composition): number {
  if (rho > 0) return Number.POSITIVE_INFINITY;
  const selected = game === undefined ? 0 : game.count * game.range;
  return factors.reduce((sum, { pair, count }) => sum + count * pair.largestLoss, selected) * (1 + 1e-12);
}

function remainderVariance({ game, rho }: Composition): number {
  return 2 * rho + (game === undefined ? 0 : (game.count * game.range ** 2) / 4);
}

/** The coarsest step that keeps the promises above. */
function gridStep(composition: Composition, plan: TiltPlan): number {
  const rounds = composition.factors.reduce((sum, { count }) => sum + count, 0) + (composition.game?.count ?? 0);
  const untilted = plan.fixed(0).variance + remainderVariance(composition);
  // Close to the largest possible loss the tilted variance vanishes; a grid for it would buy nothing.
  const tilted = Math.max(plan.total.variance, untilted / 100);
  // Splitting a loss inside a cell of width h adds at most h²/6 on average.
  const byInflation = Math.sqrt((6 * VARIANCE_INFLATION * Math.min(untilted, tilted)) / Math.max(1, rounds));
  return Math.min(byInflation, Math.sqrt(tilted) / POINTS_PER_DEVIATION);
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

function placeWindow(composition: Composition, plan: TiltPlan, needed: number): Window | undefined {
  const { factors } = composition;
  const { reach: top, tilt: topTilt } = upperReach(plan, factors, plan.logDelta + LOG_CUT);
  // A remainder needs losses down to where it is certain to be small; alone, only losses above epsilon count.
  const deviation = Math.sqrt(plan.total.variance);
  const spread = remainderReach(composition, plan, needed)?.above ?? 0;
  const lowest = Math.min(lowerReach(plan, LOG_CUT - 12), Math.min(plan.epsilon, top) - spread - 2 * deviation);
  if (!(top < LARGEST_LOSS) || !(lowest > -LARGEST_LOSS)) return undefined;
  const step = latticeStep(composition, needed, top - lowest) ?? Math.max(needed, (top - lowest) / (LARGEST_SIZE - 8));
  const bottom = Math.floor(lowest / step) - 2;
  // Rounding may lift each bounded loss by one point; with few events the window holds even that.
  const events = factors.reduce((sum, { count }) => sum + count, 0);
  const points = Math.ceil(top / step) + 2 + Math.min(events, MOST_LIFTED) - bottom;
  const size = 2 ** Math.max(5, Math.ceil(Math.log2(points)));
  const eventTail = Math.max(1e-300, Math.exp(plan.logDelta + LOG_CUT) / events);
  return { step, bottom, size, tilt: plan.tilt, topTilt, eventTail };
}

/** The lattice of the only factor, when it has one and a transform can hold it. */
function latticeStep({ factors, game, rho }: Composition, needed: number, range: number): number | undefined {
  const lattice = factors.length === 1 && game === undefined && rho === 0 ? factors[0]?.pair.lattice : undefined;
  if (lattice === undefined) return undefined;
  return lattice > needed || range / lattice < LARGEST_LATTICE_SIZE ? lattice : undefined;
}

/** Budgets between which the remainder must be stored, for values on a grid of this step. */
function remainderReach(
  { game, rho }: Composition,
  { logDelta }: TiltPlan,
  step: number,
): { readonly below: number; readonly above: number } | undefined {
  // Chords on a grid coarser than the range spread a game like a wider range.
  const total = rho + (game === undefined ? 0 : (game.count * (game.range + 2 * step) ** 2) / 8);
  if (total === 0) return undefined;
  const above = zcdpEpsilon(total, Math.exp(Math.max(-700, logDelta + Math.log(1e-4))));
  return { above, below: Math.max(above / 2, 4 * Math.sqrt(2 * total)) };
}

function buildRemainder(composition: Composition, plan: TiltPlan, step: number): Remainder | undefined {
  const coarseness = gameCoarseness(composition, plan, step);
  const reach = remainderReach(composition, plan, coarseness * step);
  if (reach === undefined) return undefined;
  const { game, divergence } = composition;
  if (game === undefined) return divergenceRemainder(divergence, step, reach);
  if (gamePieces(composition, plan, coarseness * step) <= MOST_GAME_PIECES) {
    return refineRemainder(boundedRangeRemainder(game.range, game.count, coarseness * step, reach), coarseness);
  }
  return divergenceRemainder((alpha) => game.count * boundedRangeRenyi(game.range, alpha), step, reach);
}

/** One point, the epsilon asked for, with its Chernoff bound; a remainder is charged on half of epsilon. */
function vanishingCurve(composition: Composition, plan: TiltPlan, needed: number): ComposedCurve {
  const { rho, game } = composition;
  const total = rho + (game === undefined ? 0 : (game.count * game.range ** 2) / 8);
  const epsilon = total === 0 ? plan.epsilon : plan.epsilon / 2;
  const { tilt } = planTilt(composition.factors, 0, { epsilon });
  const fixed = chernoffDelta(composition.factors, epsilon, { step: needed, tilt, eventTail: 1e-300 });
  const rest = total === 0 ? 0 : zcdpDelta(total * (1 + 1e-12), epsilon);
  const index = Math.floor(plan.epsilon / needed);
  return { step: needed, low: index - 1, high: index, deltaAt: () => Math.min(1, fixed + rest) };
}

/** A composition without fixed pairs is its remainder. */
function remainderCurve(composition: Composition, plan: TiltPlan, step: number): ComposedCurve | undefined {
  const reach = remainderReach(composition, plan, step);
  if (reach === undefined || !(reach.above < LARGEST_LOSS)) return undefined;
  const remainder = buildRemainder(composition, plan, step);
  if (remainder === undefined) return undefined;
  return {
    step,
    low: remainder.first,
    high: remainder.first + remainder.values.length - 1,
    deltaAt: (index) => remainderAt(remainder, index),
  };
}
