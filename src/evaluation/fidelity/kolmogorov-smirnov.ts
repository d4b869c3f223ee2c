/**
 * Kolmogorov–Smirnov distance sup |F_a − F_b| of two ascending samples; NaN when one is empty.
 * @source Massey, JASA 46 (1951) 68-78.
 */
export function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number {
  if (a.length === 0 || b.length === 0) return Number.NaN;
  let distance = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && (a[i] as number) === value) i += 1;
    while (j < b.length && (b[j] as number) === value) j += 1;
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length));
  }
  return distance;
}

/**
 * Half width of a 95 % confidence band around the distance: each empirical distribution stays within its
 * Dvoretzky–Kiefer–Wolfowitz band with probability 97.5 %.
 * @source Massart, Annals of Probability 18 (1990) 1269-1283.
 */
export function kolmogorovSmirnovError(n: number, m: number): number {
  const band = (size: number) => Math.sqrt(Math.log(2 / 0.025) / (2 * size));
  return band(n) + band(m);
}
