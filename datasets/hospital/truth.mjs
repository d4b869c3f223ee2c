#!/usr/bin/env node
// @ts-check
/**
 * True quantities of the `hospital` population in closed form. Quantities are per **visit** (what the table's rows are), with
 * the number of patients' visits as weight; `patients` holds those per patient.
 *
 * Use: `node datasets/hospital/truth.mjs` rewrites `truth.json` beside this file.
 *
 * Left out, with their size: rounding, and the limits of pressure, CRP and cost (fewer than one visit in 10,000).
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
import { normalCdf, sigmoid } from '../simulator/special.mjs';
import {
  AGE,
  ageBand,
  ageWeights,
  CONDITIONS,
  COST,
  CRP,
  conditionWeights,
  DEPARTMENTS,
  DISTRICTS,
  departmentWeights,
  diagnosisWeights,
  MISSING,
  meanLogCost,
  meanLogCrp,
  meanPressure,
  PORPHYRIA,
  PRESSURE,
  readmissionLogit,
  SEVERITIES,
  SEXES,
  SMOKER,
  severityWeights,
  stayWeights,
  visitWeights,
} from './model.mjs';

/**
 * @typedef {object} Patient
 * @property {number} weight share of patients
 * @property {import('./model.mjs').Sex} sex
 * @property {number} band
 * @property {boolean} smoker
 * @property {import('./model.mjs').Condition} condition
 *
 * @typedef {Patient & { diagnosis: import('./model.mjs').Diagnosis, severity: number,
 *   department: import('./model.mjs').Department }} Visit
 */

/** Share of each age band. */
const BANDS = AGE.bandStarts.map((_, band) =>
  ageWeights().reduce((sum, weight, age) => sum + (ageBand(age) === band ? weight : 0), 0),
);

/** @returns {Patient[]} every combination of a patient's discrete causes */
function enumeratePatients() {
  const sexes = /** @type {[import('./model.mjs').Sex, number][]} */ (Object.entries(SEXES));
  return sexes
    .flatMap(([sex, share]) =>
      BANDS.flatMap((bandShare, band) =>
        [true, false].flatMap((smoker) =>
          CONDITIONS.map((condition, index) => {
            const smoking = SMOKER[sex][band] ?? 0;
            const weight = share * bandShare * (smoker ? smoking : 1 - smoking);
            return { sex, band, smoker, condition, weight: weight * (conditionWeights(band, smoker)[index] ?? 0) };
          }),
        ),
      ),
    )
    .filter(({ weight }) => weight > 0);
}

/** @param {Patient} patient */
function meanVisits({ condition }) {
  return visitWeights(condition).reduce((sum, weight, index) => sum + weight * (index + 1), 0);
}

/**
 * Every combination of a visit's discrete causes, nights apart; weights sum to 1 over visits.
 *
 * @param {readonly Patient[]} patients
 * @returns {Visit[]}
 */
function enumerateVisits(patients) {
  const total = weightedSum(patients, meanVisits);
  return patients.flatMap((patient) =>
    diagnosisWeights(patient.condition, patient.band).flatMap(({ diagnosis, weight }) =>
      severityWeights(diagnosis, patient.band).flatMap((ofSeverity, severity) =>
        DEPARTMENTS.map((department, index) => ({
          ...patient,
          ...{ diagnosis, severity, department },
          weight:
            ((patient.weight * meanVisits(patient)) / total) *
            weight *
            ofSeverity *
            (departmentWeights(diagnosis)[index] ?? 0),
        })),
      ),
    ),
  );
}

/**
 * Visits by diagnosis and nights, with weights added.
 *
 * @param {readonly Visit[]} visits
 */
function byNights(visits) {
  /** @type {Map<string, { weight: number, diagnosis: import('./model.mjs').Diagnosis, nights: number }>} */
  const merged = new Map();
  for (const { diagnosis, severity, band, weight } of visits) {
    for (const [nights, share] of stayWeights(severity, band).entries()) {
      const key = `${diagnosis} ${nights}`;
      const entry = merged.get(key) ?? { weight: 0, diagnosis, nights };
      entry.weight += weight * share;
      merged.set(key, entry);
    }
  }
  return [...merged.values()];
}

/** @param {readonly Visit[]} visits */
function describePressure(visits) {
  const recorded = visits.map((visit) => ({
    ...visit,
    weight: visit.weight * (1 - MISSING.pressure[visit.department]),
  }));
  const { sd } = PRESSURE;
  const law = {
    moment: (/** @type {Visit} */ visit, /** @type {number} */ power) =>
      power === 1 ? meanPressure(visit) : meanPressure(visit) ** 2 + sd * sd,
    cdf: (/** @type {Visit} */ visit, /** @type {number} */ x) => normalCdf((x - meanPressure(visit)) / sd),
  };
  return {
    ...describeMixture(recorded, law, [0, 400]),
    missing: 1 - weightedSum(recorded, () => 1),
  };
}

