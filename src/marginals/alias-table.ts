const TWO_32 = 2 ** 32;

/** Many discrete distributions of equal size, each ready for a draw from one 32-bit word in constant time. */
export interface AliasTables {
  readonly size: number;
  /** Below this, in 32-bit units, a draw that lands in a cell keeps it; otherwise it takes the alias. */
  readonly thresholds: Float64Array;
  readonly aliases: Uint16Array | Int32Array;
}

/**
 * Alias tables for rows of probabilities.
 *
 * @param rows - row-major, each row of `size` cells sums to 1
 * **Numerics**: a draw from one 32-bit word gives each cell its probability to within 2^-31.
 * @source Walker 1977; built by Vose, "A linear algorithm for generating random numbers with a given distribution", 1991
 */
export function createAliasTables(rows: Float64Array, size: number): AliasTables {
  const thresholds = new Float64Array(rows.length).fill(TWO_32);
  const aliases = size <= 0x10000 ? new Uint16Array(rows.length) : new Int32Array(rows.length);
  const scaled = new Float64Array(size);
  const small = new Int32Array(size);
  const large = new Int32Array(size);
  for (let start = 0; start < rows.length; start += size) {
    for (let code = 0; code < size; code++) scaled[code] = rows[start + code]! * size;
    let smallCount = 0;
    let largeCount = 0;
    for (let code = 0; code < size; code++) {
      if (scaled[code]! < 1) small[smallCount++] = code;
      else large[largeCount++] = code;
    }
    while (smallCount > 0 && largeCount > 0) {
      const poor = small[--smallCount]!;
      const rich = large[--largeCount]!;
      thresholds[start + poor] = scaled[poor]! * TWO_32;
      aliases[start + poor] = rich;
      scaled[rich]! -= 1 - scaled[poor]!;
      if (scaled[rich]! < 1) small[smallCount++] = rich;
      else large[largeCount++] = rich;
    }
    // Cells left over differ from 1 by rounding only and keep every draw, except that impossible ones keep none.
    for (let k = 0; k < smallCount; k++) redirectImpossible(rows, start, size, small[k]!, { thresholds, aliases });
  }
  return { size, thresholds, aliases };
}

function redirectImpossible(
  rows: Float64Array,
  start: number,
  size: number,
  code: number,
  { thresholds, aliases }: Pick<AliasTables, 'thresholds' | 'aliases'>,
): void {
  if (rows[start + code] !== 0) return;
  let likeliest = 0;
  for (let other = 1; other < size; other++) {
    if (rows[start + other]! > rows[start + likeliest]!) likeliest = other;
  }
  thresholds[start + code] = 0;
  aliases[start + code] = likeliest;
}
