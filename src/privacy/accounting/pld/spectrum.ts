import type { ComplexArray } from '../../../math/fft.ts';

/** The spectrum of a point mass at zero for a real transform of `size`: all ones. */
export function unitSpectrum(size: number): ComplexArray {
  return { real: new Float64Array(size / 2 + 1).fill(1), imaginary: new Float64Array(size / 2 + 1) };
}

/** Multiplies `product` in place by `base`^power, coefficient by coefficient; powers by repeated squaring. */
export function multiplyPower(product: ComplexArray, base: ComplexArray, power: number): void {
  const [pr, pi] = [product.real, product.imaginary];
  const [br, bi] = [base.real, base.imaginary];
  for (let k = 0; k < pr.length; k++) {
    let re = pr[k]!;
    let im = pi[k]!;
    let x = br[k]!;
    let y = bi[k]!;
    // Counts reach a billion: division instead of shifts keeps them exact.
    for (let rest = power; ; ) {
      if (rest % 2 === 1) {
        const turned = re * x - im * y;
        im = re * y + im * x;
        re = turned;
      }
      rest = Math.floor(rest / 2);
      if (rest === 0) break;
      const squared = x * x - y * y;
      y = 2 * x * y;
      x = squared;
    }
    pr[k] = re;
    pi[k] = im;
  }
}

/** Mean absolute value over the full spectrum of which `half` holds size/2 + 1 coefficients. */
export function meanMagnitude({ real, imaginary }: ComplexArray): number {
  const last = real.length - 1;
  let sum = 0;
  for (let k = 0; k <= last; k++) {
    sum += Math.sqrt(real[k]! * real[k]! + imaginary[k]! * imaginary[k]!) * (k === 0 || k === last ? 1 : 2);
  }
  return sum / (2 * last);
}
