// @ts-check
/**
 * Structural equations of the `lending` world: every cause and coefficient, in one place. The generator draws from them
 * and `truth.mjs` integrates them, so both always speak of the same population. All numbers are invented.
 */

/** Share of applicants by region. `islands` is the rare but real group. */
export const REGIONS = { north: 0.2, south: 0.27, east: 0.18, west: 0.242, capital: 0.1, islands: 0.008 };
/** Share of applicants by gender, independent of the region. */
export const GENDERS = { female: 0.49, male: 0.51 };
export const EMPLOYMENTS = /** @type {const} */ (['employed', 'self-employed', 'unemployed', 'retired', 'student']);
export const HISTORIES = /** @type {const} */ (['none', 'clean', 'late', 'default']);
export const PURPOSES = /** @type {const} */ (['car', 'home', 'education', 'business', 'medical', 'boat']);

/**
 * @typedef {keyof typeof REGIONS} Region
 * @typedef {keyof typeof GENDERS} Gender
 * @typedef {typeof EMPLOYMENTS[number]} Employment
 * @typedef {typeof HISTORIES[number]} History
 * @typedef {typeof PURPOSES[number]} Purpose
 */

/** Ages and the first age of each band; causes act through the band. */
export const AGE = { minimum: 18, maximum: 85, centre: 39, spread: 14, bandStarts: [18, 25, 35, 45, 55, 65] };

/** First and last application day, as days since 1970-01-01: 2021-01-01 to 2023-12-31. */
export const DAYS = { first: 18628, last: 19722 };

/**
 * The historical bias of the decision, in log-odds of approval: these groups were approved less often at equal
 * circumstances. Repayment knows neither gender nor region.
 */
export const BIAS = {
  gender: { female: -0.5, male: 0 },
  region: { north: 0, south: -0.35, east: 0, west: 0, capital: 0, islands: -0.8 },
};

/**
 * Log income = 10.2 + effects + a normal deviate of the employment's `sd`; with probability `tailShare` the income is
 * also multiplied by a Pareto(1, `tailIndex`) deviate.
 */
export const INCOME = {
  base: 10.2,
  region: { north: 0.05, south: -0.12, east: 0, west: 0.03, capital: 0.28, islands: -0.25 },
  gender: { female: -0.14, male: 0 },
  employment: { employed: 0, 'self-employed': 0.05, unemployed: -0.9, retired: -0.35, student: -1.1 },
  band: [-0.35, -0.05, 0.1, 0.18, 0.12, 0],
  sd: { employed: 0.38, 'self-employed': 0.65, unemployed: 0.45, retired: 0.35, student: 0.4 },
  tailShare: 0.02,
  tailIndex: 3,
  maximum: 2_000_000,
  /** Incomes enter the other equations as their logarithm relative to this. */
  unit: 30_000,
};

/** Log amount = log(`median` of the purpose) + `elasticity` * log(income / unit) + a normal deviate. */
export const AMOUNT = {
  median: { car: 12_000, home: 90_000, education: 8_000, business: 25_000, medical: 5_000, boat: 40_000 },
  elasticity: 0.5,
  sd: 0.45,
  step: 100,
  minimum: 100,
  maximum: 2_000_000,
};

/** Open debt is zero, or log debt = log(`median`) + `elasticity` * log(income / unit) + a normal deviate. */
export const DEBT = {
  zero: { none: 0.8, clean: 0.45, late: 0.2, default: 0.25 },
  median: 4_000,
  elasticity: 0.6,
  sd: 0.9,
  maximum: 2_000_000,
};

/** Months a loan of each purpose runs. */
export const TERM = { car: 60, home: 240, education: 120, business: 60, medical: 24, boat: 120 };
/** Share of loans that run for half the months. */
export const HALF_TERM = 0.3;

/** Share of applicants with a guarantor, by age band. */
export const GUARANTOR = [0.35, 0.15, 0.08, 0.06, 0.08, 0.2];

/** Log-odds of approval, without the bias. `burden` multiplies log(amount / income) - log(1/2). */
export const APPROVAL = {
  base: 1.1,
  income: 0.9,
  burden: -0.55,
  history: { none: -0.5, clean: 0.6, late: -0.6, default: -2 },
  employment: { employed: 0, 'self-employed': -0.2, unemployed: -1.2, retired: -0.1, student: -0.4 },
  guarantor: 0.7,
};

/** Log-odds that an approved loan is repaid. No group enters. */
export const REPAYMENT = {
  base: 2,
  income: 0.6,
  burden: -0.35,
  history: { none: -0.2, clean: 0.7, late: -0.7, default: -1.6 },
  employment: { employed: 0, 'self-employed': -0.3, unemployed: -0.8, retired: 0.2, student: 0 },
};

/**
 * Why values are missing: income by employment (at random given it), credit history completely at random, open debt by
 * its own value (not at random), repayment whenever there was no loan (structural).
 */
export const MISSING = {
  income: { employed: 0.03, 'self-employed': 0.15, unemployed: 0.03, retired: 0.03, student: 0.03 },
  creditHistory: 0.02,
  openDebt: { zero: 0.02, positive: 0.08 },
};

