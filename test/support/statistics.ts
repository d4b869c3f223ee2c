/** Standard normal quantile at 1 − 1e-6, the project's one-sided false-alarm rate. */
export const Z_MILLION = 4.753424;

/**
 * Upper bound that a chi-square statistic exceeds with probability about 1e-6.
 * Wilson–Hilferty; at 10 degrees of freedom it gives 50.8 where the exact value is 50.8.
 */
export function chiSquareLimit(degreesOfFreedom: number): number {
  const spread = 2 / (9 * degreesOfFreedom);
  return degreesOfFreedom * (1 - spread + Z_MILLION * Math.sqrt(spread)) ** 3;
}

/**
 * Pearson's chi-square statistic of counts against expectations, cells expecting fewer than five merged into one.
 * A count where nothing is expected gives infinity.
 */
export function chiSquare(
  counts: ArrayLike<number>,
  expected: ArrayLike<number>,
): { readonly statistic: number; readonly degreesOfFreedom: number } {
  let statistic = 0;
  let cells = 0;
  let restCount = 0;
  let restExpected = 0;
  for (let cell = 0; cell < expected.length; cell++) {
    const count = counts[cell] ?? Number.NaN;
    const expectation = expected[cell] ?? Number.NaN;
    if (expectation === 0 && count > 0) return { statistic: Number.POSITIVE_INFINITY, degreesOfFreedom: 1 };
    if (expectation >= 5) {
      statistic += (count - expectation) ** 2 / expectation;
      cells++;
    } else {
      restCount += count;
      restExpected += expectation;
    }
  }
  if (restExpected > 0) {
    // A merged cell of small expectation has a Poisson-like tail; the slack keeps the false-alarm rate.
    statistic += (restCount - restExpected) ** 2 / Math.max(restExpected, 5);
    cells++;
  }
  return { statistic, degreesOfFreedom: Math.max(1, cells - 1) };
}
