import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CANDIDATE_SPACES } from '../../../src/evaluation/scan/candidate-spaces.ts';
import { readDigest } from '../../../src/evaluation/scan/digests.ts';
import { identifierKind, isNameColumn } from '../../../src/evaluation/scan/identifier-patterns.ts';
import { measureAnonymity } from '../../../src/evaluation/scan/k-anonymity.ts';
import { type ColumnTexts, scanColumn } from '../../../src/evaluation/scan/scan-columns.ts';
import { scanDigests } from '../../../src/evaluation/scan/scan-digests.ts';
import { parseCsv, SHARED } from '../../support/evaluation-tables.ts';
import { hasReference, readReference } from '../../support/reference-cases.ts';

const column = (name: string, values: readonly string[], rest: Partial<ColumnTexts> = {}): ColumnTexts => ({
  name,
  rows: values.length,
  present: values.length,
  distinct: new Set(values).size,
  once: values.filter((v) => values.indexOf(v) === values.lastIndexOf(v)).length,
  values: [...new Set(values)],
  roles: [],
  ...rest,
});

describe('direct identifiers', () => {
  const examples: readonly (readonly [string, string | undefined])[] = [
    ['ann.lee+x@example.co.uk', 'e-mail address'],
    ['write to Ann <ann@example.org> today', 'e-mail address'],
    ['GB82 WEST 1234 5698 7654 32', 'IBAN'],
    ['GB82 WEST 1234 5698 7654 33', undefined],
    ['4111 1111 1111 1111', 'card number'],
    ['4111 1111 1111 1112', undefined],
    ['192.168.1.20', 'IPv4 address'],
    ['1.2.3', undefined],
    ['2001:db8::ff00:42:8329', 'IPv6 address'],
    ['078-05-1120', 'US social security number'],
    ['000-05-1120', undefined],
    ['AB 12 34 56 C', 'UK national insurance number'],
    ['255081416802538', 'French social security number'],
    ['255081416802539', undefined],
    ['12345678Z', 'Spanish identity number'],
    ['12345678A', undefined],
    ['756.9217.0769.85', 'Swiss social security number'],
    ['+44 20 7946 0958', 'phone number'],
    ['(030) 1234-5678', 'phone number'],
    ['2021-03-30', undefined],
    ['30.03.2021', undefined],
    ['123456789', undefined],
    ['3.14159', undefined],
    ['550e8400-e29b-41d4-a716-446655440000', 'UUID'],
    ['Prof-specialty', undefined],
    ['<=50K', undefined],
  ];
  for (const [text, kind] of examples) {
    it(`${text} is ${kind ?? 'none'}`, () => expect(identifierKind(text)).toBe(kind));
  }

  it('a chance match does not name a column, a column of them does', () => {
    const numbers = Array.from({ length: 200 }, (_, i) => String(4_000_000_000_000 + i * 7919));
    expect(scanColumn(column('amount', numbers)).map((f) => f.kind)).not.toContain('direct-identifier');
    const mails = Array.from({ length: 50 }, (_, i) => `person${i}@example.org`);
    expect(scanColumn(column('contact', mails))[0]).toMatchObject({ kind: 'direct-identifier', matches: 50 });
  });

  it('names of people are known by the name of the column', () => {
    expect(['first_name', 'Surname', 'customer name', 'nachname'].every(isNameColumn)).toBe(true);
    expect(['username_hash', 'product', 'nominal'].some(isNameColumn)).toBe(false);
  });

  it('free text and near-unique columns are named, and no finding quotes a cell', () => {
    const notes = Array.from({ length: 40 }, (_, i) => `patient ${i} came in with zzsecretzz pain after ${i} days`);
    const findings = scanColumn(column('notes', notes));
    expect(findings.map((f) => f.kind)).toEqual(['free-text', 'near-unique']);
    expect(JSON.stringify(findings)).not.toContain('zzsecretzz');
    expect(scanColumn(column('sex', ['m', 'f', 'm', 'f']))).toEqual([]);
  });
});

