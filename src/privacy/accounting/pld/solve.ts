import { zcdpDelta } from '../costs/zcdp.ts';
import { buildRemainder } from './build-remainder.ts';
import { chernoffDelta, composeLosses } from './compose.ts';
import { type ComposedCurve, mixedCurve, plainCurve } from './composed-curve.ts';
import { type Composition, LARGEST_LOSS, remainderReach, remainderVariance } from './parts.ts';
import { remainderAt } from './remainder.ts';
import { planTilt, type Question, type TiltPlan } from './tilt-plan.ts';
import { gridStep, placeWindow } from './window.ts';

/** Logarithm of a delta not worth a grid: it is bounded by Chernoff's inequality instead. */
const VANISHING = -300;

/** Grid points below epsilon that a Chernoff bound needs at most. */
const FINEST_VANISHING = 1 << 16;

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

/** One point, the epsilon asked for, with its Chernoff bound; a remainder is charged on half of epsilon. */
function vanishingCurve(composition: Composition, plan: TiltPlan, needed: number): ComposedCurve {
  const step = Math.max(needed, plan.epsilon / FINEST_VANISHING);
  const { rho, game } = composition;
  const total = rho + (game === undefined ? 0 : (game.count * game.range ** 2) / 8);
  const epsilon = total === 0 ? plan.epsilon : plan.epsilon / 2;
  const { tilt } = planTilt(composition.factors, 0, { epsilon });
  const fixed = chernoffDelta(composition.factors, epsilon, { step, tilt, eventTail: 1e-300 });
  const rest = total === 0 ? 0 : zcdpDelta(total * (1 + 1e-12), epsilon);
  const index = Math.floor(plan.epsilon / step);
  return { step, low: index - 1, high: index, deltaAt: () => Math.min(1, fixed + rest) };
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
