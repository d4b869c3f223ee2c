import type { SamplingStep } from './sampling-steps.ts';

const TWO_32 = 2 ** 32;

/** Source of uniform 32-bit words. */
interface Words {
  nextUint32(): number;
  fillUint32(out: Uint32Array): void;
}

/** Work space for systematic draws, each at least as long as a block has rows. */
export interface SystematicBuffers {
  /** Key of each row: which conditional distribution it draws from. */
  readonly keys: Int32Array;
  /** Rows sorted by key. */
  readonly order: Int32Array;
  /** Codes in the order of `order`. */
  readonly drawn: Int32Array;
  readonly words: Uint32Array;
  /** A permutation of the groups. */
  readonly strata: Int32Array;
  /** One more than the largest number of keys. */
  readonly starts: Int32Array;
}

/**
 * Draws one attribute for all rows of a block. Rows of equal key form a group; a group of g rows gives code c either
 * ⌊g·P(c)⌋ or ⌈g·P(c)⌉ times, on average exactly g·P(c), and deals the codes to its rows in random order. The random
 * offsets of the groups are stratified over all groups, so that sums over groups also stay close to expectation.
 *
 * @source Madow, "On the theory of systematic sampling II", 1949 (one offset per group); McKay, Beckman, Conover 1979
 * (stratified offsets)
 */
export function drawSystematic(
  step: SamplingStep,
  buffers: SystematicBuffers,
  column: Uint16Array | Int32Array,
  rows: number,
  stream: Words,
): void {
  const { order, drawn, words, starts, strata } = buffers;
  const groups = sortByKey(buffers, step.keys, rows);
  permuteStrata(strata, groups, stream);
  stream.fillUint32(rows === words.length ? words : words.subarray(0, rows));
  const jitter = stream.nextUint32() / TWO_32;
  let group = 0;
  let start = 0;
  for (let key = 0; start < rows; key++) {
    // After sorting, starts[key] is where the group of this key ends.
    const end = starts[key]!;
    if (end === start) continue;
    const offset = (strata[group++]! + jitter) / groups;
    fillGroup(step, key, drawn, start, end, offset);
    shuffle(drawn, words, start, end);
    start = end;
  }
  for (let position = 0; position < rows; position++) column[order[position]!] = drawn[position]!;
}

/** Counting sort of rows by key; returns the number of non-empty groups and leaves the end of each group in `starts`. */
function sortByKey({ keys, order, starts }: SystematicBuffers, keyCount: number, rows: number): number {
  starts.fill(0, 0, keyCount);
  for (let row = 0; row < rows; row++) starts[keys[row]!]!++;
  let groups = 0;
  let begin = 0;
  for (let key = 0; key < keyCount; key++) {
    const count = starts[key]!;
    starts[key] = begin;
    begin += count;
    if (count > 0) groups++;
  }
  for (let row = 0; row < rows; row++) order[starts[keys[row]!]!++] = row;
  return groups;
}

function permuteStrata(strata: Int32Array, groups: number, stream: Words): void {
  for (let group = 0; group < groups; group++) strata[group] = group;
  for (let group = groups - 1; group > 0; group--) {
    const other = Math.floor((stream.nextUint32() / TWO_32) * (group + 1));
    const held = strata[group]!;
    strata[group] = strata[other]!;
    strata[other] = held;
  }
}

/** Codes of the points (k + offset) / g, k = 0 … g−1, in the cumulative distribution of `key`. */
function fillGroup(
  { size, conditionals }: SamplingStep,
  key: number,
  drawn: Int32Array,
  start: number,
  end: number,
  offset: number,
): void {
  const base = key * size;
  const scale = end - start;
  let position = start;
  let reached = 0;
  for (let code = 0; code < size && position < end; code++) {
    reached += conditionals[base + code]! * scale;
    for (; position < end && position - start + offset < reached; position++) drawn[position] = code;
  }
  // The cumulative sum may end a rounding error below 1; the last possible code takes what is left.
  if (position < end) drawn.fill(lastPossible(conditionals, base, size), position, end);
}

function lastPossible(conditionals: Float64Array, base: number, size: number): number {
  let code = size - 1;
  while (code > 0 && conditionals[base + code] === 0) code--;
  return code;
}

/** Fisher–Yates on positions start … end−1. */
function shuffle(drawn: Int32Array, words: Uint32Array, start: number, end: number): void {
  for (let position = end - 1; position > start; position--) {
    const other = start + Math.floor((words[position]! / TWO_32) * (position - start + 1));
    const held = drawn[position]!;
    drawn[position] = drawn[other]!;
    drawn[other] = held;
  }
}
