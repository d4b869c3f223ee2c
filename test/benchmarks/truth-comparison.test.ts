import { describe, expect, it } from 'vitest';
import { compareWithTruth, pearson, readPlainCsv } from '../../benchmarks/truth-comparison.mjs';
import { generateHiring } from '../../datasets/hiring/generate.mjs';
import { computeHiringTruth } from '../../datasets/hiring/truth.mjs';
import { columnsToCsv } from '../../datasets/simulator/columns.mjs';

const truth = computeHiringTruth();
const table = readPlainCsv(columnsToCsv(generateHiring(20_000, 3)));

describe('readPlainCsv', () => {
  it('keeps missing cells as empty texts, the last one too', () => {
    expect(readPlainCsv('a,b\n1,\n,2\n')).toEqual({ a: ['1', ''], b: ['', '2'] });
  });
});

describe('pearson', () => {
  it('leaves rows out where either side is missing, and reads dates as days', () => {
    expect(pearson(['1', '2', '', '3'], ['2', '4', '9', '6'])).toBeCloseTo(1, 12);
    expect(pearson(['2024-01-01', '2024-01-02', '2024-01-04'], ['3', '2', '0'])).toBeCloseTo(-1, 12);
  });
});

describe('compareWithTruth', () => {
  it('finds a table drawn from the world true up to sampling error', () => {
    const { summary } = compareWithTruth(table, truth);
    expect(summary.meanInSd).toBeLessThan(0.03);
    expect(summary.quantileLevel).toBeLessThan(0.02);
    expect(summary.shares).toBeLessThan(0.015);
    expect(summary.missing).toBeLessThan(0.01);
    expect(summary.correlation).toBeLessThan(0.03);
    expect(summary.rareRatio).toBeGreaterThan(0.6);
    expect(summary.rareRatio).toBeLessThan(1.4);
  });

  it('sees a shifted mean, a lost group, a broken relation and an undone bias, each in its own figure', () => {
    const clean = compareWithTruth(table, truth).summary;
    const shifted = {
      ...table,
      test_score: (table.test_score ?? []).map((cell) => (cell === '' ? '' : `${+cell + 5}`)),
    };
    expect(compareWithTruth(shifted, truth).summary.meanInSd).toBeGreaterThan(clean.meanInSd + 0.05);
    const lost = { ...table, gender: (table.gender ?? []).map((cell) => (cell === 'nonbinary' ? 'male' : cell)) };
    expect(compareWithTruth(lost, truth).summary.rareRatio).toBe(0);
    const broken = { ...table, test_score: [...(table.test_score ?? [])].reverse() };
    expect(compareWithTruth(broken, truth).summary.correlation).toBeGreaterThan(clean.correlation + 0.1);
    const swapped = { ...table, hired: (table.hired ?? []).map((cell) => (cell === 'yes' ? 'no' : 'yes')) };
    expect(compareWithTruth(swapped, truth).summary.rate).toBeGreaterThan(clean.rate + 0.1);
  });

  it('says which column of the truth is absent', () => {
    expect(() => compareWithTruth({ gender: [] }, truth)).toThrow(/"age" of the truth is not in the table/);
  });
});
