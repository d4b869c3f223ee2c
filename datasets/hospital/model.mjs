// @ts-check
/**
 * Structural equations of the `hospital` world: patients who come back, one of them in 300 with a rare disease. All numbers
 * are invented and no medicine should be learned from them.
 */

export const SEXES = { female: 0.52, male: 0.48 };
/** Share of patients by district, independent of everything else. */
export const DISTRICTS = {
  harbour: 0.22,
  'old town': 0.18,
  hills: 0.15,
  riverside: 0.14,
  station: 0.12,
  airport: 0.09,
  valley: 0.07,
  forest: 0.03,
};
/** Lasting conditions. `porphyria` is the rare but real group. */
export const CONDITIONS = /** @type {const} */ (['none', 'hypertension', 'diabetes', 'asthma', 'cancer', 'porphyria']);
/** What a visit can be for besides the patient's own condition. */
export const ACUTE = /** @type {const} */ (['infection', 'injury', 'other']);
export const SEVERITIES = /** @type {const} */ (['mild', 'moderate', 'severe', 'critical']);
export const DEPARTMENTS = /** @type {const} */ (['emergency', 'internal', 'surgery', 'oncology']);

/**
 * @typedef {keyof typeof SEXES} Sex
 * @typedef {keyof typeof DISTRICTS} District
 * @typedef {typeof CONDITIONS[number]} Condition
 * @typedef {Exclude<Condition, 'none'> | typeof ACUTE[number]} Diagnosis
 * @typedef {typeof SEVERITIES[number]} Severity
 * @typedef {typeof DEPARTMENTS[number]} Department
 */

/** Ages and the first age of each band; causes act through the band. */
export const AGE = { maximum: 95, plateau: 60, decay: 20, bandStarts: [0, 18, 40, 60, 75] };
/** First and last minute of admission, as milliseconds since 1970-01-01: 2021-01-01 to the end of 2023. */
export const TIME = { first: Date.UTC(2021, 0, 1), last: Date.UTC(2023, 11, 31, 23, 59) };

/** Share of the rare disease at every age. */
export const PORPHYRIA = 0.0033;
/** Weights of the conditions but the rare one, by age band. */
const CONDITION_WEIGHTS = [
  [0.88, 0, 0.01, 0.105, 0.005],
  [0.83, 0.05, 0.03, 0.08, 0.01],
  [0.62, 0.2, 0.09, 0.06, 0.03],
  [0.4, 0.32, 0.15, 0.05, 0.08],
  [0.28, 0.4, 0.18, 0.04, 0.1],
];
/** Share of smokers by sex and age band. */
export const SMOKER = { female: [0, 0.2, 0.18, 0.12, 0.06], male: [0, 0.26, 0.24, 0.16, 0.08] };
/** Chance that a visit is followed by another one, by condition; nobody comes more than `most` times. */
export const VISITS = {
  again: { none: 0.3, hypertension: 0.5, diabetes: 0.58, asthma: 0.45, cancer: 0.75, porphyria: 0.7 },
  most: 12,
};

/** Share of visits that are for the patient's own condition. */
export const OWN_CONDITION = 0.6;
/** Weights of infection, injury and other by age band. */
const ACUTE_WEIGHTS = [
  [0.45, 0.4, 0.15],
  [0.25, 0.45, 0.3],
  [0.25, 0.35, 0.4],
  [0.3, 0.25, 0.45],
  [0.4, 0.25, 0.35],
];
/** Weights of the severities by diagnosis, for the youngest; each age band shifts weight upwards. */
const SEVERITY_WEIGHTS = {
  hypertension: [0.55, 0.32, 0.1, 0.03],
  diabetes: [0.45, 0.35, 0.15, 0.05],
  asthma: [0.5, 0.33, 0.14, 0.03],
  cancer: [0.15, 0.35, 0.35, 0.15],
  porphyria: [0.1, 0.3, 0.45, 0.15],
  infection: [0.55, 0.3, 0.12, 0.03],
  injury: [0.6, 0.27, 0.1, 0.03],
  other: [0.65, 0.25, 0.08, 0.02],
};
const SEVERITY_SHIFT = 1.15;
/** Weights of the departments by diagnosis. */
const DEPARTMENT_WEIGHTS = {
  hypertension: [0.25, 0.75, 0, 0],
  diabetes: [0.2, 0.75, 0.05, 0],
  asthma: [0.45, 0.55, 0, 0],
  cancer: [0.05, 0.1, 0.3, 0.55],
  porphyria: [0.4, 0.55, 0.05, 0],
  infection: [0.5, 0.45, 0.05, 0],
  injury: [0.6, 0.05, 0.35, 0],
  other: [0.4, 0.45, 0.14, 0.01],
};

/** Systolic blood pressure, mean by age band plus effects. */
export const PRESSURE = { band: [105, 118, 126, 134, 138], hypertension: 18, smoker: 4, sd: 13, bounds: [60, 260] };
/** Log of the C-reactive protein in mg/l. */
export const CRP = {
  base: Math.log(3),
  diagnosis: {
    hypertension: 0,
    diabetes: 0.2,
    asthma: 0.3,
    cancer: 0.9,
    porphyria: 0.1,
    infection: 2,
    injury: 0.7,
    other: 0.2,
  },
  severity: [0, 0.35, 0.8, 1.3],
  sd: 0.8,
  bounds: [0, 1000],
};
/** Nights: none with chance `none`, otherwise 1 + a geometric number with the given mean, `most` at most. */
export const STAY = { none: [0.75, 0.2, 0.03, 0.01], mean: [0.8, 2.5, 5.5, 11], old: 1.3, most: 90 };
/** Cost = (fixed + nightly * nights) * exp(diagnosis + sd * normal). */
export const COST = {
  fixed: 350,
  nightly: 620,
  diagnosis: {
    hypertension: -0.1,
    diabetes: 0,
    asthma: -0.1,
    cancer: 0.6,
    porphyria: 0.5,
    infection: 0,
    injury: 0.2,
    other: 0,
  },
  sd: 0.3,
  bounds: [50, 500_000],
};
/** Log-odds of another admission within 30 days. */
export const READMISSION = {
  base: -2.9,
  severity: [0, 0.4, 0.8, 1.2],
  condition: { none: 0, hypertension: 0.15, diabetes: 0.35, asthma: 0.2, cancer: 0.9, porphyria: 0.8 },
  band: [-0.3, 0, 0, 0.2, 0.5],
  nights: 0.05,
  nightsCap: 14,
  smoker: 0.15,
};

