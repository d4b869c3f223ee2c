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

  it('plays the taxi logs: hashed medallions are reversed, and a few seen trips find the driver', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => {
      const [cab, hour] = [i % 40, (i * 7) % 24];
      const plate = `${cab % 10}A${String(cab).padStart(2, '0')}`;
      return `${md5(plate)},2013-01-${String(1 + (i % 28)).padStart(2, '0')} ${String(hour).padStart(2, '0')}:1${i % 6}:00,40.7${cab}1,-73.9${(i * 3) % 90}2,${5 + (i % 9)}`;
    });
    writeFileSync(
      at('taxi.csv'),
      ['medallion,pickup_datetime,pickup_latitude,pickup_longitude,fare', ...rows].join('\n'),
    );
    const { trips, findings } = await scan({ tablePath: at('taxi.csv'), htmlPath: at('taxi.html') });
    expect(trips).toMatchObject({
      entity: 'medallion',
      points: ['pickup_datetime', 'pickup_latitude', 'pickup_longitude'],
      entities: 40,
      reversedShare: 1,
      exposedRows: 6,
    });
    expect(trips?.knowledge.at(-1)).toMatchObject({ points: 4, tried: 40, share: 1 });
    expect(findings.filter(({ kind }) => kind === 'trip-log')).toHaveLength(1);
    expect(readFileSync(at('taxi.html'), 'utf8')).toContain('A few known trips');
    // The same log with a place that never changes and the day alone says nothing about anybody.
    const plain = rows.map((row) => `${row.split(',')[0]},2013-01-01`);
    writeFileSync(at('coarse.csv'), ['medallion,day', ...plain].join('\n'));
    const coarse = await scan({ tablePath: at('coarse.csv'), trips: { entity: 'medallion', points: ['day'] } });
    expect(coarse.trips?.knowledge.map(({ share }) => share)).toEqual([0]);
    await expect(scan({ tablePath: at('coarse.csv'), trips: { entity: 'cab' } })).rejects.toMatchObject({
      code: 'scan.unknown-column',
    });
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
