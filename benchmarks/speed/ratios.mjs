// @ts-check
/** Pairs of timings as ratios, and what became slower since a baseline. */

/** Slower than this, beyond the spread of the rounds, is worth a look. */
export const SLOWER = 1.2;

/**
 * @typedef {object} PairResult
 * @property {string} name
 * @property {string} rival
 * @property {number[]} ours CPU seconds, one per round
 * @property {number[]} theirs CPU seconds of the rival in the same rounds
 * @property {{ median: number, low: number, high: number }} ratio ours over theirs; below 1 we are faster
 */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/**
 * Ratio of every round, as median with the least and the largest: both sides of a round met the same machine.
 *
 * @param {{ name: string, rival: string, ours: number[], theirs: number[] }} pair
 * @returns {PairResult}
 */
export function withRatio(pair) {
  const ratios = pair.ours.map((own, round) => own / (pair.theirs[round] ?? Number.NaN));
  const digits = (/** @type {number} */ value) => Number(value.toPrecision(3));
  const ratio = {
    median: digits(median(ratios)),
    low: digits(Math.min(...ratios)),
    high: digits(Math.max(...ratios)),
  };
  return { ...pair, ratio };
}

/**
 * Every pair against its baseline. Slower: the median ratio rose by more than `SLOWER`, and even the best round now is worse than
 * the worst one then. The rival in the same run cancels the machine.
 *
 * @param {readonly PairResult[]} baseline
 * @param {readonly PairResult[]} now
 * @returns {{ name: string, rival: string, before: number, after: number, factor: number, verdict: 'slower' | 'same' | 'faster' | 'new' }[]}
 */
export function compareRatios(baseline, now) {
  return now.map(({ name, rival, ratio }) => {
    const earlier = baseline.find((pair) => pair.name === name && pair.rival === rival);
    if (earlier === undefined) {
      return { name, rival, before: Number.NaN, after: ratio.median, factor: Number.NaN, verdict: 'new' };
    }
    const factor = ratio.median / earlier.ratio.median;
    const isSlower = factor > SLOWER && ratio.low > earlier.ratio.high;
    const isFaster = factor < 1 / SLOWER && ratio.high < earlier.ratio.low;
    const verdict = isSlower ? 'slower' : isFaster ? 'faster' : 'same';
    return {
      name,
      rival,
      before: earlier.ratio.median,
      after: ratio.median,
      factor: Number(factor.toFixed(2)),
      verdict,
    };
  });
}

/**
 * The pairs of a baseline with those of a new run in their place, new ones at the end.
 *
 * @param {readonly PairResult[]} baseline
 * @param {readonly PairResult[]} now
 * @returns {PairResult[]}
 */
export function mergePairs(baseline, now) {
  const key = (/** @type {PairResult} */ { name, rival }) => `${name}|${rival}`;
  return [...new Map([...baseline, ...now].map((pair) => [key(pair), pair])).values()];
}
