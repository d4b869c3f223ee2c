import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateHospital } from '../../datasets/hospital/generate.mjs';
import { computeHospitalTruth } from '../../datasets/hospital/truth.mjs';
import { columnsToCsv } from '../../datasets/simulator/columns.mjs';
import {
  bytesHash,
  clusterError,
  expectSameNumbers,
  expectWithinSchema,
  mean,
  Z_ONE_IN_A_MILLION,
} from '../support/world.ts';

const FOLDER = join(import.meta.dirname, '../../datasets/hospital');
const ROWS = 25_000;
const table = generateHospital(ROWS);
const truth = computeHospitalTruth();
const json = (file: string) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
const rows = Array.from({ length: ROWS }, (_, row) => row);

/** Expects the mean of a per-visit number within the sampling error of patients, who bring several visits each. */
function expectMean(values: readonly number[], ids: readonly string[], expected: number, slack = 0): void {
  expect(Math.abs(mean(values) - expected)).toBeLessThan(Z_ONE_IN_A_MILLION * clusterError(values, ids) + slack);
}

const recorded = (name: 'systolic_bp' | 'crp' | 'age' | 'nights' | 'cost') => {
  const kept = rows.filter((row) => table[name][row] !== null);
  return { values: kept.map((row) => Number(table[name][row])), ids: kept.map((row) => table.patient_id[row] ?? '') };
};

describe('hospital: the table', () => {
  it('is the same bytes for the same seed, and a longer table begins with a shorter one', () => {
    expect(bytesHash(columnsToCsv(table))).toMatchInlineSnapshot(
      `"49089128dc25dd70054420ed14e1d1dc6c8006e39634ccc2111461aadc0f57dc"`,
    );
    const short = generateHospital(101);
    for (const [name, values] of Object.entries(short)) {
      expect(table[name as keyof typeof table].slice(0, 101)).toEqual(values);
    }
  });

  it('has the columns of its schema and only values the schema lists', () => {
    expectWithinSchema(json('schema.json'), table);
  });

  it('a patient keeps sex, district, age and smoking, comes twelve times at most, and in time order', () => {
    const patients = new Map<string, number[]>();
    for (const row of rows) {
      const id = table.patient_id[row] ?? '';
      patients.set(id, [...(patients.get(id) ?? []), row]);
    }
    for (const visits of patients.values()) {
      expect(visits.length).toBeLessThanOrEqual(12);
      for (const name of ['sex', 'district', 'age', 'smoker'] as const) {
        expect(new Set(visits.map((row) => table[name][row])).size).toBe(1);
      }
      const times = visits.map((row) => table.admitted_at[row] ?? '');
      expect(times).toEqual([...times].sort());
    }
    const capped = [...patients.values()].filter((visits) => visits.length > 5).length / patients.size;
    expect(capped).toBeGreaterThan(0.01);
    expect(capped).toBeLessThan(0.04);
  });
});

describe('hospital: the truth', () => {
  it('truth.json holds what the structural equations give', () => {
    expectSameNumbers(json('truth.json'), truth);
  });

  it.each(['systolic_bp', 'crp', 'age', 'nights', 'cost'] as const)('%s: mean within sampling error', (name) => {
    const { values, ids } = recorded(name);
    // CRP is cut at 1000 and pressure at 60 and 260: less than a thousandth of the mean.
    expectMean(values, ids, truth.columns[name].mean, truth.columns[name].mean / 1000);
  });

  it.each(['systolic_bp', 'crp', 'age', 'nights', 'cost'] as const)('%s: quantiles within sampling error', (name) => {
    const { values, ids } = recorded(name);
    const half = name === 'crp' ? 0.05 : 0.5;
    for (const [level, quantile] of Object.entries(truth.columns[name].quantiles)) {
      const below = values.map((value) => Number(value < Number(quantile) - half));
      const upTo = values.map((value) => Number(value <= Number(quantile) + half));
      const bound = (shares: number[]) => Z_ONE_IN_A_MILLION * clusterError(shares, ids) + 3 / values.length;
      expect(mean(below), level).toBeLessThan(Number(level) + bound(below));
      expect(mean(upTo), level).toBeGreaterThan(Number(level) - bound(upTo));
    }
  });

  it.each(['systolic_bp', 'crp'] as const)('%s: missing share within sampling error', (name) => {
    const missing = rows.map((row) => Number(table[name][row] === null));
    expectMean(missing, table.patient_id, truth.columns[name].missing);
  });

  it.each(['district', 'sex', 'smoker', 'department', 'diagnosis', 'severity'] as const)(
    '%s: shares within sampling error',
    (name) => {
      for (const [value, expected] of Object.entries<number>(truth.columns[name])) {
        const found = rows.map((row) => Number(table[name][row] === value));
        expectMean(found, table.patient_id, expected, 3 / ROWS);
      }
    },
  );

  it('readmission rates within sampling error for every sex and diagnosis', () => {
    for (const name of ['sex', 'diagnosis'] as const) {
      for (const [value, rate] of Object.entries(truth.rates[name])) {
        const chosen = rows.filter((row) => table[name][row] === value);
        const found = chosen.map((row) => Number(table.readmitted[row] === 'yes'));
        const ids = chosen.map((row) => table.patient_id[row] ?? '');
        expectMean(found, ids, rate.readmitted, 5 / chosen.length);
      }
    }
  });

  it('the rare disease is below one percent, present, and different', () => {
    const ill = rows.filter((row) => table.diagnosis[row] === 'porphyria');
    expect(ill.length).toBeGreaterThan(40);
    expect(ill.length / ROWS).toBeLessThan(0.01);
    const cost = (chosen: number[]) => mean(chosen.map((row) => Number(table.cost[row])));
    expect(cost(ill)).toBeGreaterThan(1.5 * cost(rows));
  });
});
