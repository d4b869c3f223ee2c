import { discreteGaussianTail } from '../../../math/discrete-gaussian-tail.ts';
import { gaussianKernel } from '../../../math/normal.ts';
import { type Cumulant, cumulantOfPoints, type DominatingPair } from './dominating-pair.ts';
import { cellBoundaries, type LossPmf, normalIntervals, splitAtoms, splitCells } from './loss-pmf.ts';

/** Below this variance the loss is visibly not normal and its cumulant is summed. */
const NARROW_VARIANCE = 16;

/** Farthest a tilt may move the noise in the cumulant estimate. */
const MOST_MOVED = 4096;

/** From this standard deviation on, cells of many atoms are integrated instead of summed. */
const INTEGRATED_SIGMA = 128;

/** From this standard deviation on, the exact delta of one event is a difference of tails instead of a sum. */
const WIDE_SIGMA = 20_000;

/** Relative error allowance for one atom's probability. */
const OUTWARD = 1 + 1e-14;

/** Probability below −9 sigma, with a margin. */
const LOW_TAIL = 1e-17;

/**
 * Discrete Gaussian noise on one integer that moves by `shift`: the loss at noise k is (shift² + 2·shift·k)/(2·variance).
 *
 * **Privacy**: a larger shift dominates a smaller one (the noise is log-concave), and the mechanism is symmetric, so one
 * pair serves both directions.
 * @param shift positive integer.
 * @source Canonne, Kamath, Steinke 2020, Theorem 7 (exact delta).
 */
export function discreteGaussianPair(variance: number, shift: number): DominatingPair {
  const isWide = variance > WIDE_SIGMA ** 2;
  let tails: ((epsilon: number) => number) | undefined;
  return {
    hockeyStick(epsilon) {
      tails ??= isWide ? wideHockeyStick(variance, shift) : summedHockeyStick(variance, shift);
      return tails(epsilon);
    },
    cumulant: (tilt) => cumulant(variance, shift, tilt),
    largestLoss: Number.POSITIVE_INFINITY,
    lattice: shift === 1 ? 1 / (2 * variance) : undefined,
    discretise: (step, tail) =>
      variance >= INTEGRATED_SIGMA ** 2
        ? discretiseCells(variance, shift, step, tail)
        : discretiseAtoms(variance, shift, step, tail),
  };
}

function cumulant(variance: number, shift: number, tilt: number): Cumulant {
  const square = (shift * shift) / variance;
  if (variance >= NARROW_VARIANCE) {
    return { value: (tilt * (tilt + 1) * square) / 2, mean: (tilt + 0.5) * square, variance: square };
  }
  const reach = Math.ceil(Math.min(shift * (Math.abs(tilt) + 1), MOST_MOVED) + 12 * Math.sqrt(variance) + 2);
  const noise = Float64Array.from({ length: 2 * reach + 1 }, (_, j) => j - reach);
  const norm = Math.log(noise.reduce((sum, k) => sum + Math.exp(-(k * k) / (2 * variance)), 0));
  return cumulantOfPoints(
    noise.map((k) => (shift * shift + 2 * shift * k) / (2 * variance)),
    noise.map((k) => -(k * k) / (2 * variance) - norm),
    tilt,
  );
}

interface Atoms {
  /** Noise of the first atom. */
  readonly start: number;
  readonly masses: Float64Array;
  /** Bound on the mass of larger noise; smaller noise is added to the first atom, whose loss is larger than its own. */
  readonly outside: number;
}

/** Probabilities of the discrete Gaussian from −9 sigma (the rest below added to it) up to a tail of at most `tail`. */
function atoms(variance: number, tail: number): Atoms {
  const sigma = Math.sqrt(variance);
  const start = -Math.ceil(9 * sigma + 2);
  // exp(−x²/2) = tail/4 at x = √(2·ln(4/tail)), and the discrete tail beyond x·sigma + 1 is smaller still.
  const end = Math.ceil(sigma * Math.sqrt(2 * Math.log(4 / tail)) + 1);
  const masses = new Float64Array(end - start + 1);
  let norm = 0;
  for (let j = 0; j < masses.length; j++) {
    masses[j] = Math.exp(-((start + j) ** 2) / (2 * variance));
    norm += masses[j]!;
  }
  // The normaliser misses both far tails: a smaller one makes probabilities larger, which is the safe side.
  for (let j = 0; j < masses.length; j++) masses[j] = (masses[j]! / norm) * OUTWARD;
  masses[0] = masses[0]! + LOW_TAIL;
  return { start, masses, outside: tail };
}

