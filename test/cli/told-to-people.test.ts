import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTabveil } from '../support/cli.ts';
import { SMALL_SCHEMA, writeSmallTable } from '../support/small-table.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const trainWords = (table: string, schema: string, out: string) => [
  ...['train', table, '--schema', schema, '--model', 'independent', '--epsilon', '2', '--delta', '1e-6', '--out', out],
];

describe('people are told', () => {
  it('how many rows the cap of an entity dropped', async () => {
    const folder = await temporaryFolder('dropped');
    const [table, schema] = [join(folder, 'visits.csv'), join(folder, 'visits.schema.json')];
    const lines = Array.from({ length: 200 }, (_, row) => `p${row % 20},north,${row % 100},true`);
    writeFileSync(table, ['who,city,age,member', ...lines, ''].join('\n'));
    const fields = [{ name: 'who', type: 'string', privacy: { role: 'identifier' } }, ...SMALL_SCHEMA.fields];
    writeFileSync(schema, JSON.stringify({ fields, privacy: { unit: { entity: 'who', maxRows: 3 } } }));
    const model = join(folder, 'model');
    expect(await runTabveil(trainWords(table, schema, model))).toMatchObject({ exitCode: 0, stderr: '' });
    const { stdout } = await runTabveil(['model', 'show', model]);
    expect(stdout).toMatch(/dropped\s+\d+ rows above the cap of their entity \(a private estimate\)/);
  });

  it('why a model was chosen, when the choice was left to Tabveil', async () => {
    const folder = await temporaryFolder('chosen');
    const { table, schema } = writeSmallTable(folder);
    const words = trainWords(table, schema, join(folder, 'model')).map((word) =>
      word === 'independent' ? 'auto' : word,
    );
    const { stdout } = await runTabveil([...words, '--plan']);
    expect(stdout).toMatch(
      /^model +aim\nchosen +aim: epsilon 2 for 20000 rows \(assumed; declare privacy\.population\)/,
    );
  });

  it('that a ledger this machine remembers is gone', async () => {
    const folder = await temporaryFolder('lost');
    const { table, schema } = writeSmallTable(folder);
    await runTabveil(trainWords(table, schema, join(folder, 'first')));
    rmSync(`${table}.ledger.jsonl`);
    const { exitCode, stderr } = await runTabveil(trainWords(table, schema, join(folder, 'second')));
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(/this machine remembers the ledger .* but its file is gone.*--start-over/s),
    });
  });
});
