import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSyntheticIdentifiers } from '../../src/tasks/synthetic-identifiers.ts';
import { schemaOf } from '../support/evaluation-tables.ts';
import { categorical } from '../support/small-tables.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

describe('identifiers in a synthetic table', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  const schema = schemaOf([
    categorical('contact'),
    categorical('cab'),
    categorical('key'),
    categorical('name', ['a', 'b']),
  ]);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tabveil-identifiers-'));
    const table = (mail: (row: number) => string) =>
      [
        'contact,cab,key,name',
        ...Array.from({ length: 30 }, (_, row) => `${mail(row)},${md5(String(row % 7))},${randomUUID()},a`),
      ].join('\n');
    writeFileSync(
      at('syn.csv'),
      table((row) => `p${row}@example.org`),
    );
    writeFileSync(
      at('real.csv'),
      table((row) => (row < 4 ? `p${row}@example.org` : `q${row}@example.org`)),
    );
    writeFileSync(at('clean.csv'), ['contact,cab,key,name', 'a,b,c,a', 'd,e,f,b'].join('\n'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds mail addresses and reversible digests, says how many are real, and leaves fresh UUIDs and public names alone', async () => {
    const found = await findSyntheticIdentifiers(
      { syntheticPath: at('syn.csv'), realPath: at('real.csv'), schema },
      {},
    );
    expect(found?.map(({ column }) => column).sort()).toEqual(['cab', 'contact']);
    const mail = found?.find(({ column }) => column === 'contact')?.finding;
    expect(mail).toContain('30 of 30');
    expect(mail).toContain('4 of its values also stand in the real table');
    expect(JSON.stringify(found)).not.toContain('@example.org');
  });

  it('finds nothing where there is nothing', async () => {
    expect(
      await findSyntheticIdentifiers({ syntheticPath: at('clean.csv'), realPath: at('real.csv'), schema }, {}),
    ).toEqual([]);
  });
});
