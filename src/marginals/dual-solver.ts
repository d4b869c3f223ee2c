import type { MarginalOracle } from './marginal-oracle.ts';

/**
 * Entropic Private-PGM: find the distribution p that minimises
 * ½ Σ_i weights_i (μ_i − targets_i)² + entropyWeight · total · KL(p ‖ base), with μ the marginals of total · p on the
 * oracle's cliques and base the normalised exponential of its fixed potentials (uniform when there are none).
 */
export interface DualProblem {
  readonly oracle: MarginalOracle;
  /** Noisy counts, flat as in the oracle. */
  readonly targets: Float64Array;
  /** Inverse variance of each target. */
  readonly weights: Float64Array;
  /** Expected number of rows, positive. */
  readonly total: number;
  readonly entropyWeight: number;
}

/** A point of the dual: potentials, and what one evaluation of the oracle says there. */
export interface DualPoint {
  readonly potentials: Float64Array;
  readonly marginals: Float64Array;
  /** Gradient of the dual objective: marginals + entropyWeight · potentials / weights − targets. */
  readonly gradient: Float64Array;
  /** total · log Z + ½ entropyWeight Σ potentials² / weights − Σ targets · potentials, to be minimised. */
  value: number;
}

/** Curvature pairs of limited-memory BFGS, the newest last. */
interface Memory {
  readonly steps: Float64Array[];
  readonly changes: Float64Array[];
}

/** Pairs kept; measured: 12 needs as few evaluations as 30. */
const MEMORY = 12;
/** Fraction of the diagonal Newton step tried first: cliques overlap, so the diagonal overshoots. */
const FIRST_STEP = 0.2;
/** Sufficient decrease per predicted decrease, the usual Armijo constant. */
const ARMIJO = 1e-4;
const BACKTRACK = 0.4;
const MAX_BACKTRACKS = 24;

/** An unevaluated point at `potentials`, which it owns. */
export function createDualPoint(potentials: Float64Array): DualPoint {
  const { length } = potentials;
  return { potentials, marginals: new Float64Array(length), gradient: new Float64Array(length), value: 0 };
}

/** Evaluates the dual objective and its gradient at the point's potentials: one belief propagation. */
export function evaluateDual({ oracle, targets, weights, total, entropyWeight }: DualProblem, point: DualPoint): void {
  const { potentials, marginals, gradient } = point;
  let value = total * oracle.evaluate(potentials, total, marginals);
  for (let cell = 0; cell < potentials.length; cell++) {
    const potential = potentials[cell]!;
    const shrink = (entropyWeight * potential) / weights[cell]!;
    value += potential * (shrink / 2 - targets[cell]!);
    gradient[cell] = marginals[cell]! + shrink - targets[cell]!;
  }
  point.value = value;
}

/** ½ Σ weights (marginals − targets)², the negative log-likelihood of the noisy counts without its constant. */
export function measurementLoss({ targets, weights }: DualProblem, { marginals }: DualPoint): number {
  let loss = 0;
  for (let cell = 0; cell < targets.length; cell++) {
    const residual = marginals[cell]! - targets[cell]!;
    loss += weights[cell]! * residual * residual;
  }
  return loss / 2;
}

/**
 * Duality gap: the objective at this point's marginals exceeds the optimum by at most this much. It equals
 * ½ Σ weights · gradient².
 */
export function dualityGap({ weights }: DualProblem, { gradient }: DualPoint): number {
  let gap = 0;
  for (let cell = 0; cell < weights.length; cell++) gap += weights[cell]! * gradient[cell]! * gradient[cell]!;
  return gap / 2;
}

/**
 * Minimises the dual by limited-memory BFGS with a diagonal start metric, marginals + entropyWeight / weights, which is
 * the dual Hessian without its off-diagonal part. Yields the point after every accepted step; the caller stops when
 * satisfied. Ends by itself when no step decreases the objective any more.
 *
 * Mirror descent, the usual method, needs about a hundred times as many evaluations for the same loss: its step is
 * bounded by the largest cell, so small cells move slowly.
 *
 * @source McKenna, Sheldon, Miklau, Graphical-model based estimation and inference for differential privacy, ICML 2019
 * (the problem); Nocedal and Wright, Numerical Optimization, algorithm 7.4 (the two-loop recursion)
 */
