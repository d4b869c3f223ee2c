// @ts-check
/**
 * Structural equations of the `hiring` world: who applies, how they are judged, who is hired. All numbers are invented.
 * Everything between the discrete causes and the decision is Gaussian and the decision is a probit, so that every true
 * rate has a closed form.
 */

/** Share of applicants by gender. `nonbinary` is the rare but real group. */
export const GENDERS = { female: 0.46, male: 0.532, nonbinary: 0.008 };
export const POSITIONS = /** @type {const} */ (['engineer', 'analyst', 'sales', 'manager']);
export const EDUCATIONS = /** @type {const} */ (['school', 'bachelor', 'master', 'doctorate']);

/**
 * @typedef {keyof typeof GENDERS} Gender
 * @typedef {typeof POSITIONS[number]} Position
 * @typedef {typeof EDUCATIONS[number]} Education
 */

/** First and last day of application, as days since 1970-01-01: 2022-01-01 to 2024-12-31. */
export const DAYS = { first: 18993, last: 20088 };
/** Weight of each hour of the day for applications. */
export const HOUR_WEIGHTS = [2, 1, 1, 1, 1, 1, 2, 4, 8, 10, 10, 9, 8, 8, 8, 8, 7, 6, 6, 7, 8, 8, 6, 4];

/** Positions people apply for, by gender: self-selection, not part of the bias under study. */
const POSITION_WEIGHTS = {
  female: [0.22, 0.3, 0.33, 0.15],
  male: [0.45, 0.22, 0.18, 0.15],
  nonbinary: [0.4, 0.3, 0.2, 0.1],
};
const EDUCATION_WEIGHTS = {
  engineer: [0.05, 0.45, 0.4, 0.1],
  analyst: [0.05, 0.4, 0.45, 0.1],
  sales: [0.45, 0.45, 0.09, 0.01],
  manager: [0.1, 0.4, 0.45, 0.05],
};
/** Years of school and study after the age of 18. */
export const STUDY_YEARS = { school: 0, bachelor: 3, master: 5, doctorate: 9 };
/** Years of experience are 0 to 35 with weights falling by this factor a year. */
const EXPERIENCE_DECAY = { engineer: 0.88, analyst: 0.88, sales: 0.9, manager: 0.96 };
const LONGEST_EXPERIENCE = 35;
/** Years spent otherwise between 18 and today, and their weights by gender. */
export const GAP_YEARS = [0, 1, 2, 4];
const GAP_WEIGHTS = {
  female: [0.45, 0.25, 0.17, 0.13],
  male: [0.6, 0.25, 0.12, 0.03],
  nonbinary: [0.5, 0.25, 0.15, 0.1],
};
/** Share that comes with a referral from an employee: networks favour men. */
export const REFERRAL = { female: 0.16, male: 0.24, nonbinary: 0.1 };

/** Test score, 0 to 100: blind to gender. */
export const TEST = { base: 50, education: 4, experience: 0.3, experienceCap: 10, sd: 8 };
/** Interview score, 1 to 10. `BIAS.interview` is added. */
export const INTERVIEW = { base: 5, test: 0.05, referral: 0.4, sd: 1 };
/** Log of the salary asked for. */
export const SALARY = {
  base: Math.log(36_000),
  position: { engineer: 0.25, analyst: 0.1, sales: 0, manager: 0.45 },
  experience: 0.015,
  gender: { female: -0.08, male: 0, nonbinary: -0.05 },
  sd: 0.18,
  step: 500,
  minimum: 10_000,
  maximum: 250_000,
};
/** Probit of being hired. `BIAS.decision` is added. `greed` multiplies log(salary asked) - the position's usual log salary. */
export const HIRING = {
  base: -0.9,
  test: 0.03,
  interview: 0.45,
  referral: 0.3,
  experience: 0.02,
  experienceCap: 15,
  greed: -0.5,
};
/** Log of the salary paid = log of the salary asked + `shift` + a normal deviate. */
export const OFFER = { shift: -0.03, sd: 0.05 };

/**
 * The bias under study. Interviewers mark women down for technical positions (points of the interview score), and the
 * decision itself is stricter to everybody but men (probit units).
 */
export const BIAS = {
  interview: {
    female: { engineer: -0.7, analyst: -0.4, sales: 0, manager: -0.5 },
    male: { engineer: 0, analyst: 0, sales: 0, manager: 0 },
    nonbinary: { engineer: -0.7, analyst: -0.4, sales: -0.4, manager: -0.5 },
  },
  decision: { female: -0.2, male: 0, nonbinary: -0.4 },
};

/** Missing: test scores at random, salary wishes by position, salaries paid whenever nobody was hired. */
export const MISSING = {
  test: 0.03,
  salary: { engineer: 0.08, analyst: 0.08, sales: 0.08, manager: 0.25 },
};

/**
 * @typedef {object} Candidate the discrete causes
 * @property {Gender} gender
 * @property {Position} position
 * @property {Education} education
 * @property {number} experience years
 * @property {boolean} referral
 */

/** @param {Gender} gender */
export const positionWeights = (gender) => POSITION_WEIGHTS[gender];
/** @param {Position} position */
export const educationWeights = (position) => EDUCATION_WEIGHTS[position];
/** @param {Gender} gender */
export const gapWeights = (gender) => GAP_WEIGHTS[gender];

/**
 * Probability of 0, 1, ... 35 years of experience.
 *
 * @param {Position} position
 * @returns {number[]}
 */
export function experienceWeights(position) {
  const weights = Array.from({ length: LONGEST_EXPERIENCE + 1 }, (_, years) => EXPERIENCE_DECAY[position] ** years);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * Mean test score.
 *
 * @param {Pick<Candidate, 'education' | 'experience'>} candidate
 */
export function meanTest({ education, experience }) {
  return (
    TEST.base +
    TEST.education * EDUCATIONS.indexOf(education) +
    TEST.experience * Math.min(experience, TEST.experienceCap)
  );
}

/**
 * Mean interview score given the test score.
 *
 * @param {Candidate} candidate
 * @param {number} test
 * @param {boolean} biased false for the world without bias
 */
export function meanInterview({ gender, position, referral }, test, biased = true) {
  const bias = biased ? BIAS.interview[gender][position] : 0;
  return INTERVIEW.base + INTERVIEW.test * (test - TEST.base) + (referral ? INTERVIEW.referral : 0) + bias;
}

/**
 * Mean log of the salary asked for.
 *
 * @param {Candidate} candidate
 */
export function meanLogSalary({ gender, position, experience }) {
  return SALARY.base + SALARY.position[position] + SALARY.experience * experience + SALARY.gender[gender];
}

/**
 * Probit of being hired.
 *
 * @param {Candidate} candidate
 * @param {{ test: number, interview: number, logSalary: number }} judged
 * @param {boolean} biased false for the world without bias
 */
export function hiringProbit(candidate, { test, interview, logSalary }, biased = true) {
  const usual = SALARY.base + SALARY.position[candidate.position] + SALARY.experience * candidate.experience;
  return (
    HIRING.base +
    HIRING.test * (test - TEST.base) +
    HIRING.interview * (interview - INTERVIEW.base) +
    (candidate.referral ? HIRING.referral : 0) +
    HIRING.experience * Math.min(candidate.experience, HIRING.experienceCap) +
    HIRING.greed * (logSalary - usual) +
    (biased ? BIAS.decision[candidate.gender] : 0)
  );
}
