/** Turns latent values of one column into codes. */
export type LatentCoder = (latent: Float64Array, out: LatentCodes, start: number, count: number) => void;

/** Where codes go. */
export type LatentCodes = Uint8Array | Uint16Array | Int32Array;

/** Buckets of the lookup over [-REACH, REACH]; most buckets hold no cut, so most values need one comparison. */
const BUCKETS = 4096;
const REACH = 6;

/**
 * Prepares the inverse distribution function of a discrete column on its latent axis: a value belongs to the first cell
 * whose upper cut is above it.
 * @param cuts ascending, one fewer than cells; ±Infinity where cells are empty.
 * @param order codes along the axis.
 * **Cost**: about 3 ns per value.
 */
export function createLatentCoder(cuts: Float64Array, order: Int32Array): LatentCoder {
  const firstCells = new Int32Array(BUCKETS);
  for (let bucket = 0, cell = 0; bucket < BUCKETS; bucket++) {
    // The outermost bucket takes everything below the table.
    const low = bucket === 0 ? Number.NEGATIVE_INFINITY : (bucket * 2 * REACH) / BUCKETS - REACH - ROUNDING;
    while (cell < cuts.length && cuts[cell]! <= low) cell++;
    firstCells[bucket] = cell;
  }
  return (latent, out, start, count) => {
    for (let index = 0; index < count; index++) {
      const value = latent[index]!;
      const position = (value + REACH) * (BUCKETS / (2 * REACH));
      const bucket = position < 0 ? 0 : position >= BUCKETS ? BUCKETS - 1 : position | 0;
      let cell = firstCells[bucket]!;
      while (cell < cuts.length && cuts[cell]! <= value) cell++;
      out[start + index] = order[cell]!;
    }
  };
}

/** Writes the missing code over what is there wherever the latent value is at or above the cut. */
export function createMissingCoder(cut: number, missingCode: number): LatentCoder {
  return (latent, out, start, count) => {
    for (let index = 0; index < count; index++) if (latent[index]! >= cut) out[start + index] = missingCode;
  };
}

/** Keeps a value that rounding puts into the next bucket above all cuts that are skipped there. */
const ROUNDING = 1e-9;
