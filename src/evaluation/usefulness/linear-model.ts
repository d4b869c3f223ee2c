import { TabveilError } from '../../errors.ts';
import { sigmoid } from '../../math/logistic.ts';
import { solveCholesky } from './cholesky.ts';
import type { DesignMatrix } from './design-matrix.ts';

/** Newton steps; the loss is convex and a dozen suffice. */
const MAX_STEPS = 60;
/** Largest gradient entry, per row, at which the optimum counts as reached. */
const GRADIENT_TOLERANCE = 1e-11;
/** Halvings of a step that does not improve the loss. */
const MAX_HALVINGS = 30;

/** A fitted linear predictor: intercept + Σ coefficient · feature. */
export interface LinearModel {
  readonly coefficients: Float64Array;
  readonly intercept: number;
}

/** Which loss: logistic for labels 0 and 1, squared for numbers. */
export type LinearLoss = 'logistic' | 'squared';

/**
 * Minimises ½‖w‖² + C · Σ loss with C = 1 and an unpenalised intercept, by Newton's method with step halving. The squared
 * loss is ½ (y − prediction)²; it takes one step.
 *
 * **Cost**: rows · slots² per step plus width³/6.
 * @source Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning" (2009), section 4.4.1.
 */
export function fitLinear(design: DesignMatrix, targets: Float64Array, loss: LinearLoss): LinearModel {
  const size = design.width + 1;
  let weights = new Float64Array(size);
  weights[design.width] = loss === 'squared' ? targets.reduce((t, y) => t + y, 0) / Math.max(targets.length, 1) : 0;
  let current = objective(design, targets, { weights, loss });
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const { gradient, hessian } = derivatives(design, targets, { weights, loss });
    if (gradient.every((entry) => Math.abs(entry) <= GRADIENT_TOLERANCE * Math.max(design.rows, 1))) break;
    if (!solveCholesky(hessian, gradient)) {
      throw new TabveilError(
        'bug',
        'linear.hessian',
        'linear model: the Hessian is not positive definite; features must be finite.',
      );
    }
    const next = descend(design, targets, { weights, direction: gradient, current, loss });
    if (!next) break;
    weights = next.weights;
    current = next.value;
  }
  return { coefficients: weights.slice(0, design.width), intercept: weights[design.width] as number };
}

/** Linear predictors of all rows. */
export function predictLinear(design: DesignMatrix, model: LinearModel): Float64Array {
  const out = new Float64Array(design.rows).fill(model.intercept);
  for (const slot of design.slots) {
    if (slot.kind === 'dense') {
      const weight = model.coefficients[slot.feature] as number;
      for (let row = 0; row < out.length; row += 1) out[row]! += weight * (slot.values[row] as number);
    } else {
      for (let row = 0; row < out.length; row += 1) {
        const feature = slot.features[row] as number;
        if (feature >= 0) out[row]! += model.coefficients[feature] as number;
      }
    }
  }
  return out;
}

interface State {
  readonly weights: Float64Array;
  readonly loss: LinearLoss;
}

function toModel(weights: Float64Array): LinearModel {
  return { coefficients: weights.subarray(0, weights.length - 1), intercept: weights[weights.length - 1] as number };
}

function objective(design: DesignMatrix, targets: Float64Array, { weights, loss }: State): number {
  const predictors = predictLinear(design, toModel(weights));
  let total = 0;
  for (let feature = 0; feature < design.width; feature += 1) total += (weights[feature] as number) ** 2 / 2;
  for (let row = 0; row < design.rows; row += 1) {
    const x = predictors[row] as number;
    const y = targets[row] as number;
    // log(1 + eˣ) − y·x, written so that large x cannot overflow.
    total += loss === 'squared' ? (x - y) ** 2 / 2 : Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - y * x;
  }
  return total;
}

function derivatives(design: DesignMatrix, targets: Float64Array, { weights, loss }: State) {
  const size = design.width + 1;
  const gradient = Float64Array.from(weights);
  gradient[design.width] = 0;
  const hessian = new Float64Array(size * size);
  for (let feature = 0; feature < design.width; feature += 1) hessian[feature * size + feature] = 1;
  const predictors = predictLinear(design, toModel(weights));
  const features = new Int32Array(design.slots.length + 1);
  const values = new Float64Array(design.slots.length + 1);
  for (let row = 0; row < design.rows; row += 1) {
    const mean = loss === 'squared' ? (predictors[row] as number) : sigmoid(predictors[row] as number);
    const residual = mean - (targets[row] as number);
    const curvature = loss === 'squared' ? 1 : mean * (1 - mean);
    const filled = gatherRow(design, row, { features, values });
    for (let i = 0; i < filled; i += 1) {
      const feature = features[i] as number;
      const value = values[i] as number;
      gradient[feature]! += residual * value;
      for (let j = 0; j <= i; j += 1) {
        hessian[feature * size + (features[j] as number)]! += curvature * value * (values[j] as number);
      }
    }
  }
  mirrorHessian(hessian, size);
  return { gradient, hessian };
}

/** Adds entries written above the diagonal to the lower triangle: features of a row come in slot order, not sorted. */
function mirrorHessian(hessian: Float64Array, size: number): void {
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < i; j += 1) {
      hessian[i * size + j]! += hessian[j * size + i] as number;
      hessian[j * size + i] = 0;
    }
  }
}

/** Non-zero features of one row and the intercept; returns how many. */
function gatherRow(
  design: DesignMatrix,
  row: number,
  { features, values }: { readonly features: Int32Array; readonly values: Float64Array },
): number {
  let filled = 0;
  for (const slot of design.slots) {
    const feature = slot.kind === 'dense' ? slot.feature : (slot.features[row] as number);
    if (feature < 0) continue;
    features[filled] = feature;
    values[filled] = slot.kind === 'dense' ? (slot.values[row] as number) : 1;
    filled += 1;
  }
  features[filled] = design.width;
  values[filled] = 1;
  return filled + 1;
}

interface Descent extends State {
  readonly direction: Float64Array;
  readonly current: number;
}

/** The Newton step, halved until the objective falls; undefined when no step does. */
function descend(design: DesignMatrix, targets: Float64Array, { weights, direction, current, loss }: Descent) {
  for (let halving = 0, scale = 1; halving < MAX_HALVINGS; halving += 1, scale /= 2) {
    const candidate = weights.map((weight, feature) => weight - scale * (direction[feature] as number));
    const value = objective(design, targets, { weights: candidate, loss });
    if (value <= current) return { weights: candidate, value };
  }
  return undefined;
}
