#!/usr/bin/env node
// @ts-check
/**
 * Draws the `lending` table from its structural equations (`model.mjs`).
 *
 * Use: `node datasets/lending/generate.mjs [--rows 30000] [--seed 1] [--out lending.csv]`
 */
import { checkRows, rowsToColumns, runGenerator } from '../simulator/columns.mjs';
import { isMain } from '../simulator/is-main.mjs';
import { sigmoid } from '../simulator/special.mjs';
import { createPicker, createStream, pickItem, pickName } from '../simulator/stream.mjs';
import {
  AGE,
  AMOUNT,
  ageBand,
  ageWeights,
  BIAS,
  DAYS,
  DEBT,
  dayWeights,
  EMPLOYMENTS,
  employmentWeights,
  GENDERS,
  GUARANTOR,
  HALF_TERM,
  HISTORIES,
  historyWeights,
  INCOME,
  MISSING,
  meanLogIncome,
  meritLogit,
  PURPOSES,
  purposeWeights,
  REGIONS,
  repaymentLogit,
  TERM,
} from './model.mjs';

/**
 * @typedef {import('../simulator/stream.mjs').Stream} Stream
 * @typedef {ReturnType<typeof createPicker>} Picker
 */

/** Rows of the published table. */
export const LENDING_ROWS = 30_000;
/** Seed of the published table. */
export const LENDING_SEED = 1;

/**
 * Who applies.
 *
 * @param {Stream} stream
 * @param {Picker} pickAge
 */
function drawPerson(stream, pickAge) {
  const region = pickName(stream, REGIONS);
  const gender = pickName(stream, GENDERS);
  const age = AGE.minimum + pickAge(stream);
  const band = ageBand(age);
  const employment = pickItem(stream, EMPLOYMENTS, employmentWeights(band, region));
  const history = pickItem(stream, HISTORIES, historyWeights(band, employment));
  const guarantor = stream.chance(GUARANTOR[band] ?? 0);
  return { region, gender, age, band, employment, history, guarantor };
}

/**
 * Money the person has, owes and asks for. Logarithms are kept for the decision, which acts before rounding.
 *
 * @param {Stream} stream
 * @param {ReturnType<typeof drawPerson>} person
 */
function drawMoney(stream, person) {
  const spread = INCOME.sd[person.employment] * stream.normal();
  const tail = stream.chance(INCOME.tailShare) ? stream.exponential(INCOME.tailIndex) : 0;
  const logIncome = meanLogIncome(person) + spread + tail;
  const debtLog = Math.log(DEBT.median) + DEBT.elasticity * logIncome + DEBT.sd * stream.normal();
  const debt = stream.chance(DEBT.zero[person.history]) ? 0 : Math.max(1, Math.round(Math.exp(debtLog)));
  const purpose = pickItem(stream, PURPOSES, purposeWeights(person.band, person.employment, person.region));
  const logAmount = Math.log(AMOUNT.median[purpose]) + AMOUNT.elasticity * logIncome + AMOUNT.sd * stream.normal();
  return {
    logIncome,
    income: Math.min(INCOME.maximum, Math.round(INCOME.unit * Math.exp(logIncome))),
    debt: Math.min(DEBT.maximum, debt),
    purpose,
    logAmount,
    amount: clamp(Math.round(Math.exp(logAmount) / AMOUNT.step) * AMOUNT.step, AMOUNT),
  };
}

/**
 * @param {number} value
 * @param {{ minimum: number, maximum: number }} bounds
 */
function clamp(value, { minimum, maximum }) {
  return Math.min(maximum, Math.max(minimum, value));
}

/**
 * One applicant as recorded, with what was lost on the way.
 *
 * @param {Stream} stream
 * @param {number} row
 * @param {{ pickAge: Picker, pickDay: Picker }} pickers
 */
function drawApplicant(stream, row, { pickAge, pickDay }) {
  const person = drawPerson(stream, pickAge);
  const money = drawMoney(stream, person);
  const loan = { ...person, ...money };
  const bias = BIAS.gender[person.gender] + BIAS.region[person.region];
  const approved = stream.chance(sigmoid(meritLogit(loan) + bias));
  const repaid = stream.chance(sigmoid(repaymentLogit(loan)));
  const day = DAYS.first + pickDay(stream);
  const term = TERM[money.purpose] / (stream.chance(HALF_TERM) ? 2 : 1);
  const debtLost = stream.chance(money.debt === 0 ? MISSING.openDebt.zero : MISSING.openDebt.positive);
  return {
    applicant_id: row + 1,
    application_date: new Date(day * 86_400_000).toISOString().slice(0, 10),
    region: person.region,
    gender: person.gender,
    age: person.age,
    employment: person.employment,
    income: stream.chance(MISSING.income[person.employment]) ? null : money.income,
    credit_history: stream.chance(MISSING.creditHistory) ? null : person.history,
    open_debt: debtLost ? null : money.debt,
    has_guarantor: String(person.guarantor),
    loan_purpose: money.purpose,
    loan_amount: money.amount,
    term_months: term,
    approved: approved ? 'yes' : 'no',
    repaid: approved ? (repaid ? 'yes' : 'no') : null,
  };
}

/**
 * The lending table. A longer table begins with the rows of a shorter one of the same seed.
 *
 * @param {number} [rows]
 * @param {number} [seed]
 * @returns columns in file order; null is missing
 */
export function generateLending(rows = LENDING_ROWS, seed = LENDING_SEED) {
  checkRows(rows);
  const stream = createStream(seed);
  const pickers = { pickAge: createPicker(ageWeights()), pickDay: createPicker(dayWeights()) };
  return rowsToColumns(Array.from({ length: rows }, (_, row) => drawApplicant(stream, row, pickers)));
}

if (isMain(import.meta.url)) {
  runGenerator(generateLending, { rows: LENDING_ROWS, seed: LENDING_SEED, out: 'lending.csv' });
}
