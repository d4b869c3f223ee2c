import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateHiring } from '../../datasets/hiring/generate.mjs';
import { STUDY_YEARS } from '../../datasets/hiring/model.mjs';
import { computeHiringTruth } from '../../datasets/hiring/truth.mjs';
import { columnsToCsv } from '../../datasets/simulator/columns.mjs';
import {
  bytesHash,
  correlation,
  expectQuantiles,
  expectSameNumbers,
  expectWithinSchema,
  fitLogit,
  mean,
  proportionError,
  recordedNumbers,
  Z_ONE_IN_A_MILLION,
} from '../support/world.ts';

const FOLDER = join(import.meta.dirname, '../../datasets/hiring');
const ROWS = 20_000;
const table = generateHiring(ROWS);
const truth = computeHiringTruth();
const json = (file: string) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
const rowsWhere = (test: (row: number) => boolean) => Array.from({ length: ROWS }, (_, row) => row).filter(test);

describe('hiring: the table', () => {
  it('is the same bytes for the same seed', () => {
    expect(bytesHash(columnsToCsv(table))).toMatchInlineSnapshot(
      `"e6df40023976fd9e80805483da444aec3680343b680de1150d4aeab3ec952159"`,
    );
    expect(columnsToCsv(generateHiring(50, 2))).not.toBe(columnsToCsv(generateHiring(50, 1)));
  });

  it('has the columns of its schema and only values the schema lists', () => {
    expectWithinSchema(json('schema.json'), table);
  });

  it('nobody is younger than study and experience allow', () => {
    const spare = rowsWhere(() => true).map(
      (row) =>
        (table.age[row] ?? 0) -
        18 -
        (table.experience_years[row] ?? 0) -
        (STUDY_YEARS[table.education[row] ?? 'school'] ?? 0),
    );
    expect([...new Set(spare)].sort((a, b) => a - b)).toEqual([0, 1, 2, 4]);
  });

  it('a salary is paid exactly to those who are hired', () => {
    expect(rowsWhere((row) => (table.salary[row] === null) === (table.hired[row] === 'yes'))).toEqual([]);
  });
});

describe('hiring: the truth', () => {
  it('truth.json holds what the structural equations give', () => {
    expectSameNumbers(json('truth.json'), truth);
  });

  it.each(['age', 'experience_years', 'test_score', 'interview_score', 'salary_wish'] as const)(
    '%s: mean and quantiles within sampling error',
    (name) => {
      const values = recordedNumbers(table[name]);
      const { mean: expected, sd } = truth.columns[name];
      expect(Math.abs(mean(values) - expected)).toBeLessThan((Z_ONE_IN_A_MILLION * sd) / Math.sqrt(values.length));
      const step = { age: 1, experience_years: 1, test_score: 0.1, interview_score: 0.1, salary_wish: 500 }[name];
      expectQuantiles(values, truth.columns[name].quantiles, step / 2);
    },
  );

  it('salary: mean within sampling error, though the hired are a selection', () => {
    const values = recordedNumbers(table.salary);
    const sd = Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
    expect(Math.abs(mean(values) - truth.columns.salary.mean)).toBeLessThan(
      (Z_ONE_IN_A_MILLION * sd) / Math.sqrt(values.length),
    );
  });

  it.each(['test_score', 'salary_wish', 'salary'] as const)('%s: missing share within sampling error', (name) => {
    const share = table[name].filter((value) => value === null).length / ROWS;
    const expected = truth.columns[name].missing;
    expect(Math.abs(share - expected)).toBeLessThan(proportionError(expected, ROWS));
  });

  it.each(['gender', 'position', 'education', 'referral'] as const)('%s: shares within sampling error', (name) => {
    for (const [value, expected] of Object.entries(truth.columns[name])) {
      const share = table[name].filter((text) => text === value).length / ROWS;
      expect(Math.abs(share - expected), value).toBeLessThan(proportionError(expected, ROWS));
    }
  });

  it('correlations within sampling error', () => {
    for (const [key, expected] of Object.entries(truth.correlations)) {
      const [left, right] = key.split('|').map((name) => table[name as 'test_score']);
      const { r, error } = correlation(left ?? [], right ?? []);
      expect(Math.abs(r - expected), key).toBeLessThan(Z_ONE_IN_A_MILLION * error);
    }
  });

  it('hiring rates within sampling error for every gender and position', () => {
    for (const [key, rate] of Object.entries(truth.rates.genderAndPosition)) {
      const [gender, position] = key.split('|');
      const rows = rowsWhere((row) => table.gender[row] === gender && table.position[row] === position);
      const share = mean(rows.map((row) => Number(table.hired[row] === 'yes')));
      // The normal bound needs some tens of rows; the smallest group has fewer than that at times.
      const bound = proportionError(rate.hired, rows.length) + 5 / rows.length;
      expect(Math.abs(share - rate.hired), key).toBeLessThan(bound);
    }
  });
});

