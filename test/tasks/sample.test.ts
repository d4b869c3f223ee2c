import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { withDuckDb } from '../../src/table/duckdb-session.ts';
import { readTable } from '../../src/table/read-table.ts';
import { parseSchema } from '../../src/table/schema-file.ts';
import { sample } from '../../src/tasks/sample.ts';
import { train } from '../../src/tasks/train.ts';
import { CANARY_SCHEMA } from '../support/canary-table.ts';
import { useFolders } from '../support/ledger.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const newFolder = useFolders();
const home = await temporaryFolder('sample');
const MODEL = join(home, 'model');

/** A column of every type: both kinds of fresh identifiers, decimals, dates, missing cells. */
const FIELDS = [
  ...CANARY_SCHEMA.fields.filter(({ name }) => name !== 'id' && name !== 'height'),
  { name: 'token', type: 'string', privacy: { role: 'identifier', format: 'uuid' } },
  {
    name: 'score',
    type: 'number',
    constraints: { required: true, minimum: -1, maximum: 1 },
    privacy: { precision: 0.05 },
  },
];

beforeAll(async () => {
  const lines = Array.from({ length: 600 }, (_, row) =>
    [
      ...[row, ['north', 'south', ''][row % 3], ['Ulm', 'Bern'][row % 2], row % 100],
      ...[row % 7 === 0 ? '' : (row * 613) % 999_999, row % 4 === 0, `19${40 + (row % 60)}-02-${10 + (row % 18)}`],
      ...[row % 5 === 0 ? '' : `2023-0${1 + (row % 9)}-01T12:30:${10 + (row % 50)}Z`, 't', (row % 40) / 20 - 1],
    ].join(','),
  );
  const header = 'account,city,town,age,pay,member,born,seen,token,score';
  const [table, schema] = [join(home, 'people.csv'), join(home, 'people.schema.json')];
  await writeFile(table, [header, ...lines, ''].join('\n'));
  await writeFile(schema, JSON.stringify({ fields: FIELDS }));
  await train({ table, schema, model: 'mst', epsilon: 5, delta: 1e-6, out: MODEL });
});

/** Column names with the types DuckDB sees in a file, and the first value of each query. */
function ask(file: string, ...queries: readonly string[]): Promise<(string | null)[][]> {
  return withDuckDb(async (session) => {
    const answers: (string | null)[][] = [];
    for (const query of queries) answers.push(...(await session.rows(query.replaceAll('FILE', `'${file}'`))));
    return answers;
  }, undefined);
}

