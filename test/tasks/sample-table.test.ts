import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTable, sample, sampleTable, toArrow, toColumns, train } from '../../src/index.ts';
import { SMALL_SCHEMA, writeSmallTable } from '../support/small-table.ts';

const home = mkdtempSync(join(tmpdir(), 'tabveil-sample-table-'));
const model = join(home, 'model');
/** More than one block of rows, so that blocks have to be joined. */
const ROWS = 70_000;

beforeAll(async () => {
  const { table, schema } = writeSmallTable(home);
  const key = { name: 'key', type: 'string', privacy: { role: 'identifier', format: 'uuid' } };
  writeFileSync(schema, JSON.stringify({ fields: [key, ...SMALL_SCHEMA.fields] }));
  await train({ table, schema, model: 'independent', epsilon: 1, delta: 1e-6, out: model });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('sampleTable', () => {
  it('gives the rows that sample writes for the same seed, identifiers included', async () => {
    const { table, schema, seed } = await sampleTable({ model, rows: ROWS, seed: 5 });
    const out = join(home, 'out.parquet');
    await sample({ model, rows: ROWS, seed, out });
    const written = await readTable(out, schema, { identifiers: ['key'] });
    expect(toColumns(table, schema)).toEqual(toColumns(written, schema));
    expect(new Set(toColumns(table, schema).key).size).toBe(ROWS);
  });

  it('takes its default number of rows from the model and turns into Arrow', async () => {
    const { table, schema } = await sampleTable({ model });
    const arrow = toArrow(table, schema);
    expect(arrow.numRows).toBe(table.rowCount);
    expect(arrow.schema.names).toEqual(['key', 'city', 'age', 'member']);
  });

  it('without rows it still has its columns', async () => {
    const { table, schema } = await sampleTable({ model, rows: 0 });
    expect(toColumns(table, schema)).toEqual({ key: [], city: [], age: [], member: [] });
  });
});
