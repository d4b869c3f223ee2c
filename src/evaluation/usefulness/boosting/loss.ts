import type { Derivatives } from './histogram.ts';
import { pairwiseSum } from './pairwise-sum.ts';

/** Which loss: log loss for labels 0 and 1, squared for numbers. */
export type BoostingLoss = 'logistic' | 'squared';

/** Log odds where all labels are equal, which no proportion gives. */
const MAX_LOG_ODDS = 10;
/** Below this, 1 + exp(x) is 1 in double precision. */
const LEAST_LOG_ODDS = -37;
/** Above these, log(1 + exp(x)) is x + exp(−x), and x. */
const LARGE_LOG_ODDS = 18;
const HUGE_LOG_ODDS = 33.3;

/** The constant prediction that fits best: log odds of the share of ones, or the mean. */
export function bestConstant(targets: Float64Array, loss: BoostingLoss): number {
  const mean = pairwiseSum(targets) / Math.max(targets.length, 1);
  if (loss === 'squared') return mean;
  if (mean === 0 || mean === 1) return mean === 0 ? -MAX_LOG_ODDS : MAX_LOG_ODDS;
  return Math.log(mean / (1 - mean));
}

/**
 * First and second derivatives of the loss at every prediction, in single precision as histogram boosting keeps them. The
 * second derivative of the squared loss is 1 and is not written.
 */
export function differentiate(
  predictions: Float64Array,
  targets: Float64Array,
  { loss, out }: { readonly loss: BoostingLoss; readonly out: Derivatives },
): void {
  const { gradients, hessians } = out;
  for (let row = 0; row < targets.length; row += 1) {
    const x = predictions[row]!;
    const y = targets[row]!;
    if (loss === 'squared') gradients[row] = x - y;
    else if (x > LEAST_LOG_ODDS) {
      const e = Math.exp(-x);
      gradients[row] = (1 - y - y * e) / (1 + e);
      hessians[row] = e / ((1 + e) * (1 + e));
    } else {
      const e = Math.exp(x);
      gradients[row] = e - y;
      hessians[row] = e;
    }
  }
}

/** Mean loss of predictions: −log likelihood of a label given log odds, or half the squared error. */
export function meanLoss(predictions: Float64Array, targets: Float64Array, loss: BoostingLoss): number {
  const losses = predictions.map((x, row) => {
    const y = targets[row]!;
    return loss === 'squared' ? 0.5 * (x - y) * (x - y) : logOnePlusExp(x) - y * x;
  });
  return pairwiseSum(losses) / losses.length;
}

/** log(1 + exp(x)) without overflow or cancellation. @source Mächler, "Accurately computing log(1 − exp(−|a|))" (2012), eq. 10. */
function logOnePlusExp(x: number): number {
  if (x <= LARGE_LOG_ODDS) return Math.log1p(Math.exp(x));
  return x <= HUGE_LOG_ODDS ? x + Math.exp(-x) : x;
}
