// @ts-check
/** Approval and repayment rates of the `lending` population, by quadrature over incomes and amounts. */
import { exponentialNodes, normalNodes, sigmoid } from '../simulator/special.mjs';
import { AMOUNT, BIAS, GENDERS, INCOME, meanLogIncome, meritLogit, REGIONS, repaymentLogit } from './model.mjs';
import { entries } from './population.mjs';

/** @typedef {import('./population.mjs').Group} Group */

/** Cases of (income, amount) deviates and their probabilities: the body and the Pareto tail of incomes. */
function deviates() {
  const normals = normalNodes(13);
  const tails = [{ x: 0, weight: 1 - INCOME.tailShare }].concat(
    exponentialNodes(4).map(({ x, weight }) => ({ x: x / INCOME.tailIndex, weight: weight * INCOME.tailShare })),
  );
  return tails.flatMap((tail) =>
    normals.flatMap((income) =>
      normals.map((amount) => ({
        tail: tail.x,
        income: income.x,
        amount: amount.x,
        weight: tail.weight * income.weight * amount.weight,
      })),
    ),
  );
}

/**
 * Intercept and slopes of a linear function of log income and log amount; far faster to evaluate many times.
 *
 * @param {(loan: import('./model.mjs').Case) => number} logit
 * @param {Group} group
 */
function linearise(logit, group) {
  const at = (/** @type {number} */ logIncome, /** @type {number} */ logAmount) =>
    logit({ ...group, logIncome, logAmount });
  const intercept = at(0, 0);
  return { intercept, income: at(1, 0) - intercept, amount: at(0, 1) - intercept };
}

/**
 * Chances of approval, of approval had there been no bias, and of approval followed by repayment, in one group.
 *
 * @param {Group} group
 * @param {ReturnType<typeof deviates>} cases
 */
function decide(group, cases) {
  const bias = BIAS.gender[group.gender] + BIAS.region[group.region];
  const centre = meanLogIncome(group);
  const base = Math.log(AMOUNT.median[group.purpose]);
  const merit = linearise(meritLogit, group);
  const repayment = linearise(repaymentLogit, group);
  const totals = { approved: 0, unbiased: 0, repaid: 0 };
  for (const { tail, income, amount, weight } of cases) {
    const logIncome = centre + INCOME.sd[group.employment] * income + tail;
    const logAmount = base + AMOUNT.elasticity * logIncome + AMOUNT.sd * amount;
    const strength = merit.intercept + merit.income * logIncome + merit.amount * logAmount;
    const approved = sigmoid(strength + bias);
    totals.approved += weight * approved;
    totals.unbiased += weight * sigmoid(strength);
    totals.repaid +=
      weight * approved * sigmoid(repayment.intercept + repayment.income * logIncome + repayment.amount * logAmount);
  }
  return totals;
}

/**
 * Approval and repayment rates, overall and within groups.
 *
 * @param {readonly Group[]} groups
 */
export function decisions(groups) {
  const cases = deviates();
  const decided = groups.map((group) => ({ group, chances: decide(group, cases) }));
  const within = (/** @type {(group: Group) => boolean} */ inside) => {
    const chosen = decided.filter(({ group }) => inside(group));
    const sum = (/** @type {(entry: typeof chosen[number]) => number} */ value) =>
      chosen.reduce((total, entry) => total + entry.group.weight * value(entry), 0);
    const share = sum(() => 1);
    const approved = sum(({ chances }) => chances.approved) / share;
    return {
      share,
      approved,
      approvedWithoutBias: sum(({ chances }) => chances.unbiased) / share,
      repaidGivenApproved: sum(({ chances }) => chances.repaid) / share / approved,
    };
  };
  return {
    all: within(() => true),
    gender: Object.fromEntries(entries(GENDERS).map(([name]) => [name, within(({ gender }) => gender === name)])),
    region: Object.fromEntries(entries(REGIONS).map(([name]) => [name, within(({ region }) => region === name)])),
  };
}
