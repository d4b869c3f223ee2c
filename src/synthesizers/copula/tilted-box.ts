import { type Interval, intervalMean, logIntervalProbability } from './latent-set.ts';

/**
 * A box of latent values under a triangular transform z = L·g of independent normals: conditioned columns first, so that
 * rows 0 … box.length-1 of L involve the first normals alone.
 */
export interface LatentBox {
  /** One interval per conditioned column. */
  readonly box: readonly Interval[];
  /** Row-major, `size` columns. */
  readonly factor: Float64Array;
  readonly size: number;
}

/** A proposal for draws from the box: normals shifted by `tilts`, each truncated to where the box lets it be. */
export interface TiltedBox extends LatentBox {
  readonly tilts: Float64Array;
  /** Upper bound of `logWeight` over the box; its exponential bounds the probability of the box. */
  readonly logBound: number;
}

/** Rounds of the fixed-point search for tilts, halving every step; more rounds hardly raise acceptance. */
const TILT_ROUNDS = 100;

/** Added to the bound for what the search for the largest weight may have missed. */
const BOUND_SLACK = 1e-3;

/** Where normal number k of a row may lie given the ones before it. */
export function allowedInterval({ box, factor, size }: LatentBox, k: number, normals: ArrayLike<number>): Interval {
  let centre = 0;
  for (let j = 0; j < k; j++) centre += factor[k * size + j]! * normals[j]!;
  const scale = factor[k * size + k]!;
  return { low: (box[k]!.low - centre) / scale, high: (box[k]!.high - centre) / scale };
}

const shift = ({ low, high }: Interval, by: number): Interval => ({ low: low - by, high: high - by });

/**
 * Log of target over proposal density at the normals of a row: what a draw from the proposal must be accepted with,
 * relative to the largest such value.
 */
export function logWeight(tilted: LatentBox & { readonly tilts: Float64Array }, normals: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < tilted.box.length; k++) {
    const tilt = tilted.tilts[k]!;
    sum += 0.5 * tilt * tilt - tilt * normals[k]!;
    sum += logIntervalProbability(shift(allowedInterval(tilted, k, normals), tilt));
  }
  return sum;
}

/**
 * Chooses tilts that make the weight as even over the box as they can, and bounds it.
 *
 * @source Botev, "The normal law under linear restrictions: simulation and estimation via minimax tilting", J. R. Stat.
 * Soc. B 2017, equations (5)–(8). The saddle point is sought by a damped fixed point of its equations; any tilts are
 * exact, because the bound is the maximum of the weight, concave over the box, at the tilts that are used.
 */
export function tiltBox(latentBox: LatentBox): TiltedBox {
  const size = latentBox.box.length;
  const tilts = new Float64Array(size);
  const normals = new Float64Array(size);
  for (let round = 0; round < TILT_ROUNDS; round++) {
    for (let k = 0; k < size; k++) {
      const allowed = allowedInterval(latentBox, k, normals);
      const mean = tilts[k]! + intervalMean(shift(allowed, tilts[k]!));
      normals[k] = round === 0 ? mean : clampTo(allowed, 0.5 * (normals[k]! + mean));
    }
    updateTilts(latentBox, tilts, normals);
  }
  const tilted = { ...latentBox, tilts };
  return { ...tilted, logBound: largestWeight(tilted, normals) + BOUND_SLACK };
}

const clampTo = ({ low, high }: Interval, value: number) => Math.max(low, Math.min(high, value));

/** One damped step of tilt_j = Σ_{k>j} (L_kj/L_kk)·(mean of the truncated normal k less its tilt). */
function updateTilts(latentBox: LatentBox, tilts: Float64Array, normals: Float64Array): void {
  const { factor, size } = latentBox;
  const pulls = Float64Array.from(tilts, (tilt, k) =>
    intervalMean(shift(allowedInterval(latentBox, k, normals), tilt)),
  );
  for (let j = 0; j < tilts.length; j++) {
    let sum = 0;
    for (let k = j + 1; k < tilts.length; k++) sum += (factor[k * size + j]! / factor[k * size + k]!) * pulls[k]!;
    tilts[j] = 0.5 * (tilts[j]! + sum);
  }
}