/** Missing: pressure by department, CRP by severity (nobody takes blood for little). Both at random given these. */
export const MISSING = {
  pressure: { emergency: 0.15, internal: 0.03, surgery: 0.05, oncology: 0.03 },
  crp: [0.35, 0.12, 0.04, 0.02],
};

/**
 * Probability of each age from 0 to 95: level to 60, then falling.
 *
 * @returns {number[]}
 */
export function ageWeights() {
  return normalise(
    Array.from({ length: AGE.maximum + 1 }, (_, age) => Math.exp(-Math.max(0, age - AGE.plateau) / AGE.decay)),
  );
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
 * Probability of each condition; smokers have half as much asthma and cancer again.
 *
 * @param {number} band
 * @param {boolean} smoker
 * @returns {number[]}
 */
export function conditionWeights(band, smoker) {
  const weights = (CONDITION_WEIGHTS[band] ?? []).map((weight, index) => (smoker && index > 2 ? weight * 1.5 : weight));
  return [...normalise(weights).map((weight) => weight * (1 - PORPHYRIA)), PORPHYRIA];
}

/**
 * Probability of 1, 2, ... visits.
 *
 * @param {Condition} condition
 * @returns {number[]}
 */
export function visitWeights(condition) {
  return normalise(Array.from({ length: VISITS.most }, (_, index) => VISITS.again[condition] ** index));
}

/**
 * Diagnoses of one visit and their probabilities.
 *
 * @param {Condition} condition
 * @param {number} band
 * @returns {{ diagnosis: Diagnosis, weight: number }[]}
 */
export function diagnosisWeights(condition, band) {
  const own = condition === 'none' ? 0 : OWN_CONDITION;
  const acute = ACUTE.map((diagnosis, index) => ({
    diagnosis: /** @type {Diagnosis} */ (diagnosis),
    weight: (1 - own) * (ACUTE_WEIGHTS[band]?.[index] ?? 0),
  }));
  return condition === 'none' ? acute : [{ diagnosis: condition, weight: own }, ...acute];
}

/**
 * Probability of each severity; each age band multiplies the odds of every higher step by 1.15.
 *
 * @param {Diagnosis} diagnosis
 * @param {number} band
 * @returns {number[]}
 */
export function severityWeights(diagnosis, band) {
  return normalise(SEVERITY_WEIGHTS[diagnosis].map((weight, step) => weight * SEVERITY_SHIFT ** (band * step)));
}

/** @param {Diagnosis} diagnosis */
export const departmentWeights = (diagnosis) => DEPARTMENT_WEIGHTS[diagnosis];

/**
 * Mean systolic pressure.
 *
 * @param {{ band: number, condition: Condition, smoker: boolean }} patient
 */
export function meanPressure({ band, condition, smoker }) {
  return (
    (PRESSURE.band[band] ?? 0) +
    (condition === 'hypertension' ? PRESSURE.hypertension : 0) +
    (smoker ? PRESSURE.smoker : 0)
  );
}

/**
 * Mean log CRP.
 *
 * @param {Diagnosis} diagnosis
 * @param {number} severity index
 */
export function meanLogCrp(diagnosis, severity) {
  return CRP.base + CRP.diagnosis[diagnosis] + (CRP.severity[severity] ?? 0);
}

/**
 * Probability of 0, 1, ... 90 nights.
 *
 * @param {number} severity index
 * @param {number} band
 * @returns {number[]}
 */
export function stayWeights(severity, band) {
  const none = STAY.none[severity] ?? 0;
  const mean = (STAY.mean[severity] ?? 0) * (band >= 3 ? STAY.old : 1);
  const ratio = mean / (1 + mean);
  const nights = normalise(Array.from({ length: STAY.most }, (_, index) => ratio ** index));
  return [none, ...nights.map((weight) => weight * (1 - none))];
}

/**
 * Log of the cost without its deviate.
 *
 * @param {Diagnosis} diagnosis
 * @param {number} nights
 */
export function meanLogCost(diagnosis, nights) {
  return Math.log(COST.fixed + COST.nightly * nights) + COST.diagnosis[diagnosis];
}

/**
 * Log-odds of readmission.
 *
 * @param {{ band: number, condition: Condition, smoker: boolean }} patient
 * @param {number} severity index
 * @param {number} nights
 */
export function readmissionLogit({ band, condition, smoker }, severity, nights) {
  return (
    READMISSION.base +
    (READMISSION.severity[severity] ?? 0) +
    READMISSION.condition[condition] +
    (READMISSION.band[band] ?? 0) +
    READMISSION.nights * Math.min(nights, READMISSION.nightsCap) +
    (smoker ? READMISSION.smoker : 0)
  );
}

/**
 * @param {readonly number[]} weights
 * @returns {number[]}
 */
function normalise(weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
