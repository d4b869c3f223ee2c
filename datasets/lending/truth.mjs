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
import { writeWhole } from '../simulator/columns.mjs';
import { isMain } from '../simulator/is-main.mjs';
import { describeShares, sharesOf, truthText, weightedSum } from '../simulator/mixtures.mjs';
import { AMOUNTS, correlations, describeAmount, keptShares } from './amounts.mjs';
import { decisions } from './decisions.mjs';
import { AGE, ageWeights, BIAS, DAYS, dayWeights, HALF_TERM, MISSING, REGIONS, TERM } from './model.mjs';
import { enumerateGroups } from './population.mjs';

/** @typedef {import('./population.mjs').Group} Group */

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
  const one = (/** @type {'region' | 'gender' | 'employment' | 'history' | 'guarantor' | 'purpose'} */ name) =>
    sharesOf(groups, (group) => group[name]);
  const terms = groups.flatMap(({ purpose, weight }) => [
    { months: TERM[purpose], weight: weight * (1 - HALF_TERM) },
    { months: TERM[purpose] / 2, weight: weight * HALF_TERM },
  ]);
  const days = dayWeights().map((weight, index) => ({ day: DAYS.first + index, weight }));
  const ages = ageWeights().map((weight, index) => ({ age: AGE.minimum + index, weight }));
  const rates = decisions(groups);
  return {
    world: 'lending',
    columns: {
      income: describeMoney(groups, 'income'),
      open_debt: describeMoney(groups, 'open_debt'),
      loan_amount: describeMoney(groups, 'loan_amount'),
      application_date: describeShares(sharesOf(days, ({ day }) => day)),
      age: describeShares(sharesOf(ages, ({ age }) => age)),
      term_months: describeShares(sharesOf(terms, ({ months }) => months)),
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

if (isMain(import.meta.url)) {
  const path = join(import.meta.dirname, 'truth.json');
  writeWhole(path, truthText(computeLendingTruth()));
  process.stdout.write(`${path}\n`);
}
