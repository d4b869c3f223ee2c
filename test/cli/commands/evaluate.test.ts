import { describe, expect, it } from 'vitest';
import { runHere } from '../../support/program.ts';

const TABLES = ['--real', 'real.csv', '--synthetic', 'synthetic.csv', '--schema', 'people.schema.json'];

describe('tabveil evaluate', () => {
  it.each([
    [['--deep-epsilon', '2', '--shadows', '30'], 'evaluate: --deep-epsilon 2, --shadows 30: only for the deep mode'],
    [['--report-epsilon', '0.5'], 'evaluate: --report-epsilon 0.5 buys numbers for a report, but none is named'],
    [['--hotdout', 'holdout.csv'], "unknown option '--hotdout' (Did you mean --holdout?)"],
  ])('%j is refused before any file is opened, with what was given', async (flags, message) => {
    const outcome = await runHere(['evaluate', ...TABLES, ...flags]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain(message);
  });

  it('a misspelt option is named before the one that is missing because of it', async () => {
    const outcome = await runHere(['evaluate', '--rael', 'real.csv', ...TABLES.slice(2)]);
    expect(outcome.stderr).toContain("unknown option '--rael' (Did you mean --real?)");
  });
});
