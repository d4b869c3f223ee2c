/**
 * Solves A x = b for a symmetric positive definite matrix, given row-major; A and b are overwritten, b becomes x.
 * **Cost** n³/6 multiplications.
 * @returns false when A is not positive definite to working precision.
 */
export function solveCholesky(a: Float64Array, b: Float64Array): boolean {
  const n = b.length;
  if (!factorise(a, n)) return false;
  for (let i = 0; i < n; i += 1) {
    let value = b[i] as number;
    for (let k = 0; k < i; k += 1) value -= (a[i * n + k] as number) * (b[k] as number);
    b[i] = value / (a[i * n + i] as number);
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    let value = b[i] as number;
    for (let k = i + 1; k < n; k += 1) value -= (a[k * n + i] as number) * (b[k] as number);
    b[i] = value / (a[i * n + i] as number);
  }
  return true;
}

/** Lower Cholesky factor in place. */
function factorise(a: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let value = a[i * n + j] as number;
      for (let k = 0; k < j; k += 1) value -= (a[i * n + k] as number) * (a[j * n + k] as number);
      if (i !== j) a[i * n + j] = value / (a[j * n + j] as number);
      else if (value > 0) a[i * n + i] = Math.sqrt(value);
      else return false;
    }
  }
  return true;
}
