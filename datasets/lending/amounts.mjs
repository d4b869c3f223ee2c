// @ts-check
/** Closed forms for the amounts of money of the `lending` population: moments, quantiles and correlations. */
import { mixtureCorrelation, QUANTILE_LEVELS, weightedSum } from '../simulator/mixtures.mjs';
import { invert, tailedNormalCdf } from '../simulator/special.mjs';
import { AMOUNT, DEBT, INCOME, MISSING, meanLogIncome } from './model.mjs';
import { agePower } from './population.mjs';

/** @typedef {import('./population.mjs').Group} Group */

/**
 * Mean of (income / unit)^power in a group.
 *
 * @param {Group} group
 * @param {number} power below the tail index
 */
function incomePower(group, power) {
  const body = Math.exp(power * meanLogIncome(group) + (power * INCOME.sd[group.employment]) ** 2 / 2);
  return body * (1 - INCOME.tailShare + (INCOME.tailShare * INCOME.tailIndex) / (INCOME.tailIndex - power));
}

/**
 * Law of an amount that scales as median * (income / unit)^elasticity * exp(sd * normal).
 *
 * @typedef {{ median: number, elasticity: number, sd: number }} Scale
 *
 * @param {Group} group
 * @param {Scale} scale
 */
function scaledLaw(group, { median, elasticity, sd }) {
  return {
    mean: Math.log(median) + elasticity * meanLogIncome(group),
    sd: Math.hypot(elasticity * INCOME.sd[group.employment], sd),
    tailShare: INCOME.tailShare,
    rate: INCOME.tailIndex / elasticity,
  };
}

/**
 * A positive numeric column: its scale in a group, the share of rows where it is zero and the share where it is recorded.
 *
 * @typedef {object} Amount
 * @property {(group: Group) => Scale} scale
 * @property {(group: Group) => number} zero
 * @property {(group: Group) => { zero: number, positive: number }} recorded
 * @property {number} maximum
 */

/** @type {Readonly<Record<'income' | 'open_debt' | 'loan_amount', Amount>>} */
export const AMOUNTS = {
  income: {
    scale: () => ({ median: INCOME.unit, elasticity: 1, sd: 0 }),
    zero: () => 0,
    recorded: ({ employment }) => ({ zero: 0, positive: 1 - MISSING.income[employment] }),
    maximum: INCOME.maximum,
  },
  open_debt: {
    scale: () => DEBT,
    zero: ({ history }) => DEBT.zero[history],
    recorded: () => ({ zero: 1 - MISSING.openDebt.zero, positive: 1 - MISSING.openDebt.positive }),
    maximum: DEBT.maximum,
  },
  loan_amount: {
    scale: ({ purpose }) => ({ ...AMOUNT, median: AMOUNT.median[purpose] }),
    zero: () => 0,
    recorded: () => ({ zero: 0, positive: 1 }),
    maximum: AMOUNT.maximum,
  },
};

/**
 * Mean of the product of powers of two scaled amounts and a power of age, given that both amounts are positive.
 *
 * @param {Group} group
 * @param {readonly { scale: Scale, power: number }[]} factors
 */
function productMean(group, factors) {
  const power = factors.reduce((sum, factor) => sum + factor.scale.elasticity * factor.power, 0);
  return factors.reduce(
    (product, { scale, power: own }) => product * scale.median ** own * Math.exp((own * scale.sd) ** 2 / 2),
    incomePower(group, power),
  );
}

/**
 * Moments, quantiles and missing share of a positive column, over recorded rows or over everybody.
 *
 * @param {readonly Group[]} groups
 * @param {Amount} amount
 * @param {(group: Group) => { zero: number, positive: number }} kept share of rows that count, by whether the value is zero
 */