function discretiseAtoms(variance: number, shift: number, step: number, tail: number): LossPmf {
  const { start, masses, outside } = atoms(variance, tail);
  const losses = Float64Array.from(masses, (_, j) => (shift * shift + 2 * shift * (start + j)) / (2 * variance));
  return { ...splitAtoms(losses, masses, step), infinity: outside };
}

/**
 * The same by cells: a run of atoms from a + 1/2 to b − 1/2 has probability Φ(b/sigma) − Φ(a/sigma) plus
 * (zφ(z) at b − zφ(z) at a)/(24·variance), z = x/sigma; the next term of the Euler–Maclaurin formula for midpoints bounds
 * the error. Noise this wide has normaliser sigma·√(2π) to far more digits than a double holds.
 */
function discretiseCells(variance: number, shift: number, step: number, tail: number): LossPmf {
  const sigma = Math.sqrt(variance);
  const highestNoise = sigma * Math.sqrt(2 * Math.log(4 / tail)) + 1;
  const lossAt = (k: number) => (shift * shift + 2 * shift * k) / (2 * variance);
  const boundaries = cellBoundaries(lossAt(-9 * sigma), lossAt(highestNoise), step);
  const firstAtoms = Float64Array.from(boundaries, (index) => Math.ceil((index * step * variance) / shift - shift / 2));
  const first = runsOfAtoms(firstAtoms, 0, sigma);
  const second = runsOfAtoms(firstAtoms, shift, sigma);
  const excess = new Float64Array(first.mass.length);
  const error = new Float64Array(first.mass.length);
  for (let j = 0; j < excess.length; j++) {
    const scale = Math.exp(boundaries[j]! * step);
    excess[j] = first.mass[j]! - scale * second.mass[j]!;
    error[j] = first.error[j]! + scale * (second.error[j]! + 2 ** -50 * second.mass[j]!);
  }
  return splitCells({ boundaries, mass: first.mass, excess, error, below: LOW_TAIL, above: tail }, step);
}

/** Probabilities of the runs of noise starting at `firstAtoms` + `move`, with error bounds. */
function runsOfAtoms(
  firstAtoms: Float64Array,
  move: number,
  sigma: number,
): { readonly mass: Float64Array; readonly error: Float64Array } {
  const z = firstAtoms.map((k) => (k + move - 0.5) / sigma);
  const { mass, error } = normalIntervals(z);
  const correction = z.map((x) => (x * gaussianKernel(x)) / (24 * sigma * sigma * Math.sqrt(2 * Math.PI)));
  for (let j = 0; j < mass.length; j++) {
    const far = Math.max(z[j]! ** 2, z[j + 1]! ** 2);
    mass[j] = Math.max(0, mass[j]! + correction[j + 1]! - correction[j]!);
    error[j] = error[j]! + ((far * far + 6 * far + 3) / (400 * sigma ** 4)) * mass[j]!;
  }
  return { mass, error };
}

/** Exact delta from sums over atoms; sums are built once, so that each epsilon costs nothing. */
function summedHockeyStick(variance: number, shift: number): (epsilon: number) => number {
  const { start, masses } = atoms(variance, 1e-300);
  const count = masses.length;
  const spacing = shift / variance;
  const [keep, rise] = [Math.exp(-spacing), -Math.expm1(-spacing)];
  // tail[j] = Σ_{m≥j} p_m; drop[j] = Σ_{m≥j} p_m·(1 − exp(loss_j − loss_m)): only sums of positive terms.
  const tail = new Float64Array(count + 1);
  const drop = new Float64Array(count + 1);
  for (let j = count - 1; j >= 0; j--) {
    tail[j] = tail[j + 1]! + masses[j]!;
    drop[j] = keep * drop[j + 1]! + rise * tail[j + 1]!;
  }
  return (epsilon) => {
    const j = Math.max(0, Math.floor((epsilon * variance) / shift - shift / 2) + 1 - start);
    if (j >= count) return 1e-300;
    const gap = epsilon - (shift * shift + 2 * shift * (start + j)) / (2 * variance);
    return Math.min(1, (-Math.expm1(gap) * tail[j]! + Math.exp(gap) * drop[j]!) * (1 + 1e-12) + 1e-300);
  };
}

/** Exact delta as a difference of two tails, which loses digits for wide noise; the loss is added back as a margin. */
function wideHockeyStick(variance: number, shift: number): (epsilon: number) => number {
  return (epsilon) => {
    const first = Math.floor((epsilon * variance) / shift - shift / 2) + 1;
    const near = discreteGaussianTail(variance, first);
    const far = Math.exp(epsilon) * discreteGaussianTail(variance, first + shift);
    return Math.min(1, Math.max(0, near - far) + 1e-11 * near);
  };
}
