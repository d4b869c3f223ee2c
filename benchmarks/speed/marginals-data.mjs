/** Tables of integer codes with dependent columns, for timing marginal methods without any private or fetched data. */
import { createStream } from '../../dist/random/stream.js';

/** Sizes of the columns of the Adult table on its public bins. */
export const ADULT_SIZES = [32, 9, 32, 16, 16, 7, 15, 6, 5, 2, 26, 27, 25, 42, 2];

/**
 * Sizes of `columns` columns between 2 and 19, small ones more often.
 *
 * @param {number} columns
 */
export function mixedSizes(columns) {
  const stream = createStream('sizes');
  return Array.from({ length: columns }, () => 2 + Math.floor(18 * stream.nextFloat() * stream.nextFloat()));
}

/**
 * Rows of a random Bayesian network: each column depends on up to three of the twenty before it, through random
 * softmax weights.
 *
 * @param {readonly number[]} sizes
 * @param {number} rows
 * @returns {Uint8Array[]}
 */
export function drawNetwork(sizes, rows) {
  const stream = createStream('network', sizes.length);
  /** @type {Uint8Array[]} */
  const columns = [];
  sizes.forEach((size, column) => {
    const parents = [...new Set(Array.from({ length: 1 + stream.below(3) }, () => column - 1 - stream.below(20)))];
    const known = parents.filter((parent) => parent >= 0);
    const normals = (/** @type {number} */ count, /** @type {number} */ scale) =>
      Float64Array.from({ length: count }, () => scale * stream.nextNormal());
    const base = normals(size, 1.2);
    const effects = known.map((parent) => normals(sizes[parent] * size, 1.3));
    /** @type {Map<number, Float64Array>} */
    const cumulative = new Map();
    const drawn = new Uint8Array(rows);
    for (let row = 0; row < rows; row++) {
      const key = known.reduce((at, parent) => at * sizes[parent] + columns[parent][row], 0);
      let table = cumulative.get(key);
      if (table === undefined) {
        const logs = base.map(
          (value, code) =>
            value + known.reduce((sum, parent, k) => sum + effects[k][columns[parent][row] * size + code], 0),
        );
        let sum = 0;
        table = logs.map((log) => (sum += Math.exp(log)));
        cumulative.set(key, table);
      }
      const point = stream.nextFloat() * table[size - 1];
      let code = 0;
      while (code < size - 1 && point >= table[code]) code++;
      drawn[row] = code;
    }
    columns.push(drawn);
  });
  return columns;
}