/** Sweeps of the search for the largest weight; each ends with a step along the whole sweep. */
const SWEEPS = 60;

/** Change of the log weight over a sweep at which the search stops; a tenth of the slack. */
const CONVERGED = 1e-4;

/** The largest log weight over the box, by line searches along latent coordinates: the box is a product there. */
function largestWeight(tilted: LatentBox & { readonly tilts: Float64Array }, start: Float64Array): number {
  const { box } = tilted;
  const at = (latent: Float64Array) => logWeight(tilted, solveNormals(tilted, latent));
  const latent = Float64Array.from(box, (interval, k) => {
    let value = 0;
    for (let j = 0; j <= k; j++) value += tilted.factor[k * tilted.size + j]! * start[j]!;
    return clampTo(interval, value);
  });
  let best = at(latent);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const [before, from] = [best, latent.slice()];
    for (let k = 0; k < box.length; k++) {
      const direction = new Float64Array(box.length);
      direction[k] = 1;
      best = climb(at, latent, { direction, box, best });
    }
    const whole = latent.map((value, k) => value - from[k]!);
    if (whole.some((move) => move !== 0)) best = climb(at, latent, { direction: whole, box, best });
    if (best - before < CONVERGED) break;
  }
  return best;
}

/** g with L·g = latent, by forward substitution. */
function solveNormals({ box, factor, size }: LatentBox, latent: Float64Array): Float64Array {
  const normals = new Float64Array(box.length);
  for (let k = 0; k < box.length; k++) {
    let rest = latent[k]!;
    for (let j = 0; j < k; j++) rest -= factor[k * size + j]! * normals[j]!;
    normals[k] = rest / factor[k * size + k]!;
  }
  return normals;
}

/** Furthest move of a line search along a direction without bound, in standard deviations. */
const FURTHEST_MOVE = 8;
const GOLDEN_STEPS = 40;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Golden-section search along a direction inside the box; moves `latent` when it rises. */
function climb(
  at: (latent: Float64Array) => number,
  latent: Float64Array,
  line: { readonly direction: Float64Array; readonly box: readonly Interval[]; readonly best: number },
): number {
  let [low, high] = moveLimits(latent, line.direction, line.box);
  const value = (move: number) => at(moved(latent, line, move));
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [leftValue, rightValue] = [value(left), value(right)];
  for (let step = 0; step < GOLDEN_STEPS; step++) {
    if (leftValue > rightValue) {
      [high, right, rightValue] = [right, left, leftValue];
      left = high - GOLDEN * (high - low);
      leftValue = value(left);
    } else {
      [low, left, leftValue] = [left, right, rightValue];
      right = low + GOLDEN * (high - low);
      rightValue = value(right);
    }
  }
  const top = Math.max(leftValue, rightValue);
  if (!(top > line.best)) return line.best;
  latent.set(moved(latent, line, leftValue > rightValue ? left : right));
  return top;
}

function moved(
  latent: Float64Array,
  { direction, box }: { readonly direction: Float64Array; readonly box: readonly Interval[] },
  move: number,
): Float64Array {
  return latent.map((value, k) => clampTo(box[k]!, value + move * direction[k]!));
}

function moveLimits(latent: Float64Array, direction: Float64Array, box: readonly Interval[]): [number, number] {
  const length = Math.hypot(...direction);
  let [low, high] = [-FURTHEST_MOVE / length, FURTHEST_MOVE / length];
  direction.forEach((slope, k) => {
    if (slope === 0) return;
    const ends = [(box[k]!.low - latent[k]!) / slope, (box[k]!.high - latent[k]!) / slope];
    low = Math.max(low, Math.min(...ends));
    high = Math.min(high, Math.max(...ends));
  });
  return [Math.min(0, low), Math.max(0, high)];
}
