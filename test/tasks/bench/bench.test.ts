import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { generateLending } from '../../../datasets/lending/generate.mjs';
import { columnsToCsv } from '../../../datasets/simulator/columns.mjs';
import type { RunLine } from '../../../src/evaluation/benchmark/lines.ts';
import { bench } from '../../../src/tasks/bench/bench.ts';
import {
  type BenchConfig,
  chooseModels,
  fullConfig,
  QUICK_CONFIG,
  readConfig,
} from '../../../src/tasks/bench/config.ts';
import { renderCsv } from '../../../src/tasks/bench/results-file.ts';
import { findRivals, type Rival, runRival } from '../../../src/tasks/bench/rivals.ts';
import { dataFolders, openBenchTable } from '../../../src/tasks/bench/tables.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const home = await temporaryFolder('bench');
const folder = () => home;

const SMALL: BenchConfig = {
  tables: ['lending'],
  models: ['independent'],
  epsilons: [1],
  delta: 1e-6,
  runs: 2,
  simulatedRows: 300,
  rivals: [],
  rivalMinutes: 1,
  attackRows: 50,
  cost: { rows: [100], columns: [2], categories: [] },
};

/** No cost curves. */
const NO_COST = { cost: { rows: [], columns: [], categories: [] } };

describe('bench', () => {
  it('writes lines, CSV and a page; goes on where it stopped; measures nothing twice', async () => {
    const out = join(folder(), 'results');
    const first = await bench({ config: { ...SMALL, runs: 1 }, out, command: 'tabveil bench <x>' });
    expect(first).toMatchObject({ measured: 4, reused: 0, failed: [], skipped: [], isPrivate: false });
    const again = await bench({ config: SMALL, out });
    expect(again).toMatchObject({ measured: 1, reused: 4 });
    const lines = readFileSync(first.files.lines, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.kind)).toEqual(['table', 'run', 'cost', 'cost', 'run']);
    expect(new Set(lines.map((line) => line.key)).size).toBe(5);
    const run: RunLine = lines[1];
    expect(run).toMatchObject({ table: 'lending', system: 'independent', epsilon: 1, run: 1, rows: 300 });
    expect(run.scores.tvd1).toBeGreaterThan(0);
    expect(run.cost.steps.fit?.cpuSeconds).toBeGreaterThan(0);
    expect(run.machine.cores).toBeGreaterThan(0);
    expect(run.attacks.map(({ attack }) => attack)).toContain('membership-auc');
    // The second run of a cell leaves attacks out.
    expect(lines[4].attacks).toEqual([]);
    const [standing] = again.standings;
    expect(standing).toMatchObject({ table: 'lending', system: 'independent', runs: 2 });
    expect(standing?.scores.tvd3?.interval?.[0]).toBeLessThan(standing?.scores.tvd3?.mean ?? 0);
    const csv = readFileSync(first.files.csv, 'utf8').trimEnd().split('\n');
    expect(csv).toHaveLength(3);
    expect(csv[0]).toMatch(/^table,system,epsilon,delta,run,rows,tvd1,/);
    const page = readFileSync(first.files.report, 'utf8');
    expect(page).toContain('holds nothing private');
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  });

  it('names the command as text, never as markup', async () => {
    const out = join(folder(), 'command');
    const config = { ...SMALL, runs: 1, attackRows: 0, ...NO_COST };
    const { files } = await bench({ config, out, command: 'tabveil bench --out <b>' });
    expect(readFileSync(files.report, 'utf8')).toContain('tabveil bench --out &lt;b&gt;');
  });

  it('measures again what depends on another table, budget or setting', async () => {
    const out = join(folder(), 'keys');
    const config = { ...SMALL, runs: 1, attackRows: 0, ...NO_COST };
    await bench({ config, out });
    expect(await bench({ config: { ...config, epsilons: [2] }, out })).toMatchObject({ measured: 1, reused: 1 });
    expect(await bench({ config: { ...config, simulatedRows: 301 }, out })).toMatchObject({ measured: 2, reused: 0 });
  });

  it('calls results on tables of the user’s own private, and keeps no model and no ledger', async () => {
    const csv = (rows: number, seed: number) => columnsToCsv(generateLending(rows, seed));
    writeFileSync(join(folder(), 'mine.csv'), csv(200, 5));
    writeFileSync(join(folder(), 'others.csv'), csv(100, 6));
    const own = {
      name: 'mine',
      train: join(folder(), 'mine.csv'),
      holdout: join(folder(), 'others.csv'),
      schema: 'datasets/lending/schema.json',
    };
    const out = join(folder(), 'own');
    const found = await bench({ config: { ...SMALL, tables: [own], runs: 1, attackRows: 0, ...NO_COST }, out });
    expect(found.isPrivate).toBe(true);
    expect(readFileSync(found.files.report, 'utf8')).toContain('PRIVATE');
    expect(readdirSync(out).sort()).toEqual(['report.html', 'results.csv', 'results.jsonl']);
    expect(readdirSync(folder()).filter((name) => name.includes('ledger') || name === '.tabveil')).toEqual([]);
  });

  it('keeps what was measured when it is interrupted', async () => {
    const out = join(folder(), 'interrupted');
    const stop = new AbortController();
    const config = { ...SMALL, attackRows: 0 };
    const onProgress = ({ done }: { done: number }) => {
      if (done === 2) stop.abort(new Error('enough'));
    };
    await expect(bench({ config, out }, { signal: stop.signal, onProgress })).rejects.toThrow('enough');
    expect(await bench({ config, out })).toMatchObject({ reused: 2 });
  });

  it('says which cells failed and measures the others', async () => {
    const out = join(folder(), 'failing');
    // A budget that no noise of this size can be calibrated for.
    const config = { ...SMALL, epsilons: [1e-12, 1], runs: 1, attackRows: 0, ...NO_COST };
    const found = await bench({ config, out });
    expect(found.failed.map(({ what }) => what)).toEqual(['lending ε=1e-12 independent 1']);
    expect(found.standings.map(({ epsilon }) => epsilon)).toEqual([1]);
  });

  it('refuses a results file that is none', async () => {
    const out = join(folder(), 'foreign');
    mkdirSync(out);
    writeFileSync(join(out, 'results.jsonl'), '{"name":"x"}\n');
    await expect(bench({ config: SMALL, out })).rejects.toThrow(/line 1: is no result of a benchmark/);
  });
});

