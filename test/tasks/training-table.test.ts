import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Table as ArrowTable, vectorFromArray } from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import {
  fromArrow,
  fromColumns,
  parseSchema,
  sampleTable,
  showLedger,
  toColumns,
  train,
  verify,
} from '../../src/index.ts';
import { SMALL_SCHEMA } from '../support/small-table.ts';

const home = mkdtempSync(join(tmpdir(), 'tabveil-memory-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const schema = parseSchema(SMALL_SCHEMA, 'small');
const columns = {
  city: Array.from({ length: 600 }, (_, row) => ['north', 'south', 'west'][row % 3]),
  age: Array.from({ length: 600 }, (_, row) => row % 100),
  member: Array.from({ length: 600 }, (_, row) => row % 4 === 0),
};
const budget = { epsilon: 1, delta: 1e-6 };
const job = { schema, model: 'independent', ...budget };

describe('train on tables in memory', () => {
  it.each([
    ['plain columns', () => fromColumns(columns, schema)],
    [
      'an Arrow table',
      () =>
        fromArrow(
          new ArrowTable({
            city: vectorFromArray(columns.city),
            age: vectorFromArray(columns.age),
            member: vectorFromArray(columns.member),
          }),
          schema,
        ),
    ],
  ])('learns from %s, pays the ledger that is named, and certifies the model', async (name, load) => {
    const folder = mkdtempSync(join(home, 'case-'));
    const [model, ledger] = [join(folder, 'model'), join(folder, 'people.ledger.jsonl')];
    const result = await train({ ...job, table: load(), out: model, ledger });
    expect(result.ledger, name).toMatchObject({ path: ledger, created: true });
    expect(await verify({ model })).toMatchObject(budget);
    const { table } = await sampleTable({ model, rows: 50, seed: 1 });
    expect(new Set(toColumns(table, schema).city)).toEqual(new Set(['north', 'south', 'west']));
    await expect(train({ ...job, table: load(), out: join(folder, 'second'), ledger })).rejects.toMatchObject({
      kind: 'budget',
    });
    const shown = await showLedger({ table: 'people', ledger });
    expect(shown).toMatchObject({ spent: budget });
  });

  it('writes no cell to the ledger', async () => {
    const folder = mkdtempSync(join(home, 'case-'));
    const ledger = join(folder, 'people.ledger.jsonl');
    await train({ ...job, table: fromColumns(columns, schema), out: join(folder, 'model'), ledger });
    expect(readFileSync(ledger, 'utf8')).not.toMatch(/north|600/);
  });

  it('refuses a table without a ledger, and one that lacks a column, before anything is spent', async () => {
    const folder = mkdtempSync(join(home, 'case-'));
    const [out, ledger] = [join(folder, 'model'), join(folder, 'people.ledger.jsonl')];
    const table = fromColumns(columns, schema);
    await expect(train({ ...job, table, out })).rejects.toMatchObject({ kind: 'usage', code: 'train.ledger' });
    const lacking = { ...table, columns: new Map([...table.columns].filter(([name]) => name !== 'age')) };
    await expect(train({ ...job, table: lacking, out, ledger })).rejects.toMatchObject({
      kind: 'usage',
      code: 'train.column',
    });
    expect(await showLedger({ table: 'people', ledger })).toMatchObject({ exists: false });
  });
});
