#!/usr/bin/env node
// @ts-check
/**
 * Draws the `hiring` table from its structural equations (`model.mjs`).
 *
 * Use: `node datasets/hiring/generate.mjs [--rows 20000] [--seed 1] [--out hiring.csv]`
 */
import { checkRows, rowsToColumns, runGenerator } from '../simulator/columns.mjs';
import { isMain } from '../simulator/is-main.mjs';
import { createStream, pickItem, pickName } from '../simulator/stream.mjs';
import {
  DAYS,
  EDUCATIONS,
  educationWeights,
  experienceWeights,
  GAP_YEARS,
  GENDERS,
  gapWeights,
  HOUR_WEIGHTS,
  hiringProbit,
  INTERVIEW,
  MISSING,
  meanInterview,
  meanLogSalary,
  meanTest,
  OFFER,
  POSITIONS,
  positionWeights,
  REFERRAL,
  SALARY,
  STUDY_YEARS,
  TEST,
} from './model.mjs';

/** @typedef {import('../simulator/stream.mjs').Stream} Stream */

/** Rows of the published table. */
export const HIRING_ROWS = 20_000;
/** Seed of the published table. */
export const HIRING_SEED = 1;

/** @param {Stream} stream */
function drawCandidate(stream) {
  const gender = pickName(stream, GENDERS);
  const position = pickItem(stream, POSITIONS, positionWeights(gender));
  const education = pickItem(stream, EDUCATIONS, educationWeights(position));
  const experience = stream.pick(experienceWeights(position));
  const gap = GAP_YEARS[stream.pick(gapWeights(gender))] ?? 0;
  const referral = stream.chance(REFERRAL[gender]);
  return { gender, position, education, experience, referral, age: 18 + STUDY_YEARS[education] + experience + gap };
}

/**
 * @param {Stream} stream
 * @param {ReturnType<typeof drawCandidate>} candidate
 */
function judge(stream, candidate) {
  const test = meanTest(candidate) + TEST.sd * stream.normal();
  const interview = meanInterview(candidate, test) + INTERVIEW.sd * stream.normal();
  const logSalary = meanLogSalary(candidate) + SALARY.sd * stream.normal();
  const hired = hiringProbit(candidate, { test, interview, logSalary }) + stream.normal() > 0;
  const logOffer = logSalary + OFFER.shift + OFFER.sd * stream.normal();
  return { test, interview, logSalary, hired, logOffer };
}

/**
 * @param {number} value
 * @param {number} step
 * @param {readonly [number, number]} bounds
 */
function onGrid(value, step, [minimum, maximum]) {
  const steps = Math.round(Math.min(maximum, Math.max(minimum, value)) / step);
  return Number((steps * step).toFixed(1));
}

/** @param {number} logSalary */
function salary(logSalary) {
  return onGrid(Math.exp(logSalary), SALARY.step, [SALARY.minimum, SALARY.maximum]);
}

/** @param {Stream} stream */
function drawTime(stream) {
  const day = DAYS.first + Math.floor(stream.uniform() * (DAYS.last - DAYS.first + 1));
  const minute = stream.pick(HOUR_WEIGHTS) * 60 + Math.floor(stream.uniform() * 60);
  return new Date(day * 86_400_000 + minute * 60_000).toISOString().slice(0, 19);
}

/**
 * @param {Stream} stream
 * @param {number} row
 */
function drawRow(stream, row) {
  const candidate = drawCandidate(stream);
  const judged = judge(stream, candidate);
  return {
    candidate_id: row + 1,
    applied_at: drawTime(stream),
    gender: candidate.gender,
    age: candidate.age,
    position: candidate.position,
    education: candidate.education,
    experience_years: candidate.experience,
    referral: String(candidate.referral),
    test_score: stream.chance(MISSING.test) ? null : onGrid(judged.test, 0.1, [0, 100]),
    interview_score: onGrid(judged.interview, 0.1, [1, 10]),
    salary_wish: stream.chance(MISSING.salary[candidate.position]) ? null : salary(judged.logSalary),
    hired: judged.hired ? 'yes' : 'no',
    salary: judged.hired ? salary(judged.logOffer) : null,
  };
}

/**
 * The hiring table. A longer table begins with the rows of a shorter one of the same seed.
 *
 * @param {number} [rows]
 * @param {number} [seed]
 * @returns columns in file order; null is missing
 */
export function generateHiring(rows = HIRING_ROWS, seed = HIRING_SEED) {
  checkRows(rows);
  const stream = createStream(seed);
  return rowsToColumns(Array.from({ length: rows }, (_, row) => drawRow(stream, row)));
}

if (isMain(import.meta.url)) {
  runGenerator(generateHiring, { rows: HIRING_ROWS, seed: HIRING_SEED, out: 'hiring.csv' });
}
