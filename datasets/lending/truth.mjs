#!/usr/bin/env node
// @ts-check
/**
 * True quantities of the `lending` population, from its structural equations: sums over all discrete causes, closed
 * forms for moments and distribution functions, quadrature for the decisions. No random draw is involved.
 *
 * Use: `node datasets/lending/truth.mjs` rewrites `truth.json` beside this file.
 *
 * Left out on purpose, with their size: rounding of incomes and debts to whole numbers and of amounts to hundreds (a mean
 * moves by less than 1), and the upper bounds (a mean moves by less than one part in 10,000).
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeWhole } from '../simulator/columns.mjs';
import { AMOUNTS, correlations, describeAmount, keptShares, QUANTILE_LEVELS } from './amounts.mjs';
import { decisions } from './decisions.mjs';
import { AGE, ageWeights, BIAS, DAYS, dayWeights, HALF_TERM, MISSING, REGIONS, TERM } from './model.mjs';
import { enumerateGroups, weightedSum } from './population.mjs';

/** @typedef {import('./population.mjs').Group} Group */

/**
 * Moments and quantiles of a column with few values.
 *
 * @param {readonly { value: number, weight: number }[]} points in ascending order; weights sum to 1
 */
function describePoints(points) {
  const mean = points.reduce((sum, { value, weight }) => sum + weight * value, 0);
  const square = points.reduce((sum, { value, weight }) => sum + weight * value * value, 0);
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
 * @param {readonly Group[]} groups
 * @param {(group: Group) => readonly { value: string | number, share: number }[]} values
 */
function shares(groups, values) {
  /** @type {Map<string | number, number>} */
  const totals = new Map();
  for (const group of groups) {
    for (const { value, share } of values(group)) totals.set(value, (totals.get(value) ?? 0) + share * group.weight);
  }
  return totals;
}

/**
 * A money column: among recorded values, among everybody's, and the share that is missing.
 *
 * @param {readonly Group[]} groups
 * @param {keyof typeof AMOUNTS} name
 */
function describeMoney(groups, name) {
  const amount = AMOUNTS[name];
  const kept = weightedSum(groups, (group) => {
    const { zero, positive } = keptShares(amount, group);
    return zero + positive;
  });
  return {
    recorded: describeAmount(groups, amount, amount.recorded),
    everyone: describeAmount(groups, amount, () => ({ zero: 1, positive: 1 })),
    missing: Math.max(0, 1 - kept),
  };
}

/**
 * Every true quantity of the world.
 *
 * @returns plain JSON data: `columns`, `correlations` (Pearson, rows where both are recorded), `rates` and `bias`
 */
export function computeLendingTruth() {
  const groups = enumerateGroups();
  const one = (/** @type {keyof Group} */ name) =>
    Object.fromEntries(shares(groups, (group) => [{ value: String(group[name]), share: 1 }]));
  const terms = shares(groups, ({ purpose }) => [
    { value: TERM[purpose], share: 1 - HALF_TERM },
    { value: TERM[purpose] / 2, share: HALF_TERM },
  ]);
  const rates = decisions(groups);
  return {
    world: 'lending',
    columns: {
      income: describeMoney(groups, 'income'),
      open_debt: describeMoney(groups, 'open_debt'),
      loan_amount: describeMoney(groups, 'loan_amount'),
      application_date: describePoints(dayWeights().map((weight, index) => ({ value: DAYS.first + index, weight }))),
      age: describePoints(ageWeights().map((weight, index) => ({ value: AGE.minimum + index, weight }))),
      term_months: describePoints(
        [...terms].map(([value, weight]) => ({ value: Number(value), weight })).sort((a, b) => a.value - b.value),
      ),
      region: one('region'),
      gender: one('gender'),
      employment: one('employment'),
      credit_history: { recorded: one('history'), missing: MISSING.creditHistory },
      has_guarantor: one('guarantor'),
      loan_purpose: one('purpose'),
      approved: { yes: rates.all.approved, no: 1 - rates.all.approved },
      repaid: {
        recorded: { yes: rates.all.repaidGivenApproved, no: 1 - rates.all.repaidGivenApproved },
        missing: 1 - rates.all.approved,
      },
    },
    correlations: correlations(groups),
    rates,
    bias: BIAS,
    rareGroup: {
      column: 'region',
      value: 'islands',
      share: REGIONS.islands,
      mark: { column: 'loan_purpose', value: 'boat' },
    },
  };
}

/**
 * Text of `truth.json`, with nine significant digits.
 *
 * @returns {string}
 */
export function lendingTruthText() {
  const round = (/** @type {string} */ _, /** @type {unknown} */ value) =>
    typeof value === 'number' ? Number(value.toPrecision(9)) : value;
  return `${JSON.stringify(computeLendingTruth(), round, 2)}\n`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const path = join(import.meta.dirname, 'truth.json');
  writeWhole(path, lendingTruthText());
  process.stdout.write(`${path}\n`);
}
