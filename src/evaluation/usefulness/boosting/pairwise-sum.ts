/** Values that are added in eight running sums before halves are added. */
const BLOCK = 128;

/**
 * Sum of `values[start … end-1]` by halves, with eight running sums in blocks of at most 128: the rounding error grows with
 * the logarithm of the count, and the last bit is that of numpy's sums.
 * @source Higham, SIAM J. Sci. Comput. 14 (1993) 783-799, section 4.
 */
export function pairwiseSum(values: Float64Array, start = 0, end = values.length): number {
  const count = end - start;
  if (count > BLOCK) {
    const half = count >> 1;
    const middle = start + half - (half % 8);
    return pairwiseSum(values, start, middle) + pairwiseSum(values, middle, end);
  }
  let total = 0;
  let at = start;
  if (count >= 8) {
    const lanes = values.slice(start, start + 8);
    for (at = start + 8; at + 8 <= end; at += 8)
      for (let lane = 0; lane < 8; lane += 1) lanes[lane]! += values[at + lane]!;
    const pair = (lane: number) => lanes[lane]! + lanes[lane + 1]!;
    total = pair(0) + pair(2) + (pair(4) + pair(6));
  }
  for (; at < end; at += 1) total += values[at]!;
  return total;
}
