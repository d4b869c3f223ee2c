import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { binsOf, prepareTable, readRaw, splitLine } from '../../datasets/prepare.mjs';
import { legacyPermutation } from '../../datasets/simulator/legacy-permutation.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'tabveil-prepare-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const DATASETS = join(import.meta.dirname, '../../datasets');
const SHARED = join(import.meta.dirname, '../../../shared/data');
const fieldsOf = (table: string) => JSON.parse(readFileSync(join(DATASETS, table, 'schema.json'), 'utf8')).fields;

describe('legacyPermutation', () => {
  it('equals numpy.random.RandomState(12345).permutation', () => {
    // python -c "import numpy as np; print(np.random.RandomState(12345).permutation(891)[:10])", numpy 2.4.6
    expect([...legacyPermutation(891, 12_345).subarray(0, 10)]).toEqual([
      688, 785, 445, 529, 241, 428, 806, 56, 460, 399,
    ]);
    expect([...legacyPermutation(1000, 12_345).subarray(0, 5)]).toEqual([144, 833, 270, 468, 962]);
  });

  it('holds every index once, for lengths around powers of two', () => {
    for (const length of [0, 1, 2, 3, 4, 5, 63, 64, 65]) {
      expect([...legacyPermutation(length, 7)].sort((a, b) => a - b)).toEqual([...Array(length).keys()]);
    }
  });
});

describe('splitLine', () => {
  it('keeps separators and doubled quotes inside quoted cells', () => {
    expect(splitLine('1,"Braund, Mr. Owen", 22 ,', /,/)).toEqual(['1', 'Braund, Mr. Owen', '22', '']);
    expect(splitLine('A11\t6 A34', /\s/)).toEqual(['A11', '6', 'A34']);
  });
});

describe('readRaw', () => {
  it('reorders named columns and leaves the others out', () => {
    const text = 'Name,Sex,Survived,Pclass,Age,SibSp,Parch,Fare,Embarked\n"Doe, J",male,0,3,,1,0,7.25,S\n';
    expect(readRaw(text, 'titanic', fieldsOf('titanic'))).toEqual([['0', '3', 'male', '', '1', '0', '7.25', 'S']]);
  });

  it('takes unnamed columns in schema order and skips blank lines', () => {
    const line = fieldsOf('german')
      .map((_: unknown, index: number) => `v${index}`)
      .join(' ');
    expect(readRaw(`\n${line}\n\n`, 'german', fieldsOf('german'))).toEqual([line.split(' ')]);
  });

  it('empties the missing marker only where a column may be missing', () => {
    const names = fieldsOf('bank').map((field: { name: string }) => field.name);
    const cells = names.map(() => 'unknown');
    const [row] = readRaw(`${names.join(';')}\n${cells.join(';')}\n`, 'bank', fieldsOf('bank'));
    const emptied = names.filter((_: string, index: number) => row?.[index] === '');
    expect(emptied).toEqual(['poutcome', 'job', 'education', 'contact']);
  });

  it('recodes the target of heart and drops the points of whole numbers', () => {
    const text = '63.0,1.0,1.0,145.0,233.0,1.0,2.0,150.0,0.0,2.3,3.0,?,6.0,3\n';
    expect(readRaw(text, 'heart', fieldsOf('heart'))).toEqual([
      ['63', '1', '1', '145', '233', '1', '2', '150', '0', '2.3', '3', '', '6', '1'],
    ]);
  });

  it('says which row is ragged and which tables there are', () => {
    expect(() => readRaw('1,2\n', 'german', fieldsOf('german'))).toThrow(/row 1 has 1 cells; the table german has 21/);
    expect(() => readRaw('', 'iris', [])).toThrow(
      /"iris" is unknown; tables are adult, bank, german, heart, nist-national, titanic/,
    );
  });
});

describe('prepareTable', () => {
  it('splits four to one without losing or repeating a row', () => {
    const lines = Array.from({ length: 10 }, (_, row) => `0,1,male,${row},0,0,1,S`);
    const raw = join(scratch, 'raw.csv');
    writeFileSync(raw, ['Survived,Pclass,Sex,Age,SibSp,Parch,Fare,Embarked', ...lines].join('\n'));
    prepareTable('titanic', raw, join(scratch, 'titanic'));
    const rows = (name: string) =>
      readFileSync(join(scratch, 'titanic', name), 'utf8')
        .trimEnd()
        .split('\n')
        .slice(1);
    expect([rows('train.csv').length, rows('test.csv').length]).toEqual([8, 2]);
    expect([...rows('train.csv'), ...rows('test.csv')].sort()).toEqual([...lines].sort());
  });

  it.skipIf(!existsSync(SHARED)).each(['adult', 'bank', 'german', 'titanic'])(
    '%s: bins.json is the one of the reference scores (skipped without ../shared/data)',
    (table) => {
      const expected = JSON.parse(readFileSync(join(SHARED, table, 'bins.json'), 'utf8'));
      for (const spec of Object.values<Record<string, unknown>>(expected.cols)) {
        delete spec.n_clamped;
        delete spec.source;
      }
      expect(binsOf(table, fieldsOf(table))).toEqual(expected);
    },
  );
});
