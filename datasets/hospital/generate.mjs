#!/usr/bin/env node
// @ts-check
/**
 * Draws the `hospital` table from its structural equations (`model.mjs`): one row per visit, patients in no special order,
 * the visits of a patient together and in time order.
 *
 * Use: `node datasets/hospital/generate.mjs [--rows 25000] [--seed 1] [--out hospital.csv]`
 */
import { checkRows, rowsToColumns, runGenerator } from '../simulator/columns.mjs';
import { isMain } from '../simulator/is-main.mjs';
import { sigmoid } from '../simulator/special.mjs';
import { createPicker, createStream, pickItem, pickName } from '../simulator/stream.mjs';
import {
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
  PRESSURE,
  readmissionLogit,
  SEVERITIES,
  SEXES,
  SMOKER,
  severityWeights,
  stayWeights,
  TIME,
  visitWeights,
} from './model.mjs';

/**
 * @typedef {import('../simulator/stream.mjs').Stream} Stream
 * @typedef {ReturnType<typeof drawPatient>} Patient
 * @typedef {ReturnType<typeof drawVisit>} Visit
 */

/** Rows of the published table. */
export const HOSPITAL_ROWS = 25_000;
/** Seed of the published table. */
export const HOSPITAL_SEED = 1;

/**
 * @param {Stream} stream
 * @param {ReturnType<typeof createPicker>} pickAge
 */
function drawPatient(stream, pickAge) {
  const sex = pickName(stream, SEXES);
  const district = pickName(stream, DISTRICTS);
  const age = pickAge(stream);
  const band = ageBand(age);
  const smoker = stream.chance(SMOKER[sex][band] ?? 0);
  const condition = pickItem(stream, CONDITIONS, conditionWeights(band, smoker));
  const visits = 1 + stream.pick(visitWeights(condition));
  return { sex, district, age, band, smoker, condition, visits };
}

/**
 * @param {number} value
 * @param {number} decimals
 * @param {readonly number[]} bounds lowest and highest value
 */
function within(value, decimals, [minimum = -Infinity, maximum = Infinity]) {
  return Number(Math.min(maximum, Math.max(minimum, value)).toFixed(decimals));
}

/**
 * @param {Stream} stream
 * @param {Patient} patient
 */
function drawVisit(stream, patient) {
  const diagnoses = diagnosisWeights(patient.condition, patient.band);
  const { diagnosis } = pickItem(
    stream,
    diagnoses,
    diagnoses.map(({ weight }) => weight),
  );
  const department = pickItem(stream, DEPARTMENTS, departmentWeights(diagnosis));
  const severity = stream.pick(severityWeights(diagnosis, patient.band));
  const pressure = within(meanPressure(patient) + PRESSURE.sd * stream.normal(), 0, PRESSURE.bounds);
  const crp = within(Math.exp(meanLogCrp(diagnosis, severity) + CRP.sd * stream.normal()), 1, CRP.bounds);
  const nights = stream.pick(stayWeights(severity, patient.band));
  const cost = within(Math.exp(meanLogCost(diagnosis, nights) + COST.sd * stream.normal()), 0, COST.bounds);
  return {
    minute: Math.floor(stream.uniform() * ((TIME.last - TIME.first) / 60_000 + 1)),
    department,
    diagnosis,
    severity: SEVERITIES[severity] ?? 'mild',
    systolic_bp: stream.chance(MISSING.pressure[department]) ? null : pressure,
    crp: stream.chance(MISSING.crp[severity] ?? 0) ? null : crp,
    nights,
    cost,
    readmitted: stream.chance(sigmoid(readmissionLogit(patient, severity, nights))) ? 'yes' : 'no',
  };
}

/**
 * One line of the table.
 *
 * @param {Patient} patient
 * @param {Visit} visit
 * @param {{ row: number, number: number }} numbers of the visit and of the patient
 */
function record(patient, visit, { row, number }) {
  return {
    visit_id: row + 1,
    patient_id: `P${String(number).padStart(6, '0')}`,
    admitted_at: new Date(TIME.first + visit.minute * 60_000).toISOString().slice(0, 19),
    district: patient.district,
    sex: patient.sex,
    age: patient.age,
    smoker: String(patient.smoker),
    department: visit.department,
    diagnosis: visit.diagnosis,
    severity: visit.severity,
    systolic_bp: visit.systolic_bp,
    crp: visit.crp,
    nights: visit.nights,
    cost: visit.cost,
    readmitted: visit.readmitted,
  };
}

/**
 * The hospital table. A longer table begins with the rows of a shorter one of the same seed; the last patient's visits may be
 * cut off.
 *
 * @param {number} [rows]
 * @param {number} [seed]
 * @returns columns in file order; null is missing
 */
export function generateHospital(rows = HOSPITAL_ROWS, seed = HOSPITAL_SEED) {
  checkRows(rows);
  const stream = createStream(seed);
  const pickAge = createPicker(ageWeights());
  /** @type {ReturnType<typeof record>[]} */
  const table = [];
  for (let number = 1; table.length < rows; number++) {
    const patient = drawPatient(stream, pickAge);
    const visits = Array.from({ length: patient.visits }, () => drawVisit(stream, patient));
    visits.sort((left, right) => left.minute - right.minute);
    for (const visit of visits) table.push(record(patient, visit, { row: table.length, number }));
  }
  return rowsToColumns(table.slice(0, rows));
}

if (isMain(import.meta.url)) {
  runGenerator(generateHospital, { rows: HOSPITAL_ROWS, seed: HOSPITAL_SEED, out: 'hospital.csv' });
}
