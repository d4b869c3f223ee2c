import { TabveilError } from '../errors.ts';

/** Complex numbers as two arrays of the same length. */
export interface ComplexArray {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** A Fourier transform of real sequences of one size. */
export interface RealFft {
  readonly size: number;
  /** X_k = Σ_j x_j·exp(−2πi·jk/size) for k = 0 … size/2 (the rest is their conjugate). */
  forward(values: Float64Array): ComplexArray;
  /** The real sequence whose spectrum has these size/2 + 1 values; divides by `size`. */
  inverse(spectrum: ComplexArray): Float64Array;
}

/** Two radix-2 stages done in one pass: exp(−2πi·j/(4·quarter)) for j < quarter, and its square. */
interface DoubleStage {
  readonly quarter: number;
  readonly outer: ComplexArray;
  readonly inner: ComplexArray;
}

interface Tables {
  readonly half: number;
  /** Bit-reversed index of 0 … half − 1. */
  readonly reversal: Uint32Array;
  readonly stages: readonly DoubleStage[];
  /** exp(−2πi·k/size) for k ≤ half: joins the transforms of even and odd samples. */
  readonly join: ComplexArray;
}

/**
 * Prepares a transform of real sequences.
 * @param size a power of two, at least 8.
 * **Numerics**: the error vector of a transform has L2 norm below 8·log2(size)·2^-53 times that of its result.
 * **Cost**: one complex transform of half the size and one pass to separate even and odd samples.
 * @throws TabveilError when the size is not a power of two.
 * @source Cooley, Tukey 1965; Cooley, Lewis, Welch 1970 (even and odd samples as one complex sequence).
 */
export function createRealFft(size: number): RealFft {
  if (!Number.isSafeInteger(size) || size < 8 || (size & (size - 1)) !== 0) {
    throw new TabveilError('bug', 'fft.size', `fft: size ${size} is not a power of two of at least 8.`);
  }
  const tables = createTables(size);
  return {
    size,
    forward: (values) => forwardReal(values, tables),
    inverse: (spectrum) => inverseReal(spectrum, tables),
  };
}

function createTables(size: number): Tables {
  const half = size / 2;
  const bits = Math.log2(half);
  const reversal = new Uint32Array(half);
  for (let index = 1; index < half; index++) {
    reversal[index] = (reversal[index >> 1]! >> 1) | ((index & 1) << (bits - 1));
  }
  const join = rootsOfUnity(size);
  const stages: DoubleStage[] = [];
  for (let quarter = bits % 2 === 0 ? 1 : 2; quarter < half; quarter *= 4) {
    const stride = size / (4 * quarter);
    stages.push({ quarter, outer: everyNth(join, stride, quarter), inner: everyNth(join, 2 * stride, quarter) });
  }
  return { half, reversal, stages, join };
}

/** exp(−2πi·k/order) for k ≤ order/2. */
function rootsOfUnity(order: number): ComplexArray {
  const real = new Float64Array(order / 2 + 1);
  const imaginary = new Float64Array(order / 2 + 1);
  for (let k = 0; k < real.length; k++) {
    real[k] = Math.cos((2 * Math.PI * k) / order);
    imaginary[k] = -Math.sin((2 * Math.PI * k) / order);
  }
  return { real, imaginary };
}

function everyNth(roots: ComplexArray, stride: number, length: number): ComplexArray {
  const real = new Float64Array(length);
  const imaginary = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    real[k] = roots.real[k * stride]!;
    imaginary[k] = roots.imaginary[k * stride]!;
  }
  return { real, imaginary };
}

function forwardReal(values: Float64Array, tables: Tables): ComplexArray {
  const { half, reversal, join } = tables;
  const real = new Float64Array(half + 1);
  const imaginary = new Float64Array(half + 1);
  for (let index = 0; index < half; index++) {
    const source = 2 * reversal[index]!;
    real[index] = values[source]!;
    imaginary[index] = values[source + 1]!;
  }
  transformReversed(real, imaginary, tables);
  real[half] = real[0]!;
  imaginary[half] = imaginary[0]!;
  for (let k = 0; k <= half - k; k++) {
    const mirror = half - k;
    const evenReal = (real[k]! + real[mirror]!) / 2;
    const evenImaginary = (imaginary[k]! - imaginary[mirror]!) / 2;
    const oddReal = (imaginary[k]! + imaginary[mirror]!) / 2;
    const oddImaginary = (real[mirror]! - real[k]!) / 2;
    const turnedReal = oddReal * join.real[k]! - oddImaginary * join.imaginary[k]!;
    const turnedImaginary = oddReal * join.imaginary[k]! + oddImaginary * join.real[k]!;
    real[k] = evenReal + turnedReal;
    imaginary[k] = evenImaginary + turnedImaginary;
    real[mirror] = evenReal - turnedReal;
    imaginary[mirror] = turnedImaginary - evenImaginary;
  }
  return { real, imaginary };
}

