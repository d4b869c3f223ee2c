/** What one trial scale costs: `use` is accounted over target epsilon, at most 1 when the scale may be used. */
export interface Priced<T> {
  readonly use: number;
  readonly result: T;
}

/** How close to the target the search comes, relative; further digits cost accountant runs and buy nothing. */
const TOLERANCE = 2e-4;

/** Part of the tolerance aimed at, so that a good guess lands inside. */
const AIM = 1 - TOLERANCE / 3;

/** Largest use accepted: machines whose exponentials differ in the last bit must still agree that a plan is within its target. */
const MOST_USE = 1 - 1e-6;

/** Trials of the scale; three or four are usual. */
const MOST_TRIALS = 60;

/** Uses outside this range carry no slope: an infinite cost only says "far too much". */
const USE_RANGE = [0.05, 20] as const;

/** A trial: natural logarithms of the scale and of its use. */
interface Trial {
  readonly logScale: number;
  readonly logUse: number;
}

/**
 * The largest scale of a growing cost within its target, to a relative tolerance of 2e-4 in the cost: guesses by the given
 * elasticity, then by the line through the nearest trials in log-log space, always inside the known bracket.
 * @param start first scale tried; a good guess saves runs, a bad one costs only time.
 * @param elasticity estimate of d ln use / d ln scale, > 0.
 * @returns the result of the best scale within the target, or `undefined` when none was found.
 */
export function growScale<T>(start: number, elasticity: number, price: (scale: number) => Priced<T>): T | undefined {
  let best: { readonly trial: Trial; readonly result: T } | undefined;
  let above: Trial | undefined;
  let logScale = Math.log(start);
  for (let count = 0; count < MOST_TRIALS; count++) {
    const { use, result } = price(Math.exp(logScale));
    const trial = { logScale, logUse: Math.log(Math.min(USE_RANGE[1], Math.max(USE_RANGE[0], use))) };
    const other = use <= MOST_USE ? (best?.trial ?? above) : (above ?? best?.trial);
    if (use <= MOST_USE) best = { trial, result };
    else above = trial;
    if (use <= MOST_USE && use > 1 - TOLERANCE) break;
    if (best !== undefined && above !== undefined && above.logScale - best.trial.logScale < TOLERANCE / 10) break;
    logScale = nextLogScale(trial, other, elasticity);
    if (best !== undefined && above !== undefined) {
      // Kept off the ends of the bracket, so that it shrinks whatever the curve does.
      const width = above.logScale - best.trial.logScale;
      logScale = Math.min(above.logScale - width / 20, Math.max(best.trial.logScale + width / 20, logScale));
    }
  }
  return best?.result;
}

/** Where the line through two trials, or from one trial with the elasticity, meets the aim. */
function nextLogScale(trial: Trial, other: Trial | undefined, elasticity: number): number {
  const measured = other === undefined ? elasticity : (trial.logUse - other.logUse) / (trial.logScale - other.logScale);
  const slope = Math.max(Number.isFinite(measured) ? measured : elasticity, elasticity / 4);
  return trial.logScale + (Math.log(AIM) - trial.logUse) / slope;
}