export function describeAmount(groups, amount, kept) {
  const positive = (/** @type {Group} */ group) => (1 - amount.zero(group)) * kept(group).positive;
  const zeros = weightedSum(groups, (group) => amount.zero(group) * kept(group).zero);
  const total = zeros + weightedSum(groups, positive);
  const moment = (/** @type {number} */ power) =>
    weightedSum(groups, (group) => positive(group) * productMean(group, [{ scale: amount.scale(group), power }])) /
    total;
  const laws = mergeLaws(groups, amount, positive);
  const cdf = (/** @type {number} */ x) =>
    (zeros + laws.reduce((sum, { weight, law }) => sum + weight * tailedNormalCdf(x, law), 0)) / total;
  const mean = moment(1);
  return {
    mean,
    sd: Math.sqrt(moment(2) - mean * mean),
    zero: zeros / total,
    quantiles: Object.fromEntries(
      QUANTILE_LEVELS.map((level) => [
        level,
        level <= zeros / total ? 0 : Math.exp(invert(cdf, level, [0, Math.log(amount.maximum)])),
      ]),
    ),
  };
}

/**
 * Groups that share one law of the amount, with their weights added: fewer terms in every distribution function.
 *
 * @param {readonly Group[]} groups
 * @param {Amount} amount
 * @param {(group: Group) => number} share
 */
function mergeLaws(groups, amount, share) {
  /** @type {Map<string, { weight: number, law: ReturnType<typeof scaledLaw> }>} */
  const merged = new Map();
  for (const group of groups) {
    const law = scaledLaw(group, amount.scale(group));
    const key = `${law.mean},${law.sd}`;
    const entry = merged.get(key) ?? { weight: 0, law };
    entry.weight += group.weight * share(group);
    merged.set(key, entry);
  }
  return [...merged.values()];
}

/**
 * Pearson correlations between numeric columns over rows where both are recorded.
 *
 * @param {readonly Group[]} groups
 */
export function correlations(groups) {
  const names = /** @type {(keyof typeof AMOUNTS)[]} */ (Object.keys(AMOUNTS));
  /** @type {Record<string, number>} */
  const out = {};
  for (const [index, left] of names.entries()) {
    out[`age|${left}`] = mixtureCorrelation(groups, (group, agePart, part) => {
      const { zero, positive } = keptShares(AMOUNTS[left], group);
      const value = part === 0 ? zero + positive : positive * powerMean(group, left, part);
      return agePower(group.band, agePart) * value;
    });
    for (const right of names.slice(index + 1)) {
      out[`${left}|${right}`] = mixtureCorrelation(groups, (group, i, j) => jointMoment(group, [left, right], [i, j]));
    }
  }
  return out;
}

/**
 * @param {Group} group
 * @param {keyof typeof AMOUNTS} name
 * @param {number} power
 */
function powerMean(group, name, power) {
  return productMean(group, [{ scale: AMOUNTS[name].scale(group), power }]);
}

/**
 * Shares of a group whose value is recorded and zero, or recorded and positive.
 *
 * @param {Amount} amount
 * @param {Group} group
 */
export function keptShares(amount, group) {
  const recorded = amount.recorded(group);
  return { zero: amount.zero(group) * recorded.zero, positive: (1 - amount.zero(group)) * recorded.positive };
}

/**
 * Mean of left^powers[0] * right^powers[1] over rows of a group where both are recorded, times the share of such rows.
 * A zero contributes where its power is 0.
 *
 * @param {Group} group
 * @param {readonly [keyof typeof AMOUNTS, keyof typeof AMOUNTS]} names
 * @param {readonly [number, number]} powers
 */
function jointMoment(group, names, powers) {
  const shares = names.map((name) => keptShares(AMOUNTS[name], group));
  const share = names.reduce((product, _, side) => {
    const { zero, positive } = shares[side] ?? { zero: 0, positive: 0 };
    return product * (powers[side] === 0 ? zero + positive : positive);
  }, 1);
  const factors = names.map((name, side) => ({ scale: AMOUNTS[name].scale(group), power: powers[side] ?? 0 }));
  return share * productMean(group, factors);
}
