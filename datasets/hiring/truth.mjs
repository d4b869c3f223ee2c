#!/usr/bin/env node
// @ts-check
/**
 * True quantities of the `hiring` population in closed form: sums over all discrete causes, normal and log-normal laws in
 * between, and a probit whose argument is normal.
 *
 * Use: `node datasets/hiring/truth.mjs` rewrites `truth.json` beside this file.
 *
 * Left out, with their size: rounding (scores to tenths, salaries to 500) and the limits of the scores (fewer than one
 * interview in 1,000 is cut).
 */
import { join } from 'node:path';
import { writeWhole } from '../simulator/columns.mjs';
import { isMain } from '../simulator/is-main.mjs';
import {
  describeMixture,
  describeShares,
  mixtureCorrelation,
  sharesOf,
  truthText,
  weightedSum,
} from '../simulator/mixtures.mjs';
import { normalCdf } from '../simulator/special.mjs';
import {
  BIAS,
  EDUCATIONS,
  educationWeights,
  experienceWeights,
  GAP_YEARS,
  GENDERS,
  gapWeights,
  HIRING,
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

/** @typedef {import('./model.mjs').Candidate & { readonly weight: number }} Group */

/** @returns {Group[]} every combination of discrete causes but the gap years; weights sum to 1 */
function enumerateGroups() {
  const genders = /** @type {[import('./model.mjs').Gender, number][]} */ (Object.entries(GENDERS));
  return genders.flatMap(([gender, share]) =>
    POSITIONS.flatMap((position, p) =>
      EDUCATIONS.flatMap((education, e) =>
        experienceWeights(position).flatMap((years, experience) =>
          [true, false].map((referral) => ({
            ...{ gender, position, education, experience, referral },
            weight:
              share *
              (positionWeights(gender)[p] ?? 0) *
              (educationWeights(position)[e] ?? 0) *
              years *
              (referral ? REFERRAL[gender] : 1 - REFERRAL[gender]),
          })),
        ),
      ),
    ),
  );
}

/** Standard deviation of the probit inside a group: test, interview, salary and the decision's own deviate. */
const PROBIT_SD = Math.sqrt(
  ((HIRING.test + HIRING.interview * INTERVIEW.test) * TEST.sd) ** 2 +
    (HIRING.interview * INTERVIEW.sd) ** 2 +
    (HIRING.greed * SALARY.sd) ** 2 +
    1,
);

/**
 * Chance of being hired inside a group.
 *
 * @param {Group} group
 * @param {boolean} biased
 */
function hiredChance(group, biased) {
  const test = meanTest(group);
  const judged = { test, interview: meanInterview(group, test, biased), logSalary: meanLogSalary(group) };
  return normalCdf(hiringProbit(group, judged, biased) / PROBIT_SD);
}

/**
 * Laws of the scores and salaries inside a group: mean and standard deviation, of the logarithm for salaries.
 *
 * @param {Group} group
 */
function laws(group) {
  const test = meanTest(group);
  const logSalary = meanLogSalary(group);
  return {
    test: { mean: test, sd: TEST.sd },
    interview: { mean: meanInterview(group, test), sd: Math.hypot(INTERVIEW.test * TEST.sd, INTERVIEW.sd) },
    wish: { mean: logSalary, sd: SALARY.sd },
  };
}

/**
 * @param {readonly Group[]} groups
 * @param {'test' | 'interview'} name
 */
function describeScore(groups, name) {
  return describeMixture(
    groups,
    {
      moment: (group, power) => {
        const { mean, sd } = laws(group)[name];
        return power === 1 ? mean : mean * mean + sd * sd;
      },
      cdf: (group, x) => normalCdf((x - laws(group)[name].mean) / laws(group)[name].sd),
    },
    [-50, 200],
  );
}

/** @param {readonly Group[]} groups */
function describeSalaryWish(groups) {
  const recorded = groups.map((group) => ({ ...group, weight: group.weight * (1 - MISSING.salary[group.position]) }));
  return describeMixture(
    recorded,
    {
      moment: (group, power) => Math.exp(power * meanLogSalary(group) + (power * SALARY.sd) ** 2 / 2),
      cdf: (group, x) => normalCdf((Math.log(x) - meanLogSalary(group)) / SALARY.sd),
    },
    [SALARY.minimum, SALARY.maximum],
  );
}

/**
 * Mean salary paid. Being hired tilts the salary asked for: given hired, exp(power * log salary) has the mean of the
 * untilted one times the chance of being hired at a probit shifted by greed * power * variance.
 *
 * @param {readonly Group[]} groups
 */
function meanSalaryPaid(groups) {
  const hired = weightedSum(groups, (group) => hiredChance(group, true));
  const paid = weightedSum(groups, (group) => {
    const plain = Math.exp(meanLogSalary(group) + OFFER.shift + (SALARY.sd ** 2 + OFFER.sd ** 2) / 2);
    const test = meanTest(group);
    const shifted = { test, interview: meanInterview(group, test), logSalary: meanLogSalary(group) + SALARY.sd ** 2 };
    return plain * normalCdf(hiringProbit(group, shifted) / PROBIT_SD);
  });
  return paid / hired;
}

/** @param {readonly Group[]} groups */
function ages(groups) {
  const people = groups.flatMap((group) =>
    gapWeights(group.gender).map((share, index) => ({
      weight: group.weight * share,
      age: 18 + STUDY_YEARS[group.education] + group.experience + (GAP_YEARS[index] ?? 0),
    })),
  );
  return describeShares(sharesOf(people, ({ age }) => age));
}

/** @param {readonly Group[]} groups */
function rates(groups) {
  const within = (/** @type {(group: Group) => boolean} */ inside) => {
    const chosen = groups.filter(inside);
    const share = weightedSum(chosen, () => 1);
    return {
      share,
      hired: weightedSum(chosen, (group) => hiredChance(group, true)) / share,
      hiredWithoutBias: weightedSum(chosen, (group) => hiredChance(group, false)) / share,
    };
  };
  return {
    all: within(() => true),
    gender: Object.fromEntries(Object.keys(GENDERS).map((name) => [name, within(({ gender }) => gender === name)])),
    genderAndPosition: Object.fromEntries(
      Object.keys(GENDERS).flatMap((name) =>
        POSITIONS.map((job) => [`${name}|${job}`, within((group) => group.gender === name && group.position === job)]),
      ),
    ),
  };
}

/** @param {readonly Group[]} groups */
function correlations(groups) {
  const power = (/** @type {{ mean: number, sd: number }} */ { mean, sd }, /** @type {number} */ exponent) =>
    [1, mean, mean * mean + sd * sd][exponent] ?? 0;
  return {
    'test_score|interview_score': mixtureCorrelation(groups, (group, i, j) => {
      const { test, interview } = laws(group);
      return power(test, i) * power(interview, j) + (i * j === 1 ? INTERVIEW.test * TEST.sd ** 2 : 0);
    }),
    'experience_years|test_score': mixtureCorrelation(
      groups,
      (group, i, j) => group.experience ** i * power(laws(group).test, j),
    ),
    'experience_years|salary_wish': mixtureCorrelation(
      groups.map((group) => ({ ...group, weight: group.weight * (1 - MISSING.salary[group.position]) })),
      (group, i, j) => group.experience ** i * Math.exp(j * meanLogSalary(group) + (j * SALARY.sd) ** 2 / 2),
    ),
  };
}

/**
 * Every true quantity of the world. Numbers of `test_score` and `salary_wish` are those of recorded values.
 *
 * @returns plain JSON data
 */
export function computeHiringTruth() {
  const groups = enumerateGroups();
  const hired = rates(groups);
  return {
    world: 'hiring',
    columns: {
      gender: sharesOf(groups, ({ gender }) => gender),
      age: ages(groups),
      position: sharesOf(groups, ({ position }) => position),
      education: sharesOf(groups, ({ education }) => education),
      experience_years: describeShares(sharesOf(groups, ({ experience }) => experience)),
      referral: sharesOf(groups, ({ referral }) => referral),
      test_score: { ...describeScore(groups, 'test'), missing: MISSING.test },
      interview_score: describeScore(groups, 'interview'),
      salary_wish: {
        ...describeSalaryWish(groups),
        missing: weightedSum(groups, ({ position }) => MISSING.salary[position]),
      },
      salary: { mean: meanSalaryPaid(groups), missing: 1 - hired.all.hired },
      hired: { no: 1 - hired.all.hired, yes: hired.all.hired },
    },
    correlations: correlations(groups),
    rates: hired,
    bias: BIAS,
    rareGroup: { column: 'gender', value: 'nonbinary', share: GENDERS.nonbinary },
  };
}

if (isMain(import.meta.url)) {
  const path = join(import.meta.dirname, 'truth.json');
  writeWhole(path, truthText(computeHiringTruth()));
  process.stdout.write(`${path}\n`);
}
