import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { reportFailure } from '../../src/cli/failure.ts';
import { buildProgram } from '../../src/cli/program.ts';
import type { Shell } from '../../src/cli/shell.ts';
import { runTabveil } from '../support/cli.ts';
import { SMALL_SCHEMA, smallTableText } from '../support/small-table.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A fresh folder per test: what stands in it before and after is compared. */
let home = '';
let before: readonly string[] = [];
const at = (name: string) => join(home, name);

/** Names and contents of all files. */
function contents(): readonly string[] {
  return readdirSync(home)
    .sort()
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(at(name)))
          .digest('hex')}`,
    );
}

beforeEach(async () => {
  home = await temporaryFolder('evaluate-input');
  const lines = smallTableText(240).trimEnd().split('\n');
  const [header = '', ...rows] = lines;
  const part = (from: number, to: number) => `${[header, ...rows.slice(from, to)].join('\n')}\n`;
  writeFileSync(at('real.csv'), part(0, 100));
  writeFileSync(at('synthetic.csv'), part(100, 180));
  writeFileSync(at('holdout.csv'), part(180, 240));
  writeFileSync(at('schema.json'), JSON.stringify(SMALL_SCHEMA));
  writeFileSync(at('header.csv'), `${header}\n`);
  writeFileSync(at('empty.csv'), '');
  writeFileSync(at('narrow.csv'), 'city,age\nSECRET-TOWN,31\n');
  writeFileSync(at('foreign.csv'), 'SECRET-TOWN,31\nx,2\n');
  writeFileSync(at('paid.csv'), part(90, 180));
  writeFileSync(at('paid.csv.ledger.jsonl'), '{}\n');
  before = contents();
});

/** What a command printed, and the exit code of its failure. */
interface Ending {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the real program in this process: a process of its own takes a second each. */
async function run(words: readonly string[]): Promise<Ending> {
  let [stdout, stderr] = ['', ''];
  const shell: Shell = {
    run: async (task) => task({}),
    print: (_, text) => {
      stdout += text;
    },
    note: (message) => {
      stderr += `tabveil: ${message}\n`;
    },
  };
  try {
    const program = await buildProgram([...words], shell);
    await program.parseAsync([...words], { from: 'user' });
    return { exitCode: 0, stdout, stderr };
  } catch (error) {
    const { exitCode, lines } = reportFailure(error, undefined);
    return { exitCode, stdout, stderr: stderr + lines.map((line) => `tabveil: ${line}\n`).join('') };
  }
}

const FILES = new Set(['real', 'synthetic', 'holdout', 'schema', 'html', 'json', 'report']);

/** Words of an evaluation whose arguments are good except for those given. */
function wordsWith(flags: Readonly<Record<string, string>>): readonly string[] {
  const all = { real: 'real.csv', synthetic: 'synthetic.csv', schema: 'schema.json', only: 'fidelity', ...flags };
  return [
    'evaluate',
    ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, FILES.has(name) ? `${home}/${value}` : value]),
  ];
}

const evaluateWith = (flags: Readonly<Record<string, string>>) => run(wordsWith(flags));

/** One clear line on stderr, nothing on stdout, the right exit code, no cell quoted, and every file as it was. */
function expectRefusal(outcome: Ending, exitCode: number, reason: RegExp): void {
  expect(outcome.stderr).toMatch(reason);
  expect(outcome).toMatchObject({ exitCode, stdout: '' });
  expect(outcome.stderr).toMatch(/^tabveil: [^\n]{20,}\n$/);
  expect(outcome.stderr).not.toMatch(/SECRET|\bat .*\.js:\d+|undefined|\[object|internal error/);
  expect(contents()).toEqual(before);
}

const OUTPUTS = { html: 'dossier.html', json: 'numbers.json', report: 'report.html' };

describe('evaluate refuses wrong tables and leaves nothing behind', () => {
  it.each([
    ['a real table that is not there', { real: 'nowhere.csv' }, /nowhere\.csv: there is no such file/],
    ['a synthetic table that is not there', { synthetic: 'nowhere.csv' }, /nowhere\.csv: there is no such file/],
    ['a holdout that is not there', { holdout: 'nowhere.csv' }, /nowhere\.csv: there is no such file/],
    ['an empty synthetic file', { synthetic: 'empty.csv' }, /empty\.csv: the file is empty/],
    ['a synthetic table without rows', { synthetic: 'header.csv' }, /header\.csv: the table has no rows/],
    ['a real table without rows', { real: 'header.csv' }, /header\.csv: the table has no rows/],
    ['a table that lacks a column', { synthetic: 'narrow.csv' }, /narrow\.csv: .*"member".*does not have/],
    ['a table of other things', { synthetic: 'foreign.csv' }, /foreign\.csv: no column of the schema/],
    ['a table in place of the schema', { schema: 'real.csv' }, /real\.csv: the file is not JSON/],
  ])('%s', async (_, flags, reason) => {
    expectRefusal(await evaluateWith({ ...OUTPUTS, ...flags }), 3, reason);
  });

  it.each([
    ['the holdout is the training table', { holdout: 'real.csv' }, /the holdout is the same file as the real table/],
    [
      'the synthetic table is the real one',
      { synthetic: 'real.csv' },
      /the same file as the real table.*release neither/,
    ],
    [
      'the synthetic table is the holdout',
      { holdout: 'synthetic.csv' },
      /the synthetic table is the same file as the holdout/,
    ],
    [
      'real and synthetic are swapped: a report for release would show real rows',
      { real: 'synthetic.csv', synthetic: 'paid.csv' },
      /paid\.csv: .*paid\.csv\.ledger\.jsonl lies beside it, so it holds real rows; .*swapped/,
    ],
  ])('one file is given twice: %s', async (_, flags, reason) => {
    expectRefusal(await evaluateWith({ ...OUTPUTS, ...flags }), 3, reason);
  });
});

describe('evaluate refuses wrong choices before it measures', () => {
  it.each([
    ['an unknown target', { target: 'pay' }],
    ['an unknown protected column', { protected: 'city,pay' }],
    ['an unknown key', { keys: 'pay' }],
    ['an unknown secret', { secret: 'pay' }],
  ])('%s', async (_, flags) => {
    const outcome = await evaluateWith({ html: 'dossier.html', json: 'numbers.json', ...flags });
    expectRefusal(outcome, 2, /column "pay" is not evaluated; columns are city, age, member/);
  });

  it('an unknown target of a report for release is refused before a ledger pays', async () => {
    const outcome = await evaluateWith({ report: 'report.html', 'report-epsilon': '1', target: 'pay' });
    expectRefusal(outcome, 2, /"pay"/);
  });

  it('a target of many values is refused before a ledger pays for decisions about it', async () => {
    const paid = { report: 'report.html', 'report-epsilon': '1', holdout: 'holdout.csv', target: 'age' };
    expectRefusal(await evaluateWith(paid), 2, /"age" has more than two values.*--report-positive ">=100"/);
    const strange = await evaluateWith({ ...paid, 'report-positive': 'old' });
    expectRefusal(strange, 2, /--report-positive "old": "age" holds values of type integer/);
  });

  it.each([
    ['the real table', 'real.csv', { html: 'real.csv' }],
    ['the synthetic table', 'synthetic.csv', { json: './synthetic.csv' }],
    ['the holdout', 'holdout.csv', { holdout: 'holdout.csv', report: 'holdout.csv' }],
    ['the schema', 'schema.json', { json: 'schema.json' }],
    ['another output of the same command', 'both.html', { html: 'both.html', report: 'both.html' }],
  ])('an output that is %s', async (role, name, flags) => {
    expectRefusal(await evaluateWith(flags), 2, new RegExp(`${name}: this file is ${role} and would be overwritten`));
  });

  it('an output in no folder', async () => {
    expectRefusal(
      await evaluateWith({ html: 'nowhere/dossier.html' }),
      3,
      /nowhere\/dossier\.html: its folder does not exist/,
    );
  });
});

describe('other commands that write files', () => {
  it('sample never writes over a table that has a ledger', async () => {
    const model = fileURLToPath(new URL('../../models/lending-mst', import.meta.url));
    const outcome = await run(['sample', model, '--rows', '5', '--out', at('paid.csv')]);
    expectRefusal(outcome, 3, /paid\.csv: .*holds real rows; name another file/);
  });

  it('scan never writes over the table it scans, whatever name leads to it', async () => {
    const outcome = await run(['scan', at('real.csv'), '--html', `${home}/../${basename(home)}/real.csv`]);
    expectRefusal(outcome, 2, /real\.csv: this file is the table and would be overwritten/);
  });
});

describe('a process of its own', () => {
  it('ends with the exit code and the line of the failure', async () => {
    expectRefusal(
      await runTabveil(wordsWith({ ...OUTPUTS, synthetic: 'empty.csv' })),
      3,
      /empty\.csv: the file is empty/,
    );
  });

  it('leaves the files that were asked for and nothing else when all is well', async () => {
    const { exitCode, stderr } = await runTabveil(wordsWith({ ...OUTPUTS, holdout: 'holdout.csv' }));
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/report\.html \(for release\)/),
    });
    const made = readdirSync(home).filter((name) => !before.some((line) => line.startsWith(`${name} `)));
    expect(made.sort()).toEqual(['dossier.html', 'numbers.json', 'report.html']);
  });
});
