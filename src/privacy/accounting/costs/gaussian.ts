import { erfcx, gaussianKernel, normalUpper } from '../../../math/normal.ts';

/** Relative slack that makes results upper bounds: above the error of the formulas, far below any use. */
const OUTWARD = 1e-13;

/** Below this gap between the two arguments their difference loses digits and an integral is used instead. */
const NARROW = 0.02;

/**
 * The exact delta at `epsilon` of Gaussian noise whose sensitivity is `mu` standard deviations; the composition of
 * Gaussian mechanisms has mu = √Σ mu_i².
 *
 * delta = Φ(mu/2 − epsilon/mu) − e^epsilon·Φ(−mu/2 − epsilon/mu).
 * @param mu > 0, l2Sensitivity divided by sigma.
 * @param epsilon any real number.
 * **Numerics**: rounded up; relative error below 1e-11 down to the smallest doubles.
 * @source Balle, Wang, "Improving the Gaussian Mechanism", ICML 2018, Theorem 8.
 * @example gaussianDelta(1, 1) // 0.1269367375
 */
export function gaussianDelta(mu: number, epsilon: number): number {
  if (mu === 0) return epsilon >= 0 ? 0 : -Math.expm1(epsilon);
  const near = epsilon / mu - mu / 2;
  const far = epsilon / mu + mu / 2;
  if (far < 0) return Math.min(1, (normalUpper(near) - Math.exp(epsilon) * normalUpper(far)) * (1 + OUTWARD));
  if (near < 0) return Math.min(1, (normalUpper(near) - 0.5 * gaussianKernel(near) * scaledTail(far)) * (1 + OUTWARD));
  const delta = 0.5 * gaussianKernel(near) * scaledTailDrop(near, far);
  return Math.max(Number.MIN_VALUE, delta * (1 + OUTWARD));
}

/** erfcx on the scale of the standard normal: 2·exp(x²/2)·P[Z ≥ x]. */
function scaledTail(x: number): number {
  return erfcx(x * Math.SQRT1_2);
}

/** scaledTail(near) − scaledTail(far) for 0 ≤ near ≤ far, all digits kept. */
function scaledTailDrop(near: number, far: number): number {
  const width = far - near;
  if (width > NARROW) return scaledTail(near) - scaledTail(far);
  // −d/dx scaledTail(x) = √(2/π) − x·scaledTail(x), by Simpson's rule on 16 panels.
  const panels = 16;
  let sum = 0;
  for (let node = 0; node <= panels; node++) {
    const x = near + (width * node) / panels;
    const weight = node === 0 || node === panels ? 1 : node % 2 === 1 ? 4 : 2;
    sum += weight * (Math.sqrt(2 / Math.PI) - x * scaledTail(x));
  }
  return (sum * width) / (3 * panels);
}

/**
 * The smallest epsilon ≥ 0 at which Gaussian noise of sensitivity `mu` standard deviations is (epsilon, `delta`)-DP.
 * **Numerics**: rounded up; relative error below 1e-11.
 * @example gaussianEpsilon(1, 1e-6) // 4.886554117
 */
export function gaussianEpsilon(mu: number, delta: number): number {
  if (mu === 0 || delta >= 1 || gaussianDelta(mu, 0) <= delta) return 0;
  if (!(mu > 0) || !(delta > 0)) return Number.POSITIVE_INFINITY;
  let high = mu * (mu / 2 + 1);
  while (gaussianDelta(mu, high) > delta) high *= 2;
  return bisect(0, high, (epsilon) => gaussianDelta(mu, epsilon) <= delta)[1];
}

/**
 * The largest mu whose Gaussian noise is (`epsilon`, `delta`)-DP: `gaussianDelta(mu, epsilon) <= delta` holds.
 * @param epsilon ≥ 0.
 * @param delta in (0, 1).
 * **Numerics**: rounded down; relative error below 1e-11.
 * @example gaussianMu(1, 0.01) // 0.5325
 */
export function gaussianMu(epsilon: number, delta: number): number {
  let high = 1;
  while (gaussianDelta(high, epsilon) <= delta) high *= 2;
  return bisect(0, high, (mu) => mu > 0 && gaussianDelta(mu, epsilon) > delta)[0];
}

/**
 * The smallest standard deviation of Gaussian noise that is (`epsilon`, `delta`)-DP at L2 sensitivity 1.
 * **Numerics**: rounded up, so that the guarantee holds for the returned value.
 * @source Balle, Wang 2018, Algorithm 1 (we bisect the exact delta instead of its two branches).
 * @example gaussianSigma(1, 1e-5) // 3.7306316348
 */
export function gaussianSigma(epsilon: number, delta: number): number {
  let sigma = 1 / gaussianMu(epsilon, delta);
  // The reciprocal of a reciprocal may fall short by a rounding or two.
  while (gaussianDelta(1 / sigma, epsilon) > delta) sigma *= 1 + 2 ** -51;
  return sigma;
}

/** Narrows [low, high] to neighbouring doubles around the point where `isHigh` turns true. */
function bisect(low: number, high: number, isHigh: (x: number) => boolean): readonly [number, number] {
  let [below, above] = [low, high];
  for (;;) {
    const middle = (below + above) / 2;
    if (middle <= below || middle >= above) return [below, above];
    if (isHigh(middle)) above = middle;
    else below = middle;
  }
}
