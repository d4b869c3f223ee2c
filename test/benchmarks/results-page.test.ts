import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLines, summarise } from '../../benchmarks/result-lines.mjs';
import { readRuns, resultsPage } from '../../benchmarks/results-page.mjs';

const PROJECT = join(import.meta.dirname, '../..');
const RESULTS = join(PROJECT, 'benchmarks/results');

describe('docs/results.md', () => {
  it('is what the result files give, figure by figure', () => {
    expect(readFileSync(join(PROJECT, 'docs/results.md'), 'utf8')).toBe(resultsPage());
  });

  it('shows the mean of the runs of every measured system', () => {
    const page = resultsPage();
    for (const run of readRuns()) {
      const alike = readRuns().filter(
        (other) =>
          other.system === run.system &&
          other.table === run.table &&
          other.epsilon === run.epsilon &&
          other.setting === run.setting,
      );
      const { mean } = summarise(alike.map(({ scores }) => scores.tvd3 ?? Number.NaN));
      const row = page.split('\n').find((line) => line.startsWith(`| ${run.system}`) && line.includes(mean.toFixed(4)));
      expect(row, `${run.system} on ${run.table}`).toBeDefined();
    }
  });
});

describe('result files', () => {
  it.each(['floors', 'peers', 'quality'].filter((name) => existsSync(join(RESULTS, `${name}.jsonl`))))(
    '%s: every line names its table, machine and scores',
    (name) => {
      for (const line of readLines(join(RESULTS, `${name}.jsonl`))) {
        expect(line).toMatchObject({
          table: expect.any(String),
          machine: { processor: expect.any(String), cores: expect.any(Number), node: expect.any(String) },
          scores: { tvd1: expect.any(Number), tvd2: expect.any(Number), tvd3: expect.any(Number) },
        });
      }
    },
  );

  it('no path of the machine they were measured on is in them', () => {
    for (const name of ['floors', 'peers', 'quality']) {
      const path = join(RESULTS, `${name}.jsonl`);
      if (existsSync(path)) expect(readFileSync(path, 'utf8')).not.toMatch(/"\/(?:work|home|tmp|root)\//);
    }
  });
});

describe('summarise', () => {
  it('gives the mean and the sample standard deviation', () => {
    expect(summarise([1, 2, 3, 4])).toEqual({ mean: 2.5, sd: Math.sqrt(5 / 3), runs: 4 });
    expect(summarise([7]).sd).toBeNaN();
  });
});
