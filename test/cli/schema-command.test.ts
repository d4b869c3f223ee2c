import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { build } from '../../src/cli/commands/schema.ts';
import type { Shell } from '../../src/cli/shell.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = await temporaryFolder('schema-command');
const table = join(folder, 'people.csv');
await writeFile(table, 'age,sex\n30,f\n41,m\n');

let printed = { text: '', isJson: false, notes: [] as string[] };
const shell: Shell = {
  run: async (task) => task({}),
  print: (_, text, json = false) => {
    printed = { ...printed, text, isJson: json };
  },
  note: (message) => {
    printed.notes.push(message);
  },
};
const run = (...args: string[]) => build(shell).parseAsync(args, { from: 'user' });

beforeEach(() => {
  printed = { text: '', isJson: false, notes: [] };
});

describe('tabveil schema', () => {
  it('draft prints the schema, or writes it and says where, and always says that it is private', async () => {
    await run('draft', table);
    expect(JSON.parse(printed.text).fields).toHaveLength(2);
    expect(printed.notes.join()).toMatch(/derived from private data/);
    const out = join(folder, 'draft.json');
    await run('draft', table, '--out', out);
    expect(printed.text).toBe(`wrote ${out}`);
    expect(JSON.parse(await readFile(out, 'utf8')).fields).toHaveLength(2);
  });

  it('check shows each field with what is public, and fails with a count when there are problems', async () => {
    const good = join(folder, 'good.json');
    const age = {
      name: 'age',
      type: 'integer',
      constraints: { minimum: 0, maximum: 120 },
      privacy: { bins: [0, 18, 121] },
    };
    await writeFile(
      good,
      JSON.stringify({ fields: [age, { name: 'sex', type: 'string', privacy: { categories: 'learn' } }] }),
    );
    await run('check', good, table, '--json');
    expect(printed.isJson).toBe(true);
    expect(printed.text).toMatch(/age +integer +0 to 120, public, 2 bins +yes/);
    expect(printed.text).toMatch(/sex +string +categories learned +yes/);
    const bad = join(folder, 'bad.json');
    await writeFile(
      bad,
      JSON.stringify({
        fields: [
          { name: 'a', type: 'string' },
          { name: 'b', type: 'x' },
        ],
      }),
    );
    await expect(run('check', bad)).rejects.toMatchObject({
      kind: 'input',
      code: 'schema.invalid',
      message: `${bad}: 1 problem; see the list.`,
    });
    expect(printed.text).toMatch(/problem: field "b": type is "x"/);
  });

  it('check calls nothing public that a draft took from the data', async () => {
    const draft = join(folder, 'unconfirmed.json');
    await run('draft', table, '--out', draft);
    await run('check', draft);
    expect(printed.text).toMatch(/age +integer +30 to 41, unconfirmed/);
    expect(printed.text).toMatch(/sex +string +2 categories, unconfirmed/);
    expect(printed.text).not.toMatch(/, public\b/);
    expect(printed.text).toMatch(/\n {2}age: type, bounds, required\n {2}sex: type, categories, required\n/);
  });

  it('import makes a schema from SDV metadata', async () => {
    const metadata = join(folder, 'metadata.json');
    await writeFile(metadata, JSON.stringify({ columns: { mail: { sdtype: 'email' } } }));
    await run('import', metadata);
    expect(JSON.parse(printed.text).fields).toEqual([
      { name: 'mail', type: 'string', privacy: { role: 'identifier' } },
    ]);
    expect(printed.notes.join()).toMatch(/"mail" \(email\)/);
  });
});
