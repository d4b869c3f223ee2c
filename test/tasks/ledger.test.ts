import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkLedger, exportLedgerOf, grantBudget, setLedgerPolicy, showLedger } from '../../src/tasks/ledger.ts';
import { useFolders } from '../support/ledger.ts';

const folder = useFolders();

async function someTable() {
  const table = join(await folder(), 'claims.csv');
  await writeFile(table, 'age\n41\n');
  return table;
}

describe('ledger tasks', () => {
  it('a table without a ledger is no failure; a table that is not there is', async () => {
    const table = await someTable();
    expect(await showLedger({ table })).toEqual({ ledger: `${table}.ledger.jsonl`, exists: false });
    await expect(showLedger({ table: `${table}x` })).rejects.toMatchObject({ kind: 'input', code: 'table.missing' });
  });

  it('never read the table: a folder of that name does as well', async () => {
    const table = join(await folder(), 'folder.csv');
    await mkdir(table);
    const made = await grantBudget({ table, epsilon: 1, delta: 1e-9 });
    expect(made).toMatchObject({ created: true, remaining: { epsilon: 1, delta: 1e-9 } });
    expect(await showLedger({ table })).toMatchObject({ exists: true, remaining: { epsilon: 1 } });
  });

  it('grants add up; the second names its id', async () => {
    const table = await someTable();
    const first = await grantBudget({ table, epsilon: 1, delta: 1e-9 });
    const second = await grantBudget({ table, epsilon: 0.5, delta: 0, officer: 'J. Doe', expires: '2999-12-31' });
    expect(second).toMatchObject({ created: false, remaining: { epsilon: 1.5 } });
    expect(second.grants.map(({ grant }) => grant)).toEqual([first.grant, second.grant]);
    expect(second.grants[1]).toMatchObject({ officer: 'J. Doe', expires: '2999-12-31' });
  });

  it('a mistyped table gets no ledger', async () => {
    const table = join(await folder(), 'cliams.csv');
    await expect(grantBudget({ table, epsilon: 1, delta: 0 })).rejects.toMatchObject({ code: 'table.missing' });
  });

  it('a new ledger takes the unit of the schema', async () => {
    const table = await someTable();
    const schema = join(table, '../claims.schema.json');
    const fields = [
      { name: 'patient', type: 'string', constraints: { required: true, enum: ['a', 'b'] } },
      { name: 'sex', type: 'string', constraints: { required: true, enum: ['f', 'm'] } },
    ];
    const privacy = { unit: { entity: ['patient'], maxRows: 3 } };
    await writeFile(schema, JSON.stringify({ fields, privacy }));
    const made = await grantBudget({ table, epsilon: 1, delta: 1e-9, schema });
    expect(made.unit).toEqual({ kind: 'entity', key: ['patient'], maxRows: 3 });
  });

  it('policy, verify and export work on the ledger beside the table or the one named', async () => {
    const table = await someTable();
    const ledger = join(table, '../other.jsonl');
    await grantBudget({ table, ledger, epsilon: 1, delta: 1e-9 });
    expect(await setLedgerPolicy({ table, ledger, population: 500 })).toMatchObject({ policy: { population: 500 } });
    expect(await checkLedger({ table, ledger })).toMatchObject({ lines: 3, completeness: 'machine' });
    expect(await exportLedgerOf({ table, ledger })).toMatchObject({ format: 'tabveil-ledger-export', lines: 3 });
    await expect(setLedgerPolicy({ table, population: 5 })).rejects.toMatchObject({ code: 'ledger.missing' });
  });
});
