import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runTabveil } from '../support/cli.ts';
import { writeSmallTable } from '../support/small-table.ts';

const home = mkdtempSync(join(tmpdir(), 'tabveil-race-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('trainings racing for one ledger', () => {
  it('of four that each want the whole budget exactly one gets it; the others are refused and leave nothing', async () => {
    const folder = mkdtempSync(join(home, 'one-'));
    const { table, schema } = writeSmallTable(folder);
    const names = ['a', 'b', 'c', 'd'];
    const outcomes = await Promise.all(
      names.map((name) =>
        runTabveil([
          ...['train', table, '--schema', schema, '--model', 'independent', '--epsilon', '1', '--delta', '1e-6'],
          ...['--out', join(folder, name)],
        ]),
      ),
    );
    expect(outcomes.map((outcome) => outcome.exitCode).sort()).toEqual([0, 4, 4, 4]);
    for (const [index, outcome] of outcomes.entries()) {
      expect(existsSync(join(folder, names[index] ?? ''))).toBe(outcome.exitCode === 0);
      if (outcome.exitCode !== 0) expect(outcome.stderr).toMatch(/^tabveil: [^\n]*epsilon[^\n]*\n$/);
    }
  });

  it('with budget for all of them every payment is in the ledger', async () => {
    const folder = mkdtempSync(join(home, 'all-'));
    const { table, schema } = writeSmallTable(folder);
    const granted = await runTabveil(['ledger', 'grant', table, '--epsilon', '10', '--delta', '1e-5']);
    expect(granted).toMatchObject({ exitCode: 0, stderr: '' });
    const outcomes = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        runTabveil([
          ...['train', table, '--schema', schema, '--model', 'independent', '--epsilon', '0.5', '--delta', '1e-6'],
          ...['--out', join(folder, name)],
        ]),
      ),
    );
    expect(outcomes.map((outcome) => [outcome.exitCode, outcome.stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    const { stdout } = await runTabveil(['ledger', 'show', table, '--json']);
    const { runs } = JSON.parse(stdout) as { readonly runs: readonly { readonly status: string }[] };
    expect(runs.map((run) => run.status)).toEqual(['committed', 'committed', 'committed']);
  });
});
