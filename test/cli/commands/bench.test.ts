import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { runTabveil } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

// Several processes one after the other, on machines that may be busy.
vi.setConfig({ testTimeout: 240_000 });

const home = await temporaryFolder('bench-command');

/** A matrix of one cell. */
const TINY = {
  tables: ['lending'],
  models: ['independent'],
  epsilons: [1],
  runs: 1,
  simulatedRows: 200,
  attackRows: 0,
};

function writeConfig(config: object): string {
  const path = join(home, 'config.json');
  writeFileSync(path, JSON.stringify({ ...TINY, ...config }));
  return path;
}

describe('tabveil bench', () => {
  it('measures a fit in a process of its own and prints a summary for programs', async () => {
    const out = join(home, 'one');
    const outcome = await runTabveil(['bench', '--config', writeConfig({}), '--out', out, '--json']);
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    const summary = JSON.parse(outcome.stdout);
    expect(summary).toMatchObject({ measured: 2, reused: 0, failed: [], skipped: [] });
    expect(summary.standings[0]).toMatchObject({ table: 'lending', epsilon: 1, system: 'independent', runs: 1 });
    const run = JSON.parse(readFileSync(join(out, 'results.jsonl'), 'utf8').split('\n')[1] ?? '');
    const { startup, fit, sample } = run.cost.steps;
    for (const step of [startup, fit, sample]) expect(step.cpuSeconds).toBeGreaterThan(0);
    expect(run.cost.peakBytes).toBeGreaterThanOrEqual(run.cost.startupPeakBytes);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('tabveil bench --config');
    // Everything is known now.
    const again = await runTabveil(['bench', '--config', join(home, 'config.json'), '--out', out]);
    expect(again.stdout).toContain('0 cells measured');
    expect(again.stdout).toContain('2 known from before');
  });

  it('says what was left out, and ends with 1 when a cell failed', async () => {
    const config = writeConfig({ tables: ['lending', 'heart'], epsilons: [1e-12] });
    const env = { TABVEIL_DATA: home };
    const outcome = await runTabveil(['bench', '--config', config, '--out', join(home, 'two')], { env });
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain('tabveil: skipped heart: not fetched');
    expect(outcome.stderr).toMatch(/tabveil: failed lending ε=1e-12 independent 1: /);
  });

  it.each([
    [['--models', 'nothing'], 'models are'],
    [['--epsilons', '1,zero'], '"zero"'],
    [['--rivals', 'nobody'], 'rivals are'],
    [['--quick', '--config', 'x.json'], '--quick is a config'],
  ])('%j is a mistake in the command', async (words, message) => {
    const outcome = await runTabveil(['bench', ...words, '--out', join(home, 'none')]);
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain(message);
  });

  it('a config that is not there is an input error', async () => {
    const outcome = await runTabveil(['bench', '--config', join(home, 'absent.json')]);
    expect(outcome.exitCode).toBe(3);
  });
});