function inverseReal(spectrum: ComplexArray, tables: Tables): Float64Array {
  const { half, reversal, join } = tables;
  const real = new Float64Array(half);
  const imaginary = new Float64Array(half);
  for (let k = 0; k < half; k++) {
    const mirror = half - k;
    const evenReal = spectrum.real[k]! + spectrum.real[mirror]!;
    const evenImaginary = spectrum.imaginary[k]! - spectrum.imaginary[mirror]!;
    const turnedReal = spectrum.real[k]! - spectrum.real[mirror]!;
    const turnedImaginary = spectrum.imaginary[k]! + spectrum.imaginary[mirror]!;
    const oddReal = turnedReal * join.real[k]! + turnedImaginary * join.imaginary[k]!;
    const oddImaginary = turnedImaginary * join.real[k]! - turnedReal * join.imaginary[k]!;
    // Stored conjugated: an inverse transform is the conjugate of a forward transform of the conjugate.
    const target = reversal[k]!;
    real[target] = evenReal - oddImaginary;
    imaginary[target] = -(evenImaginary + oddReal);
  }
  transformReversed(real, imaginary, tables);
  const values = new Float64Array(2 * half);
  const scale = 1 / (2 * half);
  for (let index = 0; index < half; index++) {
    values[2 * index] = real[index]! * scale;
    values[2 * index + 1] = -imaginary[index]! * scale;
  }
  return values;
}

/** Complex transform, decimation in time: input in bit-reversed order, output in order. */
function transformReversed(real: Float64Array, imaginary: Float64Array, { half, stages }: Tables): void {
  if (stages[0]?.quarter !== 1) singleStage(real, imaginary, half);
  for (const stage of stages) doubleStage(real, imaginary, half, stage);
}

/** The first radix-2 stage, which needs no turning. */
function singleStage(real: Float64Array, imaginary: Float64Array, half: number): void {
  for (let a = 0; a < half; a += 2) {
    const b = a + 1;
    const [x, y] = [real[b]!, imaginary[b]!];
    real[b] = real[a]! - x;
    imaginary[b] = imaginary[a]! - y;
    real[a] = real[a]! + x;
    imaginary[a] = imaginary[a]! + y;
  }
}

/** Two radix-2 stages at once: half the passes over memory. */
function doubleStage(real: Float64Array, imaginary: Float64Array, half: number, stage: DoubleStage): void {
  const { quarter } = stage;
  const [innerReal, innerImaginary] = [stage.inner.real, stage.inner.imaginary];
  const [outerReal, outerImaginary] = [stage.outer.real, stage.outer.imaginary];
  for (let start = 0; start < half; start += 4 * quarter) {
    for (let j = 0; j < quarter; j++) {
      const a = start + j;
      const b = a + quarter;
      const c = b + quarter;
      const d = c + quarter;
      const ur = innerReal[j]!;
      const ui = innerImaginary[j]!;
      const br = real[b]! * ur - imaginary[b]! * ui;
      const bi = real[b]! * ui + imaginary[b]! * ur;
      const dr = real[d]! * ur - imaginary[d]! * ui;
      const di = real[d]! * ui + imaginary[d]! * ur;
      const wr = outerReal[j]!;
      const wi = outerImaginary[j]!;
      const sumReal = real[c]! + dr;
      const sumImaginary = imaginary[c]! + di;
      const differenceReal = real[c]! - dr;
      const differenceImaginary = imaginary[c]! - di;
      const cr = sumReal * wr - sumImaginary * wi;
      const ci = sumReal * wi + sumImaginary * wr;
      // The second half of the outer stage turns by a further quarter circle: times −i.
      const er = differenceReal * wi + differenceImaginary * wr;
      const ei = differenceImaginary * wi - differenceReal * wr;
      const topReal = real[a]! + br;
      const topImaginary = imaginary[a]! + bi;
      const bottomReal = real[a]! - br;
      const bottomImaginary = imaginary[a]! - bi;
      real[a] = topReal + cr;
      imaginary[a] = topImaginary + ci;
      real[c] = topReal - cr;
      imaginary[c] = topImaginary - ci;
      real[b] = bottomReal + er;
      imaginary[b] = bottomImaginary + ei;
      real[d] = bottomReal - er;
      imaginary[d] = bottomImaginary - ei;
    }
  }
}
