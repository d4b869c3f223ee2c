import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLAIMS } from '../../benchmarks/claims.mjs';
import { compareWithRivals } from '../../benchmarks/losses.mjs';
import { readLines, summarise } from '../../benchmarks/result-lines.mjs';
import { resultsPage, resultsPictures } from '../../benchmarks/results-page.mjs';
import { howItEnded, readRuns } from '../../benchmarks/runs.mjs';
import { listTargets } from '../../benchmarks/targets.mjs';

const PROJECT = join(import.meta.dirname, '../..');
const RESULTS = join(PROJECT, 'benchmarks/results');
const PAGE = resultsPage();
const RUNS = readRuns();

describe('docs/results.md', () => {
  it('is what the result files give, figure by figure', () => {
    expect(readFileSync(join(PROJECT, 'docs/results.md'), 'utf8')).toBe(PAGE);
  });

  it('shows the mean of the runs of every measured system', () => {
    const page = PAGE;
    for (const run of RUNS.filter(({ unfinished }) => unfinished === undefined)) {
      const alike = RUNS.filter(
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

  it('shows how a run without a score ended', () => {
    for (const { system, unfinished } of RUNS.filter((run) => run.unfinished !== undefined)) {
      expect(PAGE).toContain(`| ${system} | 0 |  |  |  |  |  | ${unfinished} |  |`);
    }
    expect(howItEnded({ stopped: { afterCpuSeconds: 900 } })).toBe('stopped at 900');
    expect(howItEnded({ failed: 'ValueError: too small' })).toBe('failed: ValueError: too small');
    expect(howItEnded({ scores: {} })).toBeUndefined();
  });
});

describe('what we lose', () => {
  const run = (system: string, tvd3: number, auc: number) => ({
    ...{ system, table: 't', epsilon: 1, setting: '' },
    scores: { tvd3, tstr_auc: auc },
  });

  it('is every score in which a private rival is ahead, and nothing else', () => {
    const { losses, compared } = compareWithRivals([
      ...[run('tabveil aim', 0.2, 0.8), run('tabveil aim', 0.4, 0.8), run('tabveil mst', 0.1, 0.9)],
      ...[run('a', 0.29, 0.7), run('b', 0.31, 0.81), { ...run('c', 0.1, 0.9), epsilon: 0 }],
    ]);
    expect(compared).toBe(4);
    expect(losses.map(({ rival, score }) => [rival, score])).toEqual([
      ['a', 'tvd3'],
      ['b', 'tstr_auc'],
    ]);
  });
});

describe('pictures of docs/results.md', () => {
  it('are what the result files give, and every one is shown with words', () => {
    const drawn = resultsPictures();
    const folder = join(PROJECT, 'docs/pictures');
    expect(readdirSync(folder).sort()).toEqual([...drawn.keys()].sort());
    for (const [name, svg] of drawn) {
      expect(readFileSync(join(folder, name), 'utf8'), name).toBe(svg);
      expect(PAGE).toMatch(new RegExp(`!\\[[^\\]]{10,}\\]\\(pictures/${name}\\)`));
    }
  });
});

describe('targets', () => {
  const targets = listTargets();

  it('each names a file of results that exists, unless it is open', () => {
    expect(targets.length).toBeGreaterThan(30);
    for (const { what, source, met, found } of targets) {
      const [file = ''] = /[\w-]+\.jsonl?/.exec(source) ?? [];
      if (met !== 'open') expect(existsSync(join(RESULTS, file)), `${what}: ${source}`).toBe(true);
      expect(found === 'not measured yet').toBe(met === 'open' && !found.includes('of'));
    }
  });

  it('a limit that is missed is told as missed', () => {
    const of = (part: string, what: string) => targets.find((one) => one.part === part && one.what === what);
    const missed = targets.filter(({ met }) => met === 'no');
    for (const { part, what } of missed) expect(of(part, what)?.met).toBe('no');
    for (const { what, found } of missed) {
      expect(PAGE.split('\n').some((line) => line.includes(what) && line.includes(`| ${found} | no |`))).toBe(true);
    }
  });
});

describe('claims held by tests', () => {
  it.each(CLAIMS)('$part: $what: its test is there', ({ file, test }) => {
    const text = readFileSync(join(PROJECT, 'test', file), 'utf8');
    expect(text.includes(`'${test}`), `${file}: ${test}`).toBe(true);
    expect(PAGE).toContain(`${file}\`: ${test} |`);
  });
});

/** A figure with the unit of a measurement, or a score by its name. */
const MEASURED =
  /(\d[\d,]*(?:\.\d+)?) ?(?:CPU-s|CPU seconds|rows\/s|rows per second|MiB)\b|(?:tvd[123]|AUC)\D{0,12}(0\.\d{2,4})\b/g;

describe('README and documents', () => {
  const pages = [
    'README.md',
    ...readdirSync(join(PROJECT, 'docs'))
      .filter((name) => name.endsWith('.md') && name !== 'results.md')
      .map((name) => `docs/${name}`),
  ].filter((page) => page !== 'docs/design.md');

  it.each(pages)('%s: every measured figure is one of docs/results.md', (page) => {
    const text = readFileSync(join(PROJECT, page), 'utf8');
    const strangers = [...text.matchAll(MEASURED)].filter(([, cost, score]) => !PAGE.includes(cost ?? score ?? ''));
    expect(strangers.map(([figure]) => figure)).toEqual([]);
  });

  it('the search finds figures where there are some', () => {
    expect('fits in 2.1 CPU-s with tvd3 of 0.0791'.match(MEASURED)).toHaveLength(2);
  });
});

describe('result files', () => {
  it.each(['floors', 'peers', 'quality'].filter((name) => existsSync(join(RESULTS, `${name}.jsonl`))))(
    '%s: every line names its table, machine and scores, or how it ended',
    (name) => {
      for (const line of readLines(join(RESULTS, `${name}.jsonl`))) {
        const scores = { tvd1: expect.any(Number), tvd2: expect.any(Number), tvd3: expect.any(Number) };
        expect(line).toMatchObject({
          table: expect.any(String),
          machine: { processor: expect.any(String), cores: expect.any(Number), node: expect.any(String) },
          ...(howItEnded(line) === undefined && { scores }),
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