export function* minimizeDual(problem: DualProblem, start: Float64Array): Generator<DualPoint> {
  let point = createDualPoint(start.slice());
  let next = createDualPoint(new Float64Array(start.length));
  const memory: Memory = { steps: [], changes: [] };
  const direction = new Float64Array(start.length);
  const metric = new Float64Array(start.length);
  evaluateDual(problem, point);
  yield point;
  while (true) {
    setMetric(problem, point, metric);
    setDirection(point, memory, metric, direction);
    if (!lineSearch(problem, point, direction, next)) {
      if (memory.steps.length === 0) return;
      memory.steps.length = 0;
      memory.changes.length = 0;
      continue;
    }
    remember(memory, point, next);
    [point, next] = [next, point];
    yield point;
  }
}

function setMetric({ weights, entropyWeight }: DualProblem, { marginals }: DualPoint, metric: Float64Array): void {
  for (let cell = 0; cell < metric.length; cell++) {
    metric[cell] = 1 / (marginals[cell]! + entropyWeight / weights[cell]!);
  }
}

/** Two-loop recursion: direction = −(approximate inverse Hessian) · gradient. */
function setDirection(point: DualPoint, memory: Memory, metric: Float64Array, direction: Float64Array): void {
  const { steps, changes } = memory;
  for (let cell = 0; cell < direction.length; cell++) direction[cell] = -point.gradient[cell]!;
  const coefficients = steps.map(() => 0);
  for (let k = steps.length - 1; k >= 0; k--) {
    coefficients[k] = dot(steps[k]!, direction) / dot(steps[k]!, changes[k]!);
    addScaled(direction, -coefficients[k]!, changes[k]!);
  }
  const scale = metricScale(memory, metric);
  for (let cell = 0; cell < direction.length; cell++) direction[cell]! *= scale * metric[cell]!;
  for (let k = 0; k < steps.length; k++) {
    const correction = dot(changes[k]!, direction) / dot(steps[k]!, changes[k]!);
    addScaled(direction, coefficients[k]! - correction, steps[k]!);
  }
}

function metricScale({ steps, changes }: Memory, metric: Float64Array): number {
  const step = steps.at(-1);
  const change = changes.at(-1);
  if (step === undefined || change === undefined) return FIRST_STEP;
  let curvature = 0;
  for (let cell = 0; cell < change.length; cell++) curvature += metric[cell]! * change[cell]! * change[cell]!;
  return dot(step, change) / curvature;
}

/** Backtracks until sufficient decrease; leaves the accepted point in `next`. False when no step decreases. */
function lineSearch(problem: DualProblem, point: DualPoint, direction: Float64Array, next: DualPoint): boolean {
  const slope = dot(point.gradient, direction);
  if (!(slope < 0)) return false;
  let length = 1;
  for (let attempt = 0; attempt < MAX_BACKTRACKS; attempt++, length *= BACKTRACK) {
    next.potentials.set(point.potentials);
    addScaled(next.potentials, length, direction);
    evaluateDual(problem, next);
    if (next.value < point.value && next.value <= point.value + ARMIJO * length * slope) return true;
  }
  return false;
}

function remember({ steps, changes }: Memory, from: DualPoint, to: DualPoint): void {
  const full = steps.length === MEMORY;
  const step = (full ? steps.shift() : undefined) ?? new Float64Array(from.potentials.length);
  const change = (full ? changes.shift() : undefined) ?? new Float64Array(from.potentials.length);
  for (let cell = 0; cell < step.length; cell++) {
    step[cell] = to.potentials[cell]! - from.potentials[cell]!;
    change[cell] = to.gradient[cell]! - from.gradient[cell]!;
  }
  // The dual is strictly convex, so only rounding can make this fail.
  if (!(dot(step, change) > 0)) return;
  steps.push(step);
  changes.push(change);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let cell = 0; cell < a.length; cell++) sum += a[cell]! * b[cell]!;
  return sum;
}

function addScaled(target: Float64Array, factor: number, source: Float64Array): void {
  for (let cell = 0; cell < target.length; cell++) target[cell]! += factor * source[cell]!;
}
