/** False-alarm rate shared by all statistical tests. */
export const FALSE_ALARM_RATE = 1e-6;

/**
 * p-value of the G-test that `observed` counts follow `probabilities`. Cells expected below 10 are pooled.
 * The probabilities may sum to less than 1: the rest is one more cell, whose count is the rest of `total`.
 */
export function gTest(observed: readonly number[], probabilities: readonly number[], total: number): number {
  const pooled = { observed: total, expected: total };
  let [statistic, cells] = [0, 0];
  const add = (count: number, expected: number) => {
    if (count > 0) statistic += 2 * count * Math.log(count / expected);
    cells++;
  };
  for (const [cell, probability] of probabilities.entries()) {
    const expected = probability * total;
    if (expected < 10) continue;
    add(observed[cell] ?? 0, expected);
    pooled.observed -= observed[cell] ?? 0;
    pooled.expected -= expected;
  }
  if (pooled.expected >= 10) add(pooled.observed, pooled.expected);
  else if (pooled.observed > 10 * Math.max(1, pooled.expected) + 40) return 0;
  return chiSquareUpperTail(statistic, cells - 1);
}

/** P[chi-square with `degrees` ≥ statistic], by the series or the continued fraction of the incomplete gamma function. */
export function chiSquareUpperTail(statistic: number, degrees: number): number {
  const [a, x] = [degrees / 2, statistic / 2];
  if (x <= 0) return 1;
  const logFront = a * Math.log(x) - x - logGamma(a);
  if (x < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let n = 1; term > sum * 1e-16; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - Math.exp(logFront) * sum;
  }
  let [b, c] = [x + 1 - a, 1e300];
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 1000; n++) {
    const coefficient = -n * (n - a);
    b += 2;
    d = 1 / (coefficient * d + b);
    c = b + coefficient / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return Math.exp(logFront) * fraction;
}

function logGamma(x: number): number {
  if (x < 20) return logGamma(x + 1) - Math.log(x);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3);
}

/** Counts of the integers `from` … `to` among `draws` draws. */
export function tally(draw: () => number, draws: number, [from, to]: readonly [number, number]): number[] {
  const counts = new Array<number>(to - from + 1).fill(0);
  for (let index = 0; index < draws; index++) {
    const cell = draw() - from;
    if (cell >= 0 && cell < counts.length) counts[cell]!++;
  }
  return counts;
}