describe('hiring: the bias', () => {
  it('test scores do not depend on gender, interview scores of engineers do', () => {
    const engineers = rowsWhere((row) => table.position[row] === 'engineer' && table.test_score[row] !== null);
    const by = (gender: string, name: 'test_score' | 'interview_score') =>
      engineers.filter((row) => table.gender[row] === gender).map((row) => Number(table[name][row]));
    const gap = (name: 'test_score' | 'interview_score') => {
      const [women, men] = [by('female', name), by('male', name)];
      const variance = (values: number[]) => mean(values.map((value) => (value - mean(values)) ** 2)) / values.length;
      return { gap: mean(women) - mean(men), error: Math.sqrt(variance(women) + variance(men)) };
    };
    const [test, interview] = [gap('test_score'), gap('interview_score')];
    expect(Math.abs(test.gap)).toBeLessThan(Z_ONE_IN_A_MILLION * test.error);
    expect(interview.gap).toBeLessThan(-Z_ONE_IN_A_MILLION * interview.error);
  });

  it('women are hired less often at equal scores, referral, experience and salary wish', () => {
    const rows = rowsWhere((row) => table.test_score[row] !== null && table.salary_wish[row] !== null);
    const design = rows.map((row) => [
      1,
      Number(table.test_score[row]) / 10 - 5,
      Number(table.interview_score[row]) - 5,
      Number(table.referral[row] === 'true'),
      Math.min(15, Number(table.experience_years[row])) / 10,
      Math.log(Number(table.salary_wish[row]) / 36_000),
      ...['analyst', 'sales', 'manager'].map((position) => Number(table.position[row] === position)),
      Number(table.gender[row] === 'female'),
    ]);
    const outcomes = rows.map((row) => Number(table.hired[row] === 'yes'));
    const { coefficients, errors } = fitLogit(design, outcomes);
    const female = design[0]?.length ?? 0;
    const [effect, error] = [coefficients[female - 1] ?? 0, errors[female - 1] ?? 0];
    expect(effect).toBeLessThan(-Z_ONE_IN_A_MILLION * error);
    // A probit effect of 0.2 is between 0.2 * 1.5 and 0.2 * 1.9 in log-odds.
    expect(effect).toBeGreaterThan(-0.2 * 1.9 - Z_ONE_IN_A_MILLION * error);
    expect(effect).toBeLessThan(-0.2 * 1.5 + Z_ONE_IN_A_MILLION * error);
  });

  it('without the bias the gap between women and men would nearly close', () => {
    const { female, male } = truth.rates.gender;
    expect((male?.hired ?? 0) - (female?.hired ?? 0)).toBeGreaterThan(0.1);
    expect(Math.abs((male?.hiredWithoutBias ?? 0) - (female?.hiredWithoutBias ?? 1))).toBeLessThan(0.02);
    expect(male?.hired).toBe(male?.hiredWithoutBias);
  });
});
