import { createRealFft } from '../../../math/fft.ts';
import type { LossPmf } from './loss-pmf.ts';
import { meanMagnitude, multiplyPower, unitSpectrum } from './spectrum.ts';
import type { Factor } from './tilt-plan.ts';

/** Where to compute: a grid of `size` points (a power of two) from index `bottom`, under an exponential tilt. */
export interface Window {
  readonly step: number;
  readonly bottom: number;
  readonly size: number;
  readonly tilt: number;
  /** Steeper tilt for Chernoff's bound on the mass above the window. */
  readonly topTilt: number;
  /** Mass each event may move to infinity to keep its own range finite. */
  readonly eventTail: number;
}

/** Distribution of the summed loss of fixed pairs, as upper bounds. */
export interface ComposedLoss {
  readonly window: Window;
  /** Upper bounds on the mass at index bottom + j. */
  readonly mass: Float64Array;
  /** Mass at infinity or above the window. */
  readonly lost: number;
}

interface RoundedFactor {
  readonly pmf: LossPmf;
  readonly count: number;
}

/** One unit in the last place, relative. */
const UNIT = 2 ** -53;

/** From this power on, |φ|^(n − 1) ≤ 2.1·|φ|^n or it is far below rounding: errors shrink with the spectrum itself. */
const HIGH_POWER = 64;

/**
 * The distribution of the sum of all losses: each rounded loss is tilted to weights p·e^(tilt·loss)/M, the tilted ones are
 * convolved by one fast Fourier transform, and the tilt is undone. Where the tilted sum is likely, which is where epsilon
 * lies, every mass comes out with relative precision, however small it is.
 *
 * **Numerics**: upper bounds. Mass that wraps around from below or above only adds; mass above the window is bounded by
 * Chernoff's inequality on the rounded losses and counted as infinite; transform errors are bounded and added.
 * @source Koskela, Jälkö, Honkela, "Computing Tight Differential Privacy Guarantees Using FFT", AISTATS 2020; the tilt is
 * the exponential change of measure of Esscher 1932.
 */
export function composeLosses(factors: readonly Factor[], window: Window): ComposedLoss {
  const { step, bottom, size, tilt } = window;
  const fft = createRealFft(size);
  const spectrum = unitSpectrum(size);
  const weights = new Float64Array(size);
  const rounded: RoundedFactor[] = [];
  const errors: { readonly bound: number; readonly isHighPower: boolean }[] = [];
  let logScale = 0;
  // Roundings that enter the undone tilt: one per event and unit of its exponent.
  let roundings = 0;
  for (const { pair, count } of factors) {
    const pmf = pair.discretise(step, window.eventTail);
    rounded.push({ pmf, count });
    const logTotal = tiltOnto(weights, pmf, window);
    logScale += count * logTotal;
    roundings += count * (1 + Math.abs(logTotal));
    multiplyPower(spectrum, fft.forward(weights), count);
    // Every coefficient is a tree of log2(size) roundings over weights that sum to 1; a power multiplies its error.
    const bound = count * (8 * Math.log2(size) + 8) * UNIT;
    errors.push({ bound, isHighPower: count >= HIGH_POWER });
  }
  const magnitude = meanMagnitude(spectrum);
  const density = fft.inverse(spectrum);
  const error =
    errors.reduce((sum, { bound, isHighPower }) => sum + bound * (isHighPower ? 2.1 * magnitude + 1e-18 : 1), 0) +
    8 * Math.log2(size) * UNIT * magnitude;
  const mass = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    const index = bottom + j;
    const undo = tilt * index * step;
    const exponent = logScale - undo + 16 * UNIT * (roundings + Math.abs(logScale) + Math.abs(undo));
    mass[j] = Math.min(1, (Math.max(0, density[wrap(index, size)]!) + error) * Math.exp(exponent));
  }
  const infinite = rounded.reduce((sum, { pmf, count }) => sum + count * pmf.infinity, 0);
  return { window, mass, lost: Math.min(1, infinite + massFrom(rounded, bottom + size, window)) };
}

/** Writes the tilted weights of one rounded loss onto the circle of the window; returns the logarithm of their normaliser. */
function tiltOnto(weights: Float64Array, { indices, mass }: Omit<LossPmf, 'infinity'>, window: Window): number {
  const { step, size, tilt } = window;
  const logTotal = logMoment({ indices, mass }, step, tilt);
  weights.fill(0);
  for (let j = 0; j < indices.length; j++) {
    const place = wrap(indices[j]!, size);
    weights[place] = weights[place]! + tiltedMass(mass[j]!, tilt * indices[j]! * step - logTotal);
  }
  return logTotal;
}

/** mass·e^exponent, also where the exponential alone would overflow. */
function tiltedMass(mass: number, exponent: number): number {
  return mass === 0 ? 0 : exponent < 600 ? mass * Math.exp(exponent) : Math.exp(Math.log(mass) + exponent);
}

/** ln Σ mass·e^(tilt·loss) over finite losses. */
function logMoment({ indices, mass }: Pick<LossPmf, 'indices' | 'mass'>, step: number, tilt: number): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < indices.length; j++) {
    if (mass[j]! > 0) peak = Math.max(peak, Math.log(mass[j]!) + tilt * indices[j]! * step);
  }
  let sum = 0;
  for (let j = 0; j < indices.length; j++) sum += tiltedMass(mass[j]!, tilt * indices[j]! * step - peak);
  return peak + Math.log(sum);
}

/**
 * Bound on P[sum of losses ≥ epsilon], hence on delta, from Chernoff's inequality alone: for answers so small that no grid
 * is worth building.
 */
export function chernoffDelta(
  factors: readonly Factor[],
  epsilon: number,
  { step, tilt, eventTail }: { readonly step: number; readonly tilt: number; readonly eventTail: number },
): number {
  const rounded = factors.map(({ pair, count }) => ({ pmf: pair.discretise(step, eventTail), count }));
  const infinite = rounded.reduce((sum, { pmf, count }) => sum + count * pmf.infinity, 0);
  const top = Math.floor(epsilon / step);
  return Math.min(1, infinite + massFrom(rounded, top, { step, topTilt: tilt }));
}

/** Bound on P[sum of losses at or above grid index `top`]. */
function massFrom(
  rounded: readonly RoundedFactor[],
  top: number,
  { step, topTilt }: Pick<Window, 'step' | 'topTilt'>,
): number {
  const largest = rounded.reduce((sum, { pmf, count }) => sum + count * pmf.indices[pmf.indices.length - 1]!, 0);
  if (largest < top) return 0;
  const logMoments = rounded.reduce((sum, { pmf, count }) => sum + count * logMoment(pmf, step, topTilt), 0);
  return Math.min(1, Math.exp(logMoments - topTilt * top * step) * (1 + 1e-9));
}

function wrap(index: number, size: number): number {
  return ((index % size) + size) % size;
}