/** @param {readonly Visit[]} visits */
function describeCrp(visits) {
  const recorded = visits.map((visit) => ({
    ...visit,
    weight: visit.weight * (1 - (MISSING.crp[visit.severity] ?? 0)),
  }));
  const mean = (/** @type {Visit} */ { diagnosis, severity }) => meanLogCrp(diagnosis, severity);
  const law = {
    moment: (/** @type {Visit} */ visit, /** @type {number} */ power) =>
      Math.exp(power * mean(visit) + (power * CRP.sd) ** 2 / 2),
    cdf: (/** @type {Visit} */ visit, /** @type {number} */ x) => normalCdf((Math.log(x) - mean(visit)) / CRP.sd),
  };
  return { ...describeMixture(recorded, law, [1e-6, 1e5]), missing: 1 - weightedSum(recorded, () => 1) };
}

/** @param {ReturnType<typeof byNights>} stays */
function describeCost(stays) {
  return describeMixture(
    stays,
    {
      moment: ({ diagnosis, nights }, power) =>
        Math.exp(power * meanLogCost(diagnosis, nights) + (power * COST.sd) ** 2 / 2),
      cdf: ({ diagnosis, nights }, x) => normalCdf((Math.log(x) - meanLogCost(diagnosis, nights)) / COST.sd),
    },
    [1, 1e7],
  );
}

/**
 * Chance of readmission, over nights.
 *
 * @param {Visit} visit
 */
function readmission(visit) {
  return stayWeights(visit.severity, visit.band).reduce(
    (sum, share, nights) => sum + share * sigmoid(readmissionLogit(visit, visit.severity, nights)),
    0,
  );
}

/** @param {readonly Visit[]} visits */
function rates(visits) {
  const chances = visits.map((visit) => ({ visit, weight: visit.weight, chance: readmission(visit) }));
  const within = (/** @type {(visit: Visit) => boolean} */ inside) => {
    const chosen = chances.filter(({ visit }) => inside(visit));
    const share = weightedSum(chosen, () => 1);
    return { share, readmitted: weightedSum(chosen, ({ chance }) => chance) / share };
  };
  const diagnoses = Object.keys(sharesOf(visits, ({ diagnosis }) => diagnosis));
  return {
    all: within(() => true),
    sex: Object.fromEntries(Object.keys(SEXES).map((sex) => [sex, within((visit) => visit.sex === sex)])),
    diagnosis: Object.fromEntries(diagnoses.map((name) => [name, within(({ diagnosis }) => diagnosis === name)])),
  };
}

/**
 * Ages of visits: a patient's age is spread over its band as in the population.
 *
 * @param {readonly Visit[]} visits
 */
function ages(visits) {
  const bands = sharesOf(visits, ({ band }) => band);
  return ageWeights().map((weight, age) => {
    const band = ageBand(age);
    return { age, weight: (weight / (BANDS[band] ?? 1)) * (bands[band] ?? 0) };
  });
}

/** @param {ReturnType<typeof byNights>} stays */
function nightsAndCost(stays) {
  return mixtureCorrelation(
    stays,
    ({ diagnosis, nights }, i, j) =>
      nights ** i * Math.exp(j * meanLogCost(diagnosis, nights) + (j * COST.sd) ** 2 / 2),
  );
}

/**
 * Every true quantity of the world.
 *
 * @returns plain JSON data
 */
export function computeHospitalTruth() {
  const patients = enumeratePatients();
  const visits = enumerateVisits(patients);
  const stays = byNights(visits);
  const readmitted = rates(visits);
  return {
    world: 'hospital',
    columns: {
      district: { ...DISTRICTS },
      sex: sharesOf(visits, ({ sex }) => sex),
      age: describeShares(Object.fromEntries(ages(visits).map(({ age, weight }) => [age, weight]))),
      smoker: sharesOf(visits, ({ smoker }) => smoker),
      department: sharesOf(visits, ({ department }) => department),
      diagnosis: sharesOf(visits, ({ diagnosis }) => diagnosis),
      severity: sharesOf(visits, ({ severity }) => SEVERITIES[severity] ?? ''),
      systolic_bp: describePressure(visits),
      crp: describeCrp(visits),
      nights: describeShares(sharesOf(stays, ({ nights }) => nights)),
      cost: describeCost(stays),
      readmitted: { no: 1 - readmitted.all.readmitted, yes: readmitted.all.readmitted },
    },
    correlations: { 'nights|cost': nightsAndCost(stays) },
    rates: readmitted,
    patients: {
      meanVisits: weightedSum(patients, meanVisits),
      conditions: sharesOf(patients, ({ condition }) => condition),
    },
    rareGroup: {
      column: 'diagnosis',
      value: 'porphyria',
      share: readmitted.diagnosis.porphyria?.share ?? 0,
      ofPatients: PORPHYRIA,
    },
  };
}

if (isMain(import.meta.url)) {
  const path = join(import.meta.dirname, 'truth.json');
  writeWhole(path, truthText(computeHospitalTruth()));
  process.stdout.write(`${path}\n`);
}
