import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCAN_BANNER } from '../../src/report/scan-page.ts';
import { scan } from '../../src/tasks/scan.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const PLATES = ['1V46', '2X79', '5X88', '7Y68'];
const CANARY = 'zebra-canary';

describe('scan', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tabveil-scan-'));
    const rows = Array.from({ length: 60 }, (_, i) =>
      [
        i % 7 === 0 ? '' : String(20 + (i % 9)),
        i % 2 ? 'f' : 'm',
        md5(PLATES[i % 4] ?? ''),
        `${CANARY}${i}@example.org`,
        ['north', 'south', 'east'][i % 3],
      ].join(','),
    );
    writeFileSync(at('t.csv'), ['age,sex,cab,contact,area', ...rows].join('\n'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds e-mail addresses and reversible digests, and measures classes of the telling columns', async () => {
    const result = await scan({ tablePath: at('t.csv') });
    expect(result.rows).toBe(60);
    expect(result.findings.map(({ column, kind }) => [column, kind])).toEqual([
      ['cab', 'reversible-pseudonym'],
      ['contact', 'direct-identifier'],
      ['contact', 'near-unique'],
    ]);
    expect(result.findings[0]).toMatchObject({ matches: 4, of: 4 });
    expect(result.anonymity?.keys).toEqual(['age', 'sex']);
    expect(result.anonymity?.rows).toBe(60);
    expect(result.knownAttributes?.triples).toBeGreaterThan(0);
  });

  it('counts classes as brute force does, missing as a value', async () => {
    const result = await scan({ tablePath: at('t.csv'), keys: ['age', 'area'] });
    const rows = readFileSync(at('t.csv'), 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    const sizes = new Map<string, number>();
    for (const row of rows) sizes.set(`${row[0]}|${row[4]}`, (sizes.get(`${row[0]}|${row[4]}`) ?? 0) + 1);
    expect(result.anonymity?.classes).toBe(sizes.size);
    expect(result.anonymity?.smallestClass).toBe(Math.min(...sizes.values()));
    expect(result.anonymity?.uniqueRows).toBe([...sizes.values()].filter((size) => size === 1).length);
  });

  it('writes a private page and JSON that quote no cell', async () => {
    await scan({ tablePath: at('t.csv'), htmlPath: at('s.html'), jsonPath: at('s.json') });
    const [page, json] = [readFileSync(at('s.html'), 'utf8'), readFileSync(at('s.json'), 'utf8')];
    expect(page).toContain(SCAN_BANNER);
    for (const text of [page, json]) {
      expect(text).not.toContain(CANARY);
      for (const plate of PLATES) expect(text).not.toContain(plate);
    }
    expect(JSON.parse(json)).toMatchObject({ format: 'tabveil-scan', private: true });
  });

  it('an unknown key is a usage mistake that names the columns', async () => {
    await expect(scan({ tablePath: at('t.csv'), keys: ['ages'] })).rejects.toMatchObject({
      kind: 'usage',
      code: 'scan.unknown-column',
    });
  });

  it('a missing file is one clear input failure', async () => {
    await expect(scan({ tablePath: at('none.csv') })).rejects.toMatchObject({ kind: 'input' });
  });
});
