import { TabveilError } from '../errors.ts';
import type { Clique, Domain } from './domain.ts';
import { estimateParts, type PartEstimate } from './measured-parts.ts';
import type { Measurement } from './measurement.ts';
import { createPause } from './pause.ts';
import { accumulateParts, centre, composeMarginal, type MarginalParts, planParts } from './residuals.ts';

/** How to reconstruct; `total` is the only required fact. */
export interface ReconstructOptions {
  /** Number of rows, public or released; positive. Every reconstructed marginal sums to it. */
  readonly total: number;
  /** Ends when no cell is further below 0, and none moved further in a step, than this many standard deviations of noise. */
  readonly tolerance?: number;
  readonly maxIterations?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_TOLERANCE = 0.05;
const DEFAULT_MAX_ITERATIONS = 500;
/** Over-relaxation of the alternating direction method; 1.5 to 1.8 is the customary range. */
const RELAXATION = 1.6;

/**
 * Consistent, non-negative marginals from noisy ones without a graphical model, so that neither the number of columns
 * nor the shape of what was measured limits it: weighted least squares over the orthogonal parts of all marginals,
 * subject to every marginal of the workload being non-negative. Parts that nothing measured are those of independent
 * attributes.
 *
 * @param cliques - the workload: the marginals wanted
 * @returns one table per clique, row-major, last attribute fastest; they agree on shared attributes
 * @throws TabveilError when the total is not positive; the signal's reason when aborted.
 *
 * **Privacy**: post-processing of released counts.
 * **Cost**: per iteration some 2^k passes over each marginal of k attributes; all pairs of 100 columns take seconds.
 * @source Mullins, Fuentes, Xiao, Kifer, Musco, Sheldon, "Efficient and Private Marginal Reconstruction with Local
 * Non-Negativity" (GReM-LNN), arXiv 2410.01091; solved by the alternating direction method, whose linear step is diagonal
 * in the parts, and with independence instead of uniformity where nothing was measured
 */
export async function reconstruct(
  domain: Domain,
  measurements: readonly Measurement[],
  cliques: readonly Clique[],
  options: ReconstructOptions,
): Promise<Float64Array[]> {
  const { total } = options;
  if (!(Number.isFinite(total) && total > 0)) {
    throw new TabveilError('bug', 'reconstruct.total', `reconstruct: the total is ${total}; it is a positive number.`);
  }
  const estimates = estimateParts(domain, measurements, cliques, total);
  const index = new Map(estimates.map(({ clique }, part) => [clique.join(), part]));
  const plans = cliques.map((clique) => planParts(domain, clique, index));
  return enforceNonNegative(domain, estimates, plans, options);
}

/** State of the alternating direction method for one marginal. */
interface Constrained {
  readonly plan: MarginalParts;
  /** Weight of agreement between the marginal and its non-negative copy: the precision of its own part. */
  readonly weight: number;
  readonly marginal: Float64Array;
  /** Non-negative copy. */
  readonly copy: Float64Array;
  /** Scaled multipliers. */
  readonly multipliers: Float64Array;
}

async function enforceNonNegative(
  domain: Domain,
  estimates: readonly PartEstimate[],
  plans: readonly MarginalParts[],
  { tolerance = DEFAULT_TOLERANCE, maxIterations = DEFAULT_MAX_ITERATIONS, signal }: ReconstructOptions,
): Promise<Float64Array[]> {
  const parts = estimates.map(({ values }) => values.slice());
  const constrained = plans.map((plan): Constrained => {
    const own = estimates[plan.parts.at(-1)!.part]!.precision;
    const weight = Number.isFinite(own) ? own : 1;
    const marginal = new Float64Array(plan.cells);
    composeMarginal(plan, parts, marginal);
    return {
      plan,
      weight,
      marginal,
      copy: marginal.map((value) => Math.max(0, value)),
      multipliers: new Float64Array(plan.cells),
    };
  });
  const curvature = partCurvature(estimates, constrained);
  const pause = createPause(signal);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    updateParts(domain, estimates, constrained, curvature, parts);
    const worst = constrained.reduce((most, item) => Math.max(most, updateCopy(item, parts)), 0);
    if (worst <= tolerance) break;
    await pause();
  }
  return constrained.map(({ marginal }) => marginal.map((value) => Math.max(0, value)));
}

/** Σ weight · share over the marginals that contain each part. */
function partCurvature(estimates: readonly PartEstimate[], constrained: readonly Constrained[]): Float64Array {
  const curvature = new Float64Array(estimates.length);
  for (const { plan, weight } of constrained) {
    for (const { part, share } of plan.parts) curvature[part]! += weight * share;
  }
  return curvature;
}

/** Least squares in the parts, which are orthogonal, so each is solved on its own. The total stays. */
function updateParts(
  domain: Domain,
  estimates: readonly PartEstimate[],
  constrained: readonly Constrained[],
  curvature: Float64Array,
  parts: readonly Float64Array[],
): void {
  parts.forEach((part, index) => {
    if (estimates[index]!.clique.length > 0) part.fill(0);
  });
  const total = parts.findIndex((_, index) => estimates[index]!.clique.length === 0);
  const fixed = parts[total]?.[0];
  for (const { plan, weight, marginal, copy, multipliers } of constrained) {
    for (let cell = 0; cell < marginal.length; cell++) marginal[cell] = copy[cell]! - multipliers[cell]!;
    accumulateParts(plan, marginal, weight, parts);
  }
  parts.forEach((part, index) => {
    const { clique, values, precision } = estimates[index]!;
    if (index === total) {
      part[0] = fixed!;
      return;
    }
    centre(domain, clique, part);
    const scale = 1 / (precision + curvature[index]!);
    for (let cell = 0; cell < part.length; cell++) part[cell] = scale * (part[cell]! + precision * values[cell]!);
  });
}

/** Recomposes the marginal and clips its copy; returns the largest violation or movement in standard deviations. */
function updateCopy(
  { plan, weight, marginal, copy, multipliers }: Constrained,
  parts: readonly Float64Array[],
): number {
  composeMarginal(plan, parts, marginal);
  let worst = 0;
  for (let cell = 0; cell < marginal.length; cell++) {
    const value = marginal[cell]!;
    const relaxed = RELAXATION * value + (1 - RELAXATION) * copy[cell]! + multipliers[cell]!;
    const clipped = Math.max(relaxed, 0);
    worst = Math.max(worst, Math.abs(clipped - copy[cell]!), -value);
    copy[cell] = clipped;
    multipliers[cell] = relaxed - clipped;
  }
  return worst * Math.sqrt(weight);
}
