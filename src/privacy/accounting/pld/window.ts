import type { Window } from './compose.ts';
import { type Composition, LARGEST_LOSS, remainderReach, remainderVariance } from './parts.ts';
import { lowerReach, RARE, type TiltPlan, tiltedUpperReach, upperReach } from './tilt-plan.ts';

/** Share of the variance of the composed loss that rounding onto the grid may add (twice its effect on epsilon). */
const VARIANCE_INFLATION = 1e-4;

/** Grid points per standard deviation of the composed loss: the chord between them then costs below 1e-3 of delta. */
const POINTS_PER_DEVIATION = 50;

/** Transform sizes: beyond the largest the grid gets coarser, which stays safe and costs tightness. */
const LARGEST_SIZE = 2 ** 20;

/** A lattice grid, which loses nothing, is used up to this size. */
const LARGEST_LATTICE_SIZE = 2 ** 18;

/** Events whose largest losses may all occur together with a probability that matters. */
const MOST_LIFTED = 256;

/** Logarithm of the mass cut off, relative to delta. */
const LOG_CUT = Math.log(RARE);

/** The coarsest step that keeps the promises above. */
export function gridStep(composition: Composition, plan: TiltPlan): number {
  const rounds = composition.factors.reduce((sum, { count }) => sum + count, 0) + (composition.game?.count ?? 0);
  const untilted = plan.fixed(0).variance + remainderVariance(composition);
  // Close to the largest possible loss the tilted variance vanishes; a grid for it would buy nothing.
  const tilted = Math.max(plan.total.variance, untilted / 100);
  // Splitting a loss inside a cell of width h adds at most h²/6 on average.
  const byInflation = Math.sqrt((6 * VARIANCE_INFLATION * Math.min(untilted, tilted)) / Math.max(1, rounds));
  return Math.min(byInflation, Math.sqrt(tilted) / POINTS_PER_DEVIATION);
}

/** The window and grid for the losses of the fixed pairs; `undefined` when doubles cannot hold them. */
export function placeWindow(composition: Composition, plan: TiltPlan, needed: number): Window | undefined {
  const { factors } = composition;
  const { reach: top, tilt: topTilt } = upperReach(plan, factors, plan.logDelta + LOG_CUT);
  // A remainder needs losses down to where it is certain to be small; alone, only losses above epsilon count.
  const spread = remainderReach(composition, plan, needed)?.above ?? 0;
  const deviation = Math.sqrt(plan.fixed(0).variance);
  const lowest = Math.min(lowerReach(plan, LOG_CUT - 12), Math.min(plan.epsilon, top) - 2 * deviation) - spread;
  if (!(top < LARGEST_LOSS) || !(lowest > -LARGEST_LOSS)) return undefined;
  // Mass above the window wraps around; under the tilt it would count more than it is worth, so it must be rare there too.
  const largest = factors.reduce((sum, { pair, count }) => sum + count * pair.largestLoss, 0);
  const wrapping = Math.min(largest, tiltedUpperReach(plan, LOG_CUT)) - Math.min(plan.epsilon, top);
  const range = Math.min(2 * LARGEST_LOSS, Math.max(top - lowest, wrapping));
  const step = latticeStep(composition, needed, range) ?? Math.max(needed, range / (LARGEST_SIZE - 8));
  // Rounding may lift each bounded loss by one point; with few events the window holds even that.
  const events = factors.reduce((sum, { count }) => sum + count, 0);
  const points = Math.ceil(range / step) + 4 + Math.min(events, MOST_LIFTED);
  const size = 2 ** Math.max(5, Math.ceil(Math.log2(points)));
  return { step, bottom: Math.floor(lowest / step) - 2, size, tilt: plan.tilt, topTilt, eventTail: plan.eventTail };
}

/** The lattice of the only factor, when it has one and a transform can hold it. */
function latticeStep({ factors, game, rho }: Composition, needed: number, range: number): number | undefined {
  const lattice = factors.length === 1 && game === undefined && rho === 0 ? factors[0]?.pair.lattice : undefined;
  if (lattice === undefined) return undefined;
  return lattice > needed || range / lattice < LARGEST_LATTICE_SIZE ? lattice : undefined;
}
