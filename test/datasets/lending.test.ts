import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateLending } from '../../datasets/lending/generate.mjs';
import { BIAS } from '../../datasets/lending/model.mjs';
import { computeLendingTruth } from '../../datasets/lending/truth.mjs';
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
  Z_ONE_IN_A_MILLION,
} from '../support/world.ts';

const FOLDER = join(import.meta.dirname, '../../datasets/lending');
const ROWS = 30_000;
const table = generateLending(ROWS);
const truth = computeLendingTruth();
const stored = JSON.parse(readFileSync(join(FOLDER, 'truth.json'), 'utf8'));

/** Recorded numbers of a column. */
const numbers = (name: 'income' | 'open_debt' | 'loan_amount' | 'age') =>
  (table[name] as readonly (number | null)[]).filter((value) => value !== null);

/** Approvals of the rows where a column has a value. */
const approvalsWhere = (name: 'gender' | 'region', value: string) =>
  (table.approved as string[]).filter((_, row) => table[name][row] === value).map((text) => Number(text === 'yes'));

describe('lending: the script', () => {
  it('runs when its path leads through a symbolic link', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tabveil-link-'));
    try {
      symlinkSync(FOLDER, join(folder, 'lending'));
      const out = join(folder, 'rows.csv');
      execFileSync(process.execPath, [join(folder, 'lending/generate.mjs'), '--rows', '3', '--out', out]);
      expect(readFileSync(out, 'utf8').trimEnd().split('\n')).toHaveLength(4);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('lending: the table', () => {
  it('is the same bytes for the same seed', () => {
    const hash = bytesHash(columnsToCsv(table));
    expect(hash).toMatchInlineSnapshot(`"aa3d0db44b8c5866e7dabd47fa078910efa5ee7308455d91acb6e87bcb39054a"`);
    expect(columnsToCsv(generateLending(50, 2))).not.toBe(columnsToCsv(generateLending(50, 1)));
  });

  it('begins with the rows of a shorter table of the same seed', () => {
    const short = generateLending(100);
    for (const [name, values] of Object.entries(short)) {
      expect(table[name as keyof typeof table].slice(0, 100)).toEqual(values);
    }
  });

  it('has the columns of its schema, in order, and only values the schema lists', () => {
    expectWithinSchema(JSON.parse(readFileSync(join(FOLDER, 'schema.json'), 'utf8')), table);
  });

  it('refuses row counts and seeds that are no whole numbers', () => {
    expect(() => generateLending(0)).toThrow(/rows is 0/);
    expect(() => generateLending(1.5)).toThrow(/rows is 1.5/);
    expect(() => generateLending(10, -1)).toThrow(/seed is -1/);
  });
});

describe('lending: the truth', () => {
  it('truth.json holds what the structural equations give', () => {
    expectSameNumbers(stored, truth);
  });

  it.each(['income', 'open_debt', 'loan_amount'] as const)('%s: mean within sampling error', (name) => {
    const values = numbers(name);
    const { mean: expected, sd } = truth.columns[name].recorded;
    expect(Math.abs(mean(values) - expected)).toBeLessThan((Z_ONE_IN_A_MILLION * sd) / Math.sqrt(values.length) + 1);
  });

  it.each(['income', 'open_debt', 'loan_amount', 'age'] as const)('%s: quantiles within sampling error', (name) => {
    const values = numbers(name);
    const described = truth.columns[name];
    const { quantiles } = 'recorded' in described ? described.recorded : described;
    expectQuantiles(values, quantiles, name === 'loan_amount' ? 50 : 0.5);
  });

  it.each(['income', 'open_debt', 'repaid'] as const)('%s: missing share within sampling error', (name) => {
    const share = table[name].filter((value) => value === null).length / ROWS;
    const expected = truth.columns[name].missing;
    expect(Math.abs(share - expected)).toBeLessThan(proportionError(expected, ROWS));
  });

  it.each(['region', 'gender', 'employment', 'loan_purpose', 'has_guarantor'] as const)(
    '%s: shares within sampling error',
    (name) => {
      for (const [value, expected] of Object.entries(truth.columns[name])) {
        const share = table[name].filter((text) => text === value).length / ROWS;
        expect(Math.abs(share - Number(expected)), value).toBeLessThan(proportionError(Number(expected), ROWS));
      }
    },
  );

  it('correlations within sampling error', () => {
    for (const [key, expected] of Object.entries(truth.correlations)) {
      const [left, right] = key.split('|').map((name) => table[name as 'income'] as readonly (number | null)[]);
      const { r, error } = correlation(left ?? [], right ?? []);
      expect(Math.abs(r - Number(expected)), key).toBeLessThan(Z_ONE_IN_A_MILLION * error);
    }
  });

  it('approval rates within sampling error for every gender and region', () => {
    for (const name of ['gender', 'region'] as const) {
      for (const [value, rate] of Object.entries(truth.rates[name])) {
        const approvals = approvalsWhere(name, value);
        expect(Math.abs(mean(approvals) - rate.approved), value).toBeLessThan(
          proportionError(rate.approved, approvals.length),
        );
      }
    }
  });

  it('the rare group is below one percent, present, and recognisable', () => {
    const islanders = (table.region as string[]).flatMap((region, row) => (region === 'islands' ? [row] : []));
    expect(islanders.length / ROWS).toBeLessThan(0.01);
    expect(islanders.length).toBeGreaterThan(150);
    const boats = (rows: number[]) => rows.filter((row) => table.loan_purpose[row] === 'boat').length / rows.length;
    const others = (table.region as string[]).flatMap((region, row) => (region === 'islands' ? [] : [row]));
    expect(boats(islanders)).toBeGreaterThan(50 * boats(others));
  });
});

describe('lending: the bias', () => {
  it('its coefficients are recovered by a logistic regression on the documented causes', () => {
    const rows = Array.from({ length: ROWS }, (_, row) => row).filter(
      (row) => table.income[row] !== null && table.credit_history[row] !== null,
    );
    const is = (name: keyof typeof table, value: string, row: number) => Number(table[name][row] === value);
    const design = rows.map((row) => [
      1,
      Math.log(Number(table.income[row]) / 30_000),
      Math.log(Number(table.loan_amount[row]) / Number(table.income[row])),
      ...['none', 'late', 'default'].map((value) => is('credit_history', value, row)),
      ...['self-employed', 'unemployed', 'retired', 'student'].map((value) => is('employment', value, row)),
      is('has_guarantor', 'true', row),
      is('gender', 'female', row),
      is('region', 'south', row),
      is('region', 'islands', row),
    ]);
    const { coefficients, errors } = fitLogit(
      design,
      rows.map((row) => is('approved', 'yes', row)),
    );
    const expected = [BIAS.gender.female, BIAS.region.south, BIAS.region.islands];
    for (const [index, bias] of expected.entries()) {
      const at = coefficients.length - expected.length + index;
      expect(Math.abs((coefficients[at] ?? 0) - bias)).toBeLessThan(Z_ONE_IN_A_MILLION * (errors[at] ?? 0));
    }
    const female = coefficients.length - 3;
    expect((coefficients[female] ?? 0) / (errors[female] ?? 1)).toBeLessThan(-Z_ONE_IN_A_MILLION);
  });

  it('women who were approved repay no less often, though fewer of them are approved', () => {
    const { female, male } = truth.rates.gender;
    expect(female?.repaidGivenApproved).toBeGreaterThan((male?.repaidGivenApproved ?? 1) - 0.001);
  });
});
