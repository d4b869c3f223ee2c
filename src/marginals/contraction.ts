import { type Clique, countCells, type Domain } from './domain.ts';
import type { Factor } from './marginal-oracle.ts';

/** A table whose attributes are in any order; row-major in that order. */
export interface OrderedTable {
  readonly order: readonly number[];
  readonly values: Float64Array;
}

/** The same table with its attributes in another order. */
export function reorder(domain: Domain, { order, values }: OrderedTable, wanted: readonly number[]): OrderedTable {
  if (order.every((attribute, position) => attribute === wanted[position])) return { order: wanted, values };
  const strides = new Map<number, number>();
  let stride = 1;
  for (const attribute of order.toReversed()) {
    strides.set(attribute, stride);
    stride *= domain.sizes[attribute]!;
  }
  const outer = wanted.slice(0, -1);
  const last = wanted.at(-1)!;
  const lastSize = domain.sizes[last]!;
  const lastStride = strides.get(last)!;
  const starts = crossOffsets(
    outer.map((attribute) => domain.sizes[attribute]!),
    outer.map((attribute) => strides.get(attribute)!),
  );
  const out = new Float64Array(values.length);
  let cell = 0;
  for (let o = 0; o < starts.length; o++) {
    let from = starts[o]!;
    for (let i = 0; i < lastSize; i++, from += lastStride) out[cell++] = values[from]!;
  }
  return { order: wanted, values: out };
}

/** Offsets of all index combinations, row-major. */
function crossOffsets(sizes: readonly number[], strides: readonly number[]): Int32Array {
  let offsets = Int32Array.of(0);
  sizes.forEach((size, axis) => {
    const extended = new Int32Array(offsets.length * size);
    for (let k = 0; k < offsets.length; k++) {
      for (let index = 0; index < size; index++) extended[k * size + index] = offsets[k]! + index * strides[axis]!;
    }
    offsets = extended;
  });
  return offsets;
}

/**
 * P(kept, appended) = Σ over the rest of `given` of P(joint) · P(appended | given): one step of variable elimination.
 *
 * @param joint - a table over kept attributes and all of `given`
 * @param conditional - rows over `given` (ascending), columns over `appended` (ascending)
 * @returns the table over `onto`, ascending, which holds `appended` and all of `joint` but the summed attributes
 * **Cost**: cells of joint × cells of appended multiply-adds.
 */
export function extendJoint(domain: Domain, joint: Factor, conditional: Conditional, onto: Clique): Factor {
  const { given, appended } = conditional;
  const shared = given.filter((attribute) => onto.includes(attribute));
  const summed = given.filter((attribute) => !onto.includes(attribute));
  const free = joint.clique.filter((attribute) => !given.includes(attribute));
  const left = reorder(domain, { order: joint.clique, values: joint.values }, [...shared, ...free, ...summed]);
  const right = reorder(domain, { order: [...given, ...appended], values: conditional.values }, [
    ...shared,
    ...summed,
    ...appended,
  ]);
  const values = multiplyBatches(left.values, right.values, {
    batches: countCells(domain, shared),
    rows: countCells(domain, free),
    inner: countCells(domain, summed),
    columns: countCells(domain, appended),
  });
  return { clique: onto, values: reorder(domain, { order: [...shared, ...free, ...appended], values }, onto).values };
}

/** P(appended | given): row-major over `given` then `appended`, both ascending. */
export interface Conditional {
  readonly given: Clique;
  readonly appended: Clique;
  readonly values: Float64Array;
}

interface BatchShape {
  readonly batches: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** Matrix products left[b] · right[b], each row-major. Zeros on the left, frequent in fitted tables, are skipped. */
function multiplyBatches(
  left: Float64Array,
  right: Float64Array,
  { batches, rows, inner, columns }: BatchShape,
): Float64Array {
  const out = new Float64Array(batches * rows * columns);
  for (let batch = 0; batch < batches; batch++) {
    for (let row = 0; row < rows; row++) {
      const target = (batch * rows + row) * columns;
      for (let k = 0; k < inner; k++) {
        const factor = left[(batch * rows + row) * inner + k]!;
        if (factor === 0) continue;
        const source = (batch * inner + k) * columns;
        for (let column = 0; column < columns; column++) out[target + column]! += factor * right[source + column]!;
      }
    }
  }
  return out;
}