const EMPLOYMENT_WEIGHTS = [
  [0.45, 0.03, 0.12, 0, 0.4],
  [0.76, 0.08, 0.1, 0, 0.06],
  [0.79, 0.12, 0.08, 0, 0.01],
  [0.78, 0.14, 0.08, 0, 0],
  [0.66, 0.14, 0.1, 0.1, 0],
  [0.08, 0.06, 0.01, 0.85, 0],
];
const HISTORY_WEIGHTS = [
  [0.6, 0.32, 0.06, 0.02],
  [0.25, 0.55, 0.14, 0.06],
  [0.1, 0.65, 0.17, 0.08],
  [0.07, 0.7, 0.16, 0.07],
  [0.06, 0.74, 0.14, 0.06],
  [0.08, 0.78, 0.1, 0.04],
];
const PURPOSE_WEIGHTS = [
  [0.4, 0.03, 0.42, 0.05, 0.1],
  [0.38, 0.3, 0.12, 0.1, 0.1],
  [0.33, 0.36, 0.06, 0.13, 0.12],
  [0.38, 0.26, 0.07, 0.14, 0.15],
  [0.42, 0.16, 0.04, 0.14, 0.24],
  [0.4, 0.08, 0.02, 0.06, 0.44],
];
/** Weight of boats beside the other purposes: what makes the islands recognisable. */
const BOAT_WEIGHT = { islands: 0.6, elsewhere: 0.002 };

/**
 * Probability of each age from 18 to 85: a bell curve around 39, cut at both ends.
 *
 * @returns {number[]}
 */
export function ageWeights() {
  const weights = Array.from({ length: AGE.maximum - AGE.minimum + 1 }, (_, index) =>
    Math.exp(-(((AGE.minimum + index - AGE.centre) / AGE.spread) ** 2) / 2),
  );
  return normalise(weights);
}

/**
 * Index of the age band.
 *
 * @param {number} age
 */
export function ageBand(age) {
  return AGE.bandStarts.findLastIndex((start) => age >= start);
}

/**
 * Probability of each application day: fewer on weekends, more each year, a dip in December.
 *
 * @returns {number[]}
 */
export function dayWeights() {
  const weights = Array.from({ length: DAYS.last - DAYS.first + 1 }, (_, index) => {
    const date = new Date((DAYS.first + index) * 86_400_000);
    const week = [0.1, 1, 1, 1, 1, 1, 0.4][date.getUTCDay()] ?? 0;
    const year = 0.9 + 0.1 * (date.getUTCFullYear() - 2021);
    return week * year * (date.getUTCMonth() === 11 ? 0.7 : 1);
  });
  return normalise(weights);
}

/**
 * Probability of each employment: by age band; islanders of working age live mostly from their own boats and shops.
 *
 * @param {number} band
 * @param {Region} region
 * @returns {number[]}
 */
export function employmentWeights(band, region) {
  const weights = EMPLOYMENT_WEIGHTS[band] ?? [];
  return normalise(
    region === 'islands' ? weights.map((weight, index) => (index === 1 ? weight * 8 : weight)) : weights,
  );
}

/**
 * Probability of each credit history: by age band; people without work have twice the troubled histories.
 *
 * @param {number} band
 * @param {Employment} employment
 * @returns {number[]}
 */
export function historyWeights(band, employment) {
  const weights = HISTORY_WEIGHTS[band] ?? [];
  return normalise(
    employment === 'unemployed' ? weights.map((weight, index) => (index > 1 ? weight * 2 : weight)) : weights,
  );
}

/**
 * Probability of each loan purpose: by age band; the self-employed borrow for business, islanders for boats.
 *
 * @param {number} band
 * @param {Employment} employment
 * @param {Region} region
 * @returns {number[]}
 */
export function purposeWeights(band, employment, region) {
  const weights = (PURPOSE_WEIGHTS[band] ?? []).map((weight, index) =>
    index === 3 && employment === 'self-employed' ? weight * 4 : weight,
  );
  return normalise([...weights, region === 'islands' ? BOAT_WEIGHT.islands : BOAT_WEIGHT.elsewhere]);
}

/**
 * Mean of log(income / unit) before the tail.
 *
 * @param {{ region: Region, gender: Gender, band: number, employment: Employment }} person
 */
export function meanLogIncome({ region, gender, band, employment }) {
  const { base, unit } = INCOME;
  const effects = INCOME.region[region] + INCOME.gender[gender] + INCOME.employment[employment];
  return base + effects + (INCOME.band[band] ?? 0) - Math.log(unit);
}

/**
 * @typedef {object} Case what the decision and the repayment depend on
 * @property {number} logIncome log(income / unit)
 * @property {number} logAmount log(amount)
 * @property {History} history
 * @property {Employment} employment
 * @property {boolean} guarantor
 */

/**
 * Log-odds of approval without bias; `BIAS.gender` and `BIAS.region` are added to it.
 *
 * @param {Case} loan
 */
export function meritLogit(loan) {
  const { base, income, burden, history, employment, guarantor } = APPROVAL;
  const strength = base + income * loan.logIncome + burden * logBurden(loan);
  return strength + history[loan.history] + employment[loan.employment] + (loan.guarantor ? guarantor : 0);
}

/**
 * Log-odds that the loan is repaid.
 *
 * @param {Case} loan
 */
export function repaymentLogit(loan) {
  const { base, income, burden, history, employment } = REPAYMENT;
  return (
    base + income * loan.logIncome + burden * logBurden(loan) + history[loan.history] + employment[loan.employment]
  );
}

/** @param {Case} loan */
function logBurden({ logAmount, logIncome }) {
  return logAmount - logIncome - Math.log(INCOME.unit) - Math.log(0.5);
}

/**
 * @param {readonly number[]} weights
 * @returns {number[]}
 */
function normalise(weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
