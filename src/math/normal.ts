/**
 * Normal tail probabilities with full relative precision far into the tail, where privacy lives.
 *
 * For x ≥ 1 the scaled complementary error function is erfcx(x) = (x/π)·∫ exp(−t²)/(t² + x²) dt. The trapezoidal rule
 * with step 1/2 integrates it with error exp(−4π²) once the contribution of the poles ±ix is taken off.
 * @source Chiarella, Reichl, "On the evaluation of integrals related to the error function", Math. Comp. 1968.
 */

/** Step of the trapezoidal rule; its error is exp(−(π/STEP)²), about 7e-18. */
const STEP = 0.5;

/** exp(−n²·STEP²) for the nodes n = 1 … 13; later ones are below the last bit. */
const NODE_WEIGHTS = Float64Array.from({ length: 13 }, (_, index) => Math.exp(-(((index + 1) * STEP) ** 2)));
const NODE_SQUARES = Float64Array.from({ length: 13 }, (_, index) => ((index + 1) * STEP) ** 2);

/** Below it the power series of erf loses no digits when subtracted from 1. */
const SERIES_LIMIT = 1;

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/**
 * exp(x²)·erfc(x).
 * @param x any number above −26; below −26 the result overflows to Infinity.
 * **Numerics**: relative error below 1e-14.
 * @example erfcx(10) // 0.05614099274382259
 */
export function erfcx(x: number): number {
  if (x < 0) return 2 * Math.exp(x * x) - erfcx(-x);
  if (x < SERIES_LIMIT) return Math.exp(x * x) - TWO_OVER_ROOT_PI * scaledErfSeries(x);
  const square = x * x;
  let sum = 1 / square;
  for (let node = 0; node < NODE_SQUARES.length; node++) {
    sum += (2 * NODE_WEIGHTS[node]!) / (NODE_SQUARES[node]! + square);
  }
  const trapezoid = (STEP * x * sum) / Math.PI;
  const poleExponent = (2 * Math.PI * x) / STEP;
  // The poles lie inside the strip of the error estimate only up to π/STEP.
  return x < Math.PI / STEP
    ? trapezoid - (2 * Math.exp(square - poleExponent)) / -Math.expm1(-poleExponent)
    : trapezoid;
}

/** exp(x²)·erf(x)·√π/2 = Σ 2^n x^(2n+1)/(2n+1)!!, all terms positive. */
function scaledErfSeries(x: number): number {
  const square = x * x;
  let term = x;
  let sum = x;
  for (let n = 1; term > 1e-17 * sum; n++) {
    term *= (2 * square) / (2 * n + 1);
    sum += term;
  }
  return sum;
}

/** exp(−x²/2) without the error that squaring a rounded x would bring for large x. */
export function gaussianKernel(x: number): number {
  if (!(Math.abs(x) < 40)) return Number.isNaN(x) ? x : 0;
  const coarse = Math.fround(x);
  return Math.exp(-coarse * coarse * 0.5) * Math.exp(-(x - coarse) * (x + coarse) * 0.5);
}

/**
 * P[Z ≥ x] for standard normal Z.
 * **Numerics**: relative error below 1e-14 for every x whose result is a normal double.
 * @example normalUpper(6) // 9.865876450376981e-10
 */
export function normalUpper(x: number): number {
  if (x === Number.POSITIVE_INFINITY) return 0;
  if (x === Number.NEGATIVE_INFINITY) return 1;
  if (x < 0) return 1 - normalUpper(-x);
  if (x > 39) return 0;
  return 0.5 * gaussianKernel(x) * erfcx(x * Math.SQRT1_2);
}

/**
 * The x with P[Z ≥ x] = `probability`, for 0 < probability < 1.
 * **Numerics**: bisection to the last bit of the interval [−39, 39].
 * @example normalUpperQuantile(0.01) // 2.3263478740408408
 */
export function normalUpperQuantile(probability: number): number {
  if (probability > 0.5) return -normalUpperQuantile(1 - probability);
  let low = 0;
  let high = 39;
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2;
    if (normalUpper(middle) > probability) low = middle;
    else high = middle;
  }
  return high;
}