describe('readConfig', () => {
  const write = (text: string) => {
    const path = join(folder(), 'config.json');
    writeFileSync(path, text);
    return path;
  };

  it('fills in what is left out', async () => {
    const config = await readConfig(write('{"tables":["adult"],"models":["mst"],"epsilons":[1]}'));
    expect(config).toMatchObject({ delta: 1e-9, runs: 3, rivals: [], attackRows: 2000 });
  });

  it.each([
    ['{', 'is not JSON'],
    ['{"tables":["adult"],"models":["mst"],"epsilons":[0]}', 'epsilons.0'],
    ['{"tables":["adult"],"models":["mst"],"epsilons":[1],"run":2}', 'run'],
  ])('refuses %s and says where', async (text, where) => {
    await expect(readConfig(write(text))).rejects.toThrow(where);
  });

  it('the built-in configs name models that exist', () => {
    for (const config of [QUICK_CONFIG, fullConfig()]) expect(chooseModels(config).length).toBeGreaterThan(3);
    expect(() => chooseModels({ ...SMALL, models: ['nothing'] })).toThrow(/models are/);
  });
});

describe('tables of a benchmark', () => {
  const options = () => ({ scratch: folder(), simulatedRows: 50 });

  it('a public table that is not fetched is left out with the way to get it', async () => {
    vi.stubEnv('TABVEIL_DATA', folder());
    try {
      expect(dataFolders(process.env)[0]).toBe(folder());
      expect(await openBenchTable('heart', options())).toMatchObject({
        name: 'heart',
        reason: expect.stringContaining('datasets/heart/README.md'),
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('an unknown name is a usage error, a path is no name', async () => {
    for (const name of ['nothing', '../secret']) {
      await expect(openBenchTable(name, options())).rejects.toMatchObject({ kind: 'usage' });
    }
  });

  it('training and held-out rows of a world are different people', async () => {
    const table = await openBenchTable('hiring', options());
    if (!('train' in table)) throw new Error('hiring is always there');
    expect(readFileSync(table.train, 'utf8')).not.toBe(readFileSync(table.holdout, 'utf8'));
  });
});

describe('rivals of a benchmark', () => {
  it('a system that was tried and cannot run is left out with its reason, named or not', async () => {
    for (const wanted of ['installed', ['synthcity']] as const) {
      const { present, absent } = await findRivals(wanted);
      expect(present.map(({ name }) => name)).not.toContain('synthcity');
      expect(absent.find(({ name }) => name === 'synthcity')?.reason).toMatch(/torch below 2\.3/);
    }
  });

  it('an unknown rival is a usage error that lists the known ones', async () => {
    await expect(findRivals(['nothing'])).rejects.toThrow(/dpmm-mst/);
  });

  it('each is either present or absent with a reason', async () => {
    const { present, absent } = await findRivals(['private-pgm-aim', 'dpmm-mst']);
    expect(present.length + absent.length).toBe(2);
    for (const { reason } of absent) expect(reason).toMatch(/install|names no local copy/);
  });
});

describe('a run of a rival', () => {
  const job = () => ({
    ...{ train: 't', bins: 'b', epsilon: 1, delta: 1e-9, rows: 5, seed: 1 },
    ...{ out: join(folder(), 'out.csv'), json: join(folder(), 'measured.json') },
  });
  /** A shell in the place of Python, a script in the place of the adapter. */
  const rivalOf = (script: string): Rival => {
    const adapter = join(folder(), 'adapter.sh');
    writeFileSync(adapter, script);
    const python = join(folder(), 'python.sh');
    writeFileSync(python, '#!/bin/sh\nexec /bin/sh "$3" "$@"\n', { mode: 0o755 });
    return { name: 'made-up', python, adapter, isPrivate: true, variables: {} };
  };
  const posix = it.skipIf(process.platform === 'win32');

  posix('hands over what its adapter measured, preparing and fitting together', async () => {
    const steps = {
      startup: { cpuSeconds: 1 },
      prepare: { cpuSeconds: 2, wallSeconds: 3 },
      fit: { cpuSeconds: 4, wallSeconds: 5 },
      sample: { cpuSeconds: 6, wallSeconds: 7 },
    };
    const measured = { steps, peakBytes: 9, startupPeakBytes: 8, leaks: 'none', versions: { a: '1' } };
    const script = `cat > ${job().json} <<'E'\n${JSON.stringify(measured)}\nE\n`;
    expect(await runRival(rivalOf(script), job(), { minutes: 1 })).toMatchObject({
      cost: { steps: { fit: { cpuSeconds: 6, wallSeconds: 8 } }, peakBytes: 9 },
      leaks: 'none',
    });
  });

  posix('that fails says what its adapter said', async () => {
    const run = runRival(rivalOf('echo no such package >&2; exit 3'), job(), { minutes: 1 });
    await expect(run).rejects.toThrow(/made-up: no such package/);
  });

  posix('that takes too long is stopped, with what it started', async () => {
    const pid = join(folder(), 'pid');
    const script = `sleep 60 & echo $! > ${pid}; wait`;
    await expect(runRival(rivalOf(script), job(), { minutes: 0.02 })).rejects.toThrow(/longer than 0.02 minutes/);
    // Gone, or dead and not yet collected by the system.
    const state = spawnSync('ps', ['-o', 'stat=', '-p', readFileSync(pid, 'utf8').trim()], { encoding: 'utf8' }).stdout;
    expect(state.trim()).toMatch(/^(Z.*)?$/);
  });
});

describe('renderCsv', () => {
  it('quotes what needs it', () => {
    const line = {
      kind: 'run',
      table: 'a,b',
      system: 'x "y"',
      epsilon: 1,
      delta: 1e-9,
      run: 1,
      rows: 5,
      scores: {},
      cost: { steps: {}, peakBytes: 1 },
    } as unknown as RunLine;
    expect(renderCsv([line]).split('\n')[1]).toMatch(/^"a,b","x ""y""",1,1e-9,1,5,/);
  });
});
