// @ts-check
/** True quantities of a population that is a finite mixture of groups with known laws. */
import { invert } from './special.mjs';

/** Levels at which quantiles are stated. */
export const QUANTILE_LEVELS = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/**
 * Sum of a quantity over weighted groups.
 *
 * @template {{ readonly weight: number }} Group
 * @param {readonly Group[]} groups
 * @param {(group: Group) => number} value
 */
export function weightedSum(groups, value) {
  return groups.reduce((sum, group) => sum + group.weight * value(group), 0);
}

/**
 * Shares of the values of a discrete cause.
 *
 * @template {{ readonly weight: number }} Group
 * @param {readonly Group[]} groups
 * @param {(group: Group) => string | number | boolean} value
 * @returns {Record<string, number>}
 */
export function sharesOf(groups, value) {
  const total = weightedSum(groups, () => 1);
  /** @type {Record<string, number>} */
  const shares = {};
  for (const group of groups) {
    const name = String(value(group));
    shares[name] = (shares[name] ?? 0) + group.weight / total;
  }
  return shares;
}

/**
 * Mean, standard deviation and quantiles of a continuous mixture.
 *
 * @template {{ readonly weight: number }} Group
 * @param {readonly Group[]} groups weights need not sum to 1
 * @param {object} law
 * @param {(group: Group, power: number) => number} law.moment raw moment 1 or 2 inside a group
 * @param {(group: Group, x: number) => number} law.cdf distribution function inside a group
 * @param {readonly [number, number]} bracket values below and above every quantile
 */
export function describeMixture(groups, { moment, cdf }, bracket) {
  const total = weightedSum(groups, () => 1);
  const mean = weightedSum(groups, (group) => moment(group, 1)) / total;
  const square = weightedSum(groups, (group) => moment(group, 2)) / total;
  const whole = (/** @type {number} */ x) => weightedSum(groups, (group) => cdf(group, x)) / total;
  return {
    mean,
    sd: Math.sqrt(square - mean * mean),
    quantiles: Object.fromEntries(QUANTILE_LEVELS.map((level) => [level, invert(whole, level, bracket)])),
  };
}

/**
 * Mean, standard deviation and quantiles of a column with few values.
 *
 * @param {Readonly<Record<string, number>>} shares by value; they sum to 1
 */
export function describeShares(shares) {
  const points = Object.entries(shares)
    .map(([value, weight]) => ({ value: Number(value), weight }))
    .sort((left, right) => left.value - right.value);
  const mean = weightedSum(points, ({ value }) => value);
  const square = weightedSum(points, ({ value }) => value * value);
  const quantile = (/** @type {number} */ level) => {
    let reached = 0;
    return points.find(({ weight }) => {
      reached += weight;
      return reached >= level;
    })?.value;
  };
  return {
    mean,
    sd: Math.sqrt(square - mean * mean),
    quantiles: Object.fromEntries(QUANTILE_LEVELS.map((level) => [level, quantile(level)])),
  };
}

/**
 * Pearson correlation of a mixture from its joint raw moments. Moment (0, 0) is the share of the group that counts: 1, or
 * the share of rows where both columns are recorded.
 *
 * @template {{ readonly weight: number }} Group
 * @param {readonly Group[]} groups
 * @param {(group: Group, left: number, right: number) => number} moment mean of left^i * right^j inside a group
 */
export function mixtureCorrelation(groups, moment) {
  const total = weightedSum(groups, (group) => moment(group, 0, 0));
  const mean = (/** @type {number} */ left, /** @type {number} */ right) =>
    weightedSum(groups, (group) => moment(group, left, right)) / total;
  const covariance = mean(1, 1) - mean(1, 0) * mean(0, 1);
  return covariance / Math.sqrt((mean(2, 0) - mean(1, 0) ** 2) * (mean(0, 2) - mean(0, 1) ** 2));
}

/**
 * Text of a `truth.json`, with nine significant digits.
 *
 * @param {unknown} truth
 */
export function truthText(truth) {
  const round = (/** @type {string} */ _key, /** @type {unknown} */ value) =>
    typeof value === 'number' ? Number(value.toPrecision(9)) : value;
  return `${JSON.stringify(truth, round, 2)}\n`;
}
