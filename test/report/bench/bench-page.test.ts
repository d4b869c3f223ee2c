import { describe, expect, it } from 'vitest';
import { leaderboard, meanOverRuns } from '../../../src/evaluation/benchmark/leaderboard.ts';
import type { CostLine, RunLine, TableLine } from '../../../src/evaluation/benchmark/lines.ts';
import { SCORE_NAMES, type Scores } from '../../../src/evaluation/benchmark/scores.ts';
import { type BenchFindings, renderBenchPage } from '../../../src/report/bench/bench-page.ts';
import { orderSystems } from '../../../src/report/bench/places.ts';

const MACHINE = { processor: 'x', cores: 2, memoryGiB: 4, system: 's', runtime: 'Node 20', loadAverage: 1 };
const HEAD = { key: 'k', when: '2026-01-01T00:00:00Z', machine: MACHINE, version: '0+a' };
const COST = {
  steps: { startup: { cpuSeconds: 0.2, wallSeconds: 0.3 }, fit: { cpuSeconds: 1, wallSeconds: 2 } },
  peakBytes: 2 ** 27,
  startupPeakBytes: 2 ** 26,
};
const scoresOf = (tvd3: number): Scores =>
  Object.fromEntries(SCORE_NAMES.map((name) => [name, name === 'tvd3' ? tvd3 : 0.5])) as Scores;

function runOf(system: string, epsilon: number, run: number, tvd3: number, more: Partial<RunLine> = {}): RunLine {
  return {
    ...{ ...HEAD, kind: 'run', table: 'people', system, isRival: false, isPrivate: true, epsilon, delta: 1e-9, run },
    ...{ rows: 10, cost: COST, scores: scoresOf(tvd3), kMarginal: 900, likeSubsample: 0.2 },
    groups: [
      { column: 'sex', group: 'f', score: 800, heldOut: 850 },
      { column: 'sex', group: 'm', score: 810, heldOut: 840 },
    ],
    attacks: run === 1 ? [{ attack: 'membership-auc', value: 0.51, interval: [0.45, 0.57] }] : [],
    ...more,
  };
}

const TABLE: TableLine = {
  ...{ ...HEAD, kind: 'table', table: 'people', origin: 'simulated', sha256: 'ab'.repeat(32) },
  ...{ rows: 10, heldOutRows: 5, columns: 3, heldOut: scoresOf(0.08), realAuc: 0.9 },
  ruler: [
    { share: 0.1, score: 850 },
    { share: 0.5, score: 950 },
  ],
};
const COSTS: readonly CostLine[] = [100, 1000].map((rows) => ({
  ...{ ...HEAD, kind: 'cost', system: 'aim', axis: 'rows', rows, columns: 10, categories: 8, cost: COST },
}));

function findingsOf(runs: readonly RunLine[], more: Partial<BenchFindings> = {}): BenchFindings {
  return {
    ...{ standings: leaderboard(runs), tables: [TABLE], runs, costs: [], skipped: [], failed: [], machine: MACHINE },
    ...{ version: '0+a', isPrivate: false },
    ...more,
  };
}

const sectionsOf = (page: string) => [...page.matchAll(/<section id="([\w-]+)"/g)].map(([, id]) => id);

describe('renderBenchPage', () => {
  it('shows every section that has something to show, and no other', async () => {
    const single = [runOf('mst', 1, 1, 0.2, { groups: [], attacks: [] })];
    expect(sectionsOf(await renderBenchPage(findingsOf(single)))).toEqual([
      'leaderboard',
      'time',
      'ruler',
      'record',
      'definitions',
    ]);
    const many = [runOf('mst', 1, 1, 0.2), runOf('mst', 10, 1, 0.1), runOf('aim', 1, 1, 0.1)];
    expect(sectionsOf(await renderBenchPage(findingsOf(many, { costs: COSTS })))).toEqual([
      ...['leaderboard', 'epsilon', 'time', 'cost', 'ruler', 'groups', 'attacks', 'record', 'definitions'],
    ]);
  });

  it('says that a page about own tables is private', async () => {
    const runs = [runOf('mst', 1, 1, 0.2)];
    expect(await renderBenchPage(findingsOf(runs, { isPrivate: true }))).toContain('PRIVATE: computed from real rows');
    expect(await renderBenchPage(findingsOf(runs))).not.toContain('PRIVATE');
  });

  it('writes names of systems, tables and failures as text', async () => {
    const runs = [runOf('<b>mst</b>', 1, 1, 0.2)];
    const failed = [{ what: '<i>x</i>', why: '<script>' }];
    const page = await renderBenchPage(findingsOf(runs, { failed, command: 'a <b>' }));
    expect(page).not.toMatch(/<b>mst|<i>x|<script/);
    expect(page).toContain('&lt;i&gt;x&lt;/i&gt;');
  });

  it('names each picture once, so that its words belong to it', async () => {
    const runs = [runOf('mst', 1, 1, 0.2), runOf('mst', 10, 1, 0.1), runOf('aim', 1, 1, 0.1)];
    const page = await renderBenchPage(findingsOf(runs, { costs: COSTS }));
    const names = [...page.matchAll(/<h3 id="([\w-]+)-title"/g)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(8);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('leaderboard', () => {
  it('takes runs of one cell together and puts the least distance first', () => {
    const standings = leaderboard([runOf('mst', 1, 1, 0.2), runOf('mst', 1, 2, 0.4), runOf('aim', 1, 1, 0.1)]);
    expect(standings.map(({ system, runs }) => [system, runs])).toEqual([
      ['aim', 1],
      ['mst', 2],
    ]);
    expect(standings[1]?.scores.tvd3?.mean).toBeCloseTo(0.3, 12);
  });

  it('a mean over runs has Student’s interval, a single run none', () => {
    expect(meanOverRuns([])).toBeNull();
    expect(meanOverRuns([3])).toEqual({ mean: 3, interval: null, runs: 1 });
    // Standard error 1/√3 · 1, two degrees of freedom: 4.303.
    expect(meanOverRuns([1, 2, 3])?.interval?.[1]).toBeCloseTo(2 + 4.3027 / Math.sqrt(3), 3);
  });
});

describe('orderSystems', () => {
  it('puts own models before rivals, each by name', () => {
    const systems = ['zeta', 'aim'].map((system) => ({ system, isRival: false }));
    expect([...orderSystems([{ system: 'alpha-rival', isRival: true }, ...systems]).keys()]).toEqual([
      ...['aim', 'zeta', 'alpha-rival'],
    ]);
  });
});
