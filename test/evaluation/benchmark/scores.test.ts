import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateHiring } from '../../../datasets/hiring/generate.mjs';
import { columnsToCsv } from '../../../datasets/simulator/columns.mjs';
import { SCORE_NAMES, scoreTable } from '../../../src/evaluation/benchmark/scores.ts';
import { prepareEvaluation } from '../../../src/evaluation/evaluation-input.ts';
import type { Field } from '../../../src/table/schema.ts';
import { readSchema } from '../../../src/table/schema-file.ts';
import { hasShared, readTable, SHARED } from '../../support/evaluation-tables.ts';
import { schemaOfScript, type Texts, tableOfTexts, worldTexts } from '../../support/scored-worlds.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
/** Made by `test/reference/make-benchmark-scores.py`, which says how. */
const REFERENCE: Readonly<Record<string, Readonly<Record<string, number>>>> = JSON.parse(
  readFileSync(join(PROJECT, 'test/reference/benchmark-scores.json'), 'utf8'),
);
const PYTHON = join(PROJECT, 'benchmarks/peers/.venv-score/bin/python');
const SCRIPT = join(SHARED, 'tools/score.py');
const canScore = hasShared && existsSync(PYTHON) && existsSync(SCRIPT);

/** The first `length` rows with column k turned by k · shift rows, as numpy's roll does. */
function turned(texts: Texts, shift: number, length: number): Texts {
  const entries = Object.entries(texts).map(([name, cells], index) => {
    const kept = cells.slice(0, length);
    return [name, kept.map((_, row) => kept[(row - shift * index + 16 * length) % length] ?? '')] as const;
  });
  return Object.fromEntries(entries);
}

/** As `odd` of `make-benchmark-scores.py`. */
function oddCell(field: Field, cell: string, row: number): string {
  if (field.roles.includes('target')) return cell;
  if (field.nullable && row % 7 === 0) return '';
  if (field.domain.kind === 'numeric') return cell === '' ? '' : String(Number(cell) * 1.5);
  return row % 5 === 0 ? 'unheard of' : cell;
}

describe('scoreTable', () => {
  it('equals the public scoring script on damaged tables of a simulated world, to 1e-6', async () => {
    const schema = await schemaOfScript('hiring');
    const train = worldTexts('hiring', 1500, 1);
    const [real, holdout] = [tableOfTexts(schema, train), tableOfTexts(schema, worldTexts('hiring', 500, 2))];
    for (const [shift, expected] of Object.entries(REFERENCE).filter(([name]) => name !== 'odd')) {
      const synthetic = tableOfTexts(schema, turned(train, Number(shift), expected.rows ?? 0));
      const scores = scoreTable(prepareEvaluation(schema, { real, synthetic, holdout }));
      for (const name of SCORE_NAMES)
        expect(scores[name], `${name}, shift ${shift}`).toBeCloseTo(expected[name] ?? NaN, 7);
    }
  });

  it('equals it on values out of bounds, between whole numbers, blank and unlisted too', async () => {
    const read = await schemaOfScript('hiring');
    // The script's rule for unlisted values, which a schema may state: missing where that is a cell, else the first category.
    const fields = read.fields.map((field) => ({
      ...field,
      outOfDomain: field.nullable ? ('missing' as const) : ('fallback' as const),
    }));
    const schema = { ...read, fields };
    const train = worldTexts('hiring', 1500, 1);
    const damaged = Object.entries(train).map(([name, cells]) => {
      const field = fields.find((one) => one.name === name);
      return [name, field === undefined ? cells : cells.map((cell, row) => oddCell(field, cell, row))] as const;
    });
    const [real, holdout] = [tableOfTexts(schema, train), tableOfTexts(schema, worldTexts('hiring', 500, 2))];
    const synthetic = tableOfTexts(schema, Object.fromEntries(damaged));
    const scores = scoreTable(prepareEvaluation(schema, { real, synthetic, holdout }));
    for (const name of SCORE_NAMES) expect(scores[name], name).toBeCloseTo(REFERENCE.odd?.[name] ?? Number.NaN, 7);
  });

  it('a classifier trained on one label has AUC one half and F1 zero, whichever label it is', async () => {
    const schema = await schemaOfScript('hiring');
    const [train, test] = [worldTexts('hiring', 200, 1), worldTexts('hiring', 100, 2)];
    const [real, holdout] = [tableOfTexts(schema, train), tableOfTexts(schema, test)];
    for (const label of ['yes', 'no']) {
      const synthetic = tableOfTexts(schema, { ...train, hired: Array<string>(200).fill(label) });
      const scores = scoreTable(prepareEvaluation(schema, { real, synthetic, holdout }));
      const share = (test.hired ?? []).filter((cell) => cell === label).length / 100;
      expect(scores).toMatchObject({ tstr_auc: 0.5, tstr_acc: share, tstr_f1: 0 });
    }
  });

  it('gives a table at distance zero from itself, and says how far held-out rows are', async () => {
    const schema = await schemaOfScript('hiring');
    const [real, holdout] = [
      tableOfTexts(schema, worldTexts('hiring', 400, 1)),
      tableOfTexts(schema, worldTexts('hiring', 300, 2)),
    ];
    const input = prepareEvaluation(schema, { real, synthetic: real, holdout });
    const [same, heldOut] = [scoreTable(input), scoreTable(input, 'holdout')];
    expect([same.tvd1, same.tvd2, same.tvd3, same.cramer_mad]).toEqual([0, 0, 0, 0]);
    expect(same.kmarg).toBe(1000);
    expect(same.tvd3_test).toBeCloseTo(heldOut.tvd3 ?? NaN, 12);
    expect(heldOut).toMatchObject({ tvd1_test: null, tstr_auc: null });
  });

  it.skipIf(!canScore)(
    'equals the script on a public table (skipped without ../shared and the scoring environment)',
    async () => {
      const folder = join(SHARED, 'data/titanic');
      const schema = await readSchema(join(PROJECT, 'datasets/titanic/schema.json'));
      const read = (file: string) => readTable(join(folder, file), schema);
      const scratch = mkdtempSync(join(tmpdir(), 'tabveil-scores-'));
      try {
        // Held-out rows as if they were synthetic; the script prints five decimals.
        const path = join(scratch, 'synthetic.csv');
        writeFileSync(path, readFileSync(join(folder, 'test.csv')));
        const printed = JSON.parse(execFileSync(PYTHON, [SCRIPT, folder, path], { encoding: 'utf8' }));
        const holdout = read('test.csv');
        const scores = scoreTable(prepareEvaluation(schema, { real: read('train.csv'), synthetic: holdout, holdout }));
        for (const name of SCORE_NAMES) expect(scores[name], name).toBeCloseTo(printed[name], 4);
        expect(scores.tvd3).toBeCloseTo(printed.tvd3, 5);
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    },
    // A cold start of Python's numeric libraries on a busy machine.
    600_000,
  );
});

describe('the simulated table behind the reference', () => {
  it('is still the one that the reference was computed on', () => {
    expect(columnsToCsv(generateHiring(3, 1)).split('\n')[1]).toBe(
      '1,2024-07-07T15:37:00,female,41,manager,bachelor,20,false,55.5,3,58000,no,',
    );
  });
});
