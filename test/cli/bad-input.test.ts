import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, runTabveil } from '../support/cli.ts';
import { SMALL_SCHEMA, smallTableText, writeSmallTable } from '../support/small-table.ts';

const home = mkdtempSync(join(tmpdir(), 'tabveil-bad-input-'));
let small = { table: '', schema: '' };
beforeAll(() => {
  small = writeSmallTable(home);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A fresh folder with one file in it. */
function writeCase(name: string, content: string | Uint8Array): string {
  const folder = mkdtempSync(join(home, 'case-'));
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** Trains with arguments that are good except for those given. */
function trainWith(flags: Readonly<Record<string, string>>, table = small.table): Promise<Outcome> {
  const all = {
    schema: small.schema,
    model: 'independent',
    epsilon: '1',
    delta: '1e-6',
    out: join(home, 'never'),
    ...flags,
  };
  return runTabveil(['train', table, ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])]);
}

/** One clear line on stderr, nothing on stdout, the right exit code, and no model. */
function expectRefusal(outcome: Outcome, exitCode: number, reason: RegExp): void {
  expect(outcome.stderr).toMatch(reason);
  expect(outcome).toMatchObject({ exitCode, stdout: '' });
  expect(outcome.stderr).toMatch(/^tabveil: [^\n]{20,}\n$/);
  expect(outcome.stderr).not.toMatch(/\bat .*\.js:\d+|undefined|\[object|internal error/);
  expect(existsSync(join(home, 'never'))).toBe(false);
  expect(readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.tmp'))).toEqual([]);
}

describe('bad tables', () => {
  it('a missing file is named', async () => {
    expectRefusal(await trainWith({}, join(home, 'nowhere.csv')), 3, /nowhere\.csv/);
  });

  it('a folder in place of a table is named as such', async () => {
    mkdirSync(join(home, 'folder.csv'));
    expectRefusal(await trainWith({}, join(home, 'folder.csv')), 3, /folder\.csv.*(folder|directory)/);
  });

  it('an empty file has no header', async () => {
    expectRefusal(await trainWith({}, writeCase('empty.csv', '')), 3, /empty\.csv/);
  });

  it('ragged rows are refused without quoting them', async () => {
    const outcome = await trainWith(
      {},
      writeCase('ragged.csv', `${smallTableText(20)}north,31,true,secret-cell,5\nwest\n`),
    );
    expectRefusal(outcome, 3, /ragged\.csv/);
    expect(outcome.stderr).not.toContain('secret-cell');
  });

  it('a separator that cannot be guessed leaves the declared columns missing', async () => {
    const text = smallTableText(20).replaceAll(',', '^');
    expectRefusal(await trainWith({}, writeCase('caret.csv', text)), 3, /caret\.csv.*(city|column)/);
  });

  it('bytes that are not UTF-8 are refused', async () => {
    const bytes = Buffer.concat([
      Buffer.from(smallTableText(20)),
      Buffer.from([0x6e, 0xff, 0xfe, 0x2c, 0x31, 0x2c, 0x74, 0x0a]),
    ]);
    expectRefusal(await trainWith({}, writeCase('latin.csv', bytes)), 3, /latin\.csv.*UTF-8/i);
  });

  it('two columns of one name are refused', async () => {
    expectRefusal(await trainWith({}, writeCase('twice.csv', 'city,age,city\nnorth,3,true\n')), 3, /twice\.csv.*city/);
  });

  it('a header without rows is refused like an empty file', async () => {
    expectRefusal(await trainWith({}, writeCase('none.csv', 'city,age,member\n')), 3, /none\.csv.*rows/);
  });
});

describe('bad schemas', () => {
  const schemaWith = (schema: unknown) => ({ schema: writeCase('bad.schema.json', JSON.stringify(schema)) });

  it('columns that the table lacks are named', async () => {
    const fields = [
      ...SMALL_SCHEMA.fields,
      { name: 'shoe', type: 'integer', constraints: { minimum: 20, maximum: 60 } },
    ];
    expectRefusal(await trainWith(schemaWith({ fields })), 3, /shoe/);
  });

  it('a missing schema is named', async () => {
    expectRefusal(await trainWith({ schema: join(home, 'no.schema.json') }), 3, /no\.schema\.json/);
  });

  it('what is no JSON is named', async () => {
    expectRefusal(
      await trainWith({ schema: writeCase('broken.schema.json', '{"fields": [') }),
      3,
      /broken\.schema\.json/,
    );
  });

  it('an unknown type lists the types there are', async () => {
    const fields = [{ name: 'age', type: 'numbr' }];
    expectRefusal(await trainWith(schemaWith({ fields })), 3, /bad\.schema\.json.*"?age"?.*numbr.*integer/);
  });

  it('bounds the wrong way round are refused', async () => {
    const fields = [{ name: 'age', type: 'integer', constraints: { required: true, minimum: 9, maximum: 1 } }];
    expectRefusal(await trainWith(schemaWith({ fields })), 3, /age/);
  });
});

describe('bad numbers and names', () => {
  it.each(['0', '-1', 'abc', 'NaN', 'Infinity', '1e400', '', '1,5'])('epsilon %j is a usage error', async (epsilon) => {
    expectRefusal(await trainWith({ epsilon }), 2, /--epsilon/);
  });

  it.each(['0', '1', '-1e-9', '2', 'tiny'])('delta %j is a usage error', async (delta) => {
    expectRefusal(await trainWith({ delta }), 2, /--delta/);
  });

  it.each(['1e-300', '1e300'])('epsilon %s, positive and finite but absurd, is a usage error', async (epsilon) => {
    expectRefusal(await trainWith({ epsilon }), 2, /epsilon/);
  });

  it('an unknown synthesizer lists those there are', async () => {
    expectRefusal(await trainWith({ model: 'magic' }), 2, /magic.*independent/);
  });

  it('an unknown setting of a synthesizer is refused', async () => {
    expectRefusal(await trainWith({ set: 'wings=2' }), 2, /wings/);
    expectRefusal(await trainWith({ set: 'wings' }), 2, /name=value/);
  });

  it('a missing --out is a usage error, except with --plan', async () => {
    const args = [
      'train',
      small.table,
      '--schema',
      small.schema,
      '--model',
      'independent',
      '--epsilon',
      '1',
      '--delta',
      '1e-6',
    ];
    expectRefusal(await runTabveil(args), 2, /--out/);
    expect(await runTabveil([...args, '--plan'])).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it.each(['0', '-3', '1.5', 'many', '1e99'])('--rows %s is a usage error', async (rows) => {
    expectRefusal(await runTabveil(['sample', home, '--rows', rows, '--out', join(home, 'never.csv')]), 2, /--rows/);
  });

  it.each(['-1', '0.5', 'x'])('--seed %s is a usage error', async (seed) => {
    expectRefusal(await runTabveil(['sample', home, '--seed', seed, '--out', join(home, 'never.csv')]), 2, /--seed/);
  });
});