describe('sample writes', () => {
  it.each(['csv', 'parquet'])('a .%s file that DuckDB reads with every type intact', async (extension) => {
    const folder = await newFolder();
    const out = join(folder, `rows.${extension}`);
    expect(await sample({ model: MODEL, rows: 3000, out, seed: 1 })).toMatchObject({ rows: 3000, seed: 1, out });
    const types = await ask(out, 'SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM FILE)');
    const seen = Object.fromEntries(types) as Record<string, string>;
    expect(Object.keys(seen)).toEqual(FIELDS.map(({ name }) => name));
    expect(seen).toMatchObject({
      ...{
        account: 'BIGINT',
        city: 'VARCHAR',
        town: 'VARCHAR',
        age: expect.stringMatching(/^(INTEGER|BIGINT)$/),
        pay: expect.stringMatching(/DOUBLE|BIGINT/),
      },
      ...{ member: 'BOOLEAN', born: 'DATE', seen: expect.stringMatching(/^TIMESTAMP/), score: 'DOUBLE' },
      token: expect.stringMatching(/VARCHAR|UUID/),
    });
  });

  it.each(['csv', 'parquet'])(
    'to .%s what the schema promises: bounds, steps, missing cells, fresh identifiers',
    async (extension) => {
      const folder = await newFolder();
      const out = join(folder, `rows.${extension}`);
      await sample({ model: MODEL, rows: 3000, out, seed: 2 });
      const answers = await ask(
        out,
        'SELECT count(*), count(DISTINCT account), min(account), max(account) FROM FILE',
        `SELECT count(DISTINCT token), count(*) FILTER (regexp_full_match(token::VARCHAR,
         '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}')), 0, 0 FROM FILE`,
        'SELECT count(*) FILTER (age BETWEEN 0 AND 99), count(age), count(town), count(score) FROM FILE',
        'SELECT count(*) FILTER (pay BETWEEN 0 AND 1000000) = count(pay), count(pay) < 3000, count(pay) > 0, count(city) < 3000 FROM FILE',
        `SELECT count(*) FILTER (born BETWEEN DATE '1930-01-01' AND DATE '2020-12-31') = count(born),
         count(*) FILTER (seen >= TIMESTAMP '2020-01-01' AND seen < TIMESTAMP '2025-01-01') = count(seen), count(seen) < 3000,
         count(*) FILTER (member) BETWEEN 1 AND 2999 FROM FILE`,
        `SELECT count(*) FILTER (score BETWEEN -1 AND 1 AND length(score::VARCHAR) <= 5), count(DISTINCT score) <= 41, 0, 0 FROM FILE`,
      );
      expect(answers).toEqual([
        ['3000', '3000', '1', '3000'],
        ['3000', '3000', '0', '0'],
        ['3000', '3000', '3000', '3000'],
        ['true', 'true', 'true', 'true'],
        ['true', 'true', 'true', 'true'],
        ['3000', 'true', '0', '0'],
      ]);
    },
  );

  it('the same rows to every format, which our own reader reads alike', async () => {
    const folder = await newFolder();
    const schema = parseSchema({ fields: FIELDS }, 'people');
    const read = async (extension: string) => {
      const out = join(folder, `rows.${extension}`);
      await sample({ model: MODEL, rows: 2500, out, seed: 3 });
      const { rowCount, columns } = await readTable(out, schema, { identifiers: ['account', 'token'] });
      const texts = [...columns].map(([name, column]) => [
        name,
        column.kind === 'number'
          ? [...column.values]
          : Array.from(column.codes, (code) => column.categories[code] ?? code),
      ]);
      return { rowCount, texts };
    };
    const csv = await read('csv');
    expect(csv.rowCount).toBe(2500);
    expect(await read('parquet')).toEqual(csv);
    expect(await read('arrow')).toEqual(csv);
  });

  it.each(['csv', 'parquet', 'arrow'])(
    'the same bytes to .%s for the same seed, others for another',
    async (extension) => {
      const folder = await newFolder();
      const [a, b, c] = ['a', 'b', 'c'].map((name) => join(folder, `${name}.${extension}`)) as [string, string, string];
      const job = { model: MODEL, rows: 70_000 };
      await sample({ ...job, out: a, seed: 11 });
      await sample({ ...job, out: b, seed: 11 });
      await sample({ ...job, out: c, seed: 12 });
      expect((await readFile(a)).equals(await readFile(b))).toBe(true);
      expect((await readFile(a)).equals(await readFile(c))).toBe(false);
    },
  );

  it('as many rows as the model privately estimates, and says the seed it chose', async () => {
    const folder = await newFolder();
    const first = await sample({ model: MODEL, out: join(folder, 'first.csv') });
    const manifest = JSON.parse(await readFile(join(MODEL, 'manifest.json'), 'utf8')) as { rows: number };
    expect(first).toMatchObject({ rows: manifest.rows, method: 'systematic' });
    await sample({ model: MODEL, out: join(folder, 'again.csv'), seed: first.seed });
    expect(await readFile(join(folder, 'again.csv'))).toEqual(await readFile(join(folder, 'first.csv')));
  });

  it('nothing but a header when it is asked for no rows', async () => {
    const folder = await newFolder();
    await sample({ model: MODEL, rows: 0, out: join(folder, 'none.csv') });
    expect((await readFile(join(folder, 'none.csv'), 'utf8')).trim().split('\n')).toHaveLength(1);
  });
});

describe('sample leaves nothing behind', () => {
  it.each(['csv', 'parquet', 'arrow'])('when it is stopped while it writes .%s', async (extension) => {
    const folder = await newFolder();
    const controller = new AbortController();
    const blocks: number[] = [];
    const onProgress = ({ done }: { readonly done: number }) => {
      blocks.push(done);
      if (blocks.length === 2) controller.abort();
    };
    const job = { model: MODEL, rows: 10 ** 9, out: join(folder, `rows.${extension}`) };
    await expect(sample(job, { signal: controller.signal, onProgress })).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readdir(folder)).toEqual([]);
    expect(blocks).toEqual([65_536, 131_072]);
  });

  it('when its output cannot be written, or its model is damaged', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'taken.csv'));
    for (const out of [join(folder, 'nowhere', 'x.csv'), join(folder, 'taken.csv')]) {
      await expect(sample({ model: MODEL, rows: 5, out })).rejects.toMatchObject({ kind: 'input' });
    }
    await expect(sample({ model: folder, rows: 5, out: join(folder, 'x.csv') })).rejects.toMatchObject({
      kind: 'input',
    });
    expect(await readdir(folder)).toEqual(['taken.csv']);
    expect(await readdir(join(folder, 'taken.csv'))).toEqual([]);
  });
});