describe('digests', () => {
  it('are read in hexadecimal and base64, and nothing else is', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('md5', 'sha1', 'sha256', 'sha512'), (text, algorithm) => {
        const digest = createHash(algorithm).update(text);
        const hex = digest.digest('hex');
        expect(readDigest(hex.toUpperCase())).toEqual({ algorithm, hex });
        const base64 = Buffer.from(hex, 'hex').toString('base64');
        if (/\d/.test(base64)) expect(readDigest(base64)).toEqual({ algorithm, hex });
      }),
    );
    for (const text of ['Amsterdam', '12345678', 'abc', 'deadbeef', 'thequickbrownfoxjumpsover'])
      expect(readDigest(text)).toBeUndefined();
  });

  it.skipIf(!hasReference)(
    'every marked digest is reversed, no keyed or random one (skipped when ../shared is absent)',
    async () => {
      const { header, rows } = parseCsv(
        readFileSync(resolve(SHARED, 'reference/evaluation/tables/hash_scan.csv'), 'utf8'),
      );
      const at = (name: string) => header.indexOf(name);
      const pick = (must: string) =>
        rows.filter((row) => row[at('must_be_reversed')] === must).map((row) => row[at('hash')] ?? '');
      // The ten million plain numbers are left to the compiled scan, where threads do it: here the parts of it that occur.
      const small = CANDIDATE_SPACES.filter((space) => space.size < 1_000_000).map((space) => space.name);
      const known = rows
        .filter((row) => /^(?:zero|int6|license7|zip5)$/.test(row[at('kind')] ?? ''))
        .map((row) => row[at('plaintext')] ?? '');
      const [reversible] = await scanDigests([column('id', pick('yes')), column('numbers', known)], { spaces: small });
      expect(reversible).toMatchObject({ kind: 'reversible-pseudonym', matches: 63, of: 63 });
      const [keyed] = await scanDigests([column('id', pick('no'))], { spaces: small });
      expect(keyed).toMatchObject({ kind: 'unreversed-digest', matches: 0, of: 24 });
    },
  );

  it('digests of another column are reversed, keyed ones are not', async () => {
    const names = ['Ann', 'Bob', 'Eve'];
    const plain = names.map((name) => createHash('sha256').update(name.toLowerCase()).digest('hex'));
    const keyed = names.map((name) => createHmac('sha256', 'key').update(name).digest('hex'));
    const findings = await scanDigests([column('name', names), column('a', plain), column('b', keyed)], { spaces: [] });
    expect(findings.map(({ column: name, kind, matches }) => [name, kind, matches])).toEqual([
      ['a', 'reversible-pseudonym', 3],
      ['b', 'unreversed-digest', 0],
    ]);
  });

  it('each space enumerates distinct texts that follow its pattern', () => {
    for (const space of CANDIDATE_SPACES) {
      const probe = [0, 1, 17, Math.floor(space.size / 2), space.size - 1].map((index) => space.at(index));
      expect(new Set(probe).size, space.name).toBe(5);
    }
    const plates = CANDIDATE_SPACES.find(({ name }) => name === 'plates like 9A99');
    const all = new Set(Array.from({ length: plates?.size ?? 0 }, (_, index) => plates?.at(index)));
    expect(all.size).toBe(26_000);
    expect(all.has('1V46')).toBe(true);
    const days = CANDIDATE_SPACES[0];
    const dates = new Set(Array.from({ length: days?.size ?? 0 }, (_, index) => days?.at(index)));
    expect(dates.has('1985-03-20') && dates.has('20.03.1985') && dates.has('20001231')).toBe(true);
  });
});

describe('k-anonymity', () => {
  it.skipIf(!hasReference)('equals the reference on raw columns (skipped when ../shared is absent)', () => {
    for (const name of ['copies', 'dphist']) {
      const { k_anonymity } = readReference<{
        k_anonymity: { real_raw: Record<string, number> & { quasi_identifiers: string[] } };
      }>(`nist_${name}.json`);
      const expected = k_anonymity.real_raw;
      const table = name === 'copies' ? 'adult_real' : 'dphist_real';
      const { header, rows } = parseCsv(
        readFileSync(resolve(SHARED, `reference/evaluation/tables/${table}.csv`), 'utf8'),
      );
      const keys = rows.map((row) => expected.quasi_identifiers.map((key) => row[header.indexOf(key)]).join('|'));
      const sizes = new Map<string, number>();
      for (const key of keys) sizes.set(key, (sizes.get(key) ?? 0) + 1);
      const bySize = new Map<number, number>();
      for (const size of sizes.values()) bySize.set(size, (bySize.get(size) ?? 0) + 1);
      const found = measureAnonymity(bySize);
      expect(found).toMatchObject({
        rows: expected.rows,
        classes: expected.classes,
        smallestClass: expected.k_min,
        largestClass: expected.k_max,
        uniqueRows: expected.sample_unique_rows,
        rowsInClassesBelow5: expected.rows_in_classes_lt_5,
        rowsInClassesBelow11: expected.rows_in_classes_lt_11,
      });
      expect(found.highestRisk).toBeCloseTo(expected.prosecutor_highest_risk ?? 0, 12);
      expect(found.averageRisk).toBeCloseTo(expected.prosecutor_average_risk ?? 0, 12);
      expect(found.shareAtRisk).toBeCloseTo(expected['prosecutor_records_at_risk_over_0.2'] ?? 0, 12);
    }
  });
});
