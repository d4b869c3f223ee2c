import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateHiring } from '../../../datasets/hiring/generate.mjs';
import { columnsToCsv } from '../../../datasets/simulator/columns.mjs';
import { SCORE_NAMES, type Scores, scoreTable } from '../../../src/evaluation/benchmark/scores.ts';
import { prepareEvaluation } from '../../../src/evaluation/evaluation-input.ts';
import type { Field, TableSchema } from '../../../src/table/schema.ts';
import { readSchema } from '../../../src/table/schema-file.ts';
import { hasShared, readTable, SHARED, tableFromTexts } from '../../support/evaluation-tables.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
/** Made by `test/reference/make-benchmark-scores.py`, which says how. */
const REFERENCE: Readonly<Record<string, Readonly<Record<string, number>>>> = JSON.parse(
  readFileSync(join(PROJECT, 'test/reference/benchmark-scores.json'), 'utf8'),
);
const PYTHON = join(PROJECT, 'benchmarks/peers/.venv-score/bin/python');
const SCRIPT = join(SHARED, 'tools/score.py');
const canScore = hasShared && existsSync(PYTHON) && existsSync(SCRIPT);

/** Scores of trees depend on the implementation; ours is not the script's. */
const OF_TREES = ['tstr_auc', 'tstr_acc', 'tstr_f1'];
const EXACT = SCORE_NAMES.filter((name) => !OF_TREES.includes(name));

type Texts = Readonly<Record<string, readonly string[]>>;

function textsOf(rows: number, seed: number): Texts {
  const columns: Readonly<Record<string, readonly (string | number | null)[]>> = generateHiring(rows, seed);
  return Object.fromEntries(
    Object.entries(columns).map(([name, cells]) => [name, cells.map((cell) => String(cell ?? ''))]),
  );
}

/** The first `length` rows with column k turned by k · shift rows, as numpy's roll does. */
function turned(texts: Texts, shift: number, length: number): Texts {
  const entries = Object.entries(texts).map(([name, cells], index) => {
    const kept = cells.slice(0, length);
    return [name, kept.map((_, row) => kept[(row - shift * index + 16 * length) % length] ?? '')] as const;
  });
  return Object.fromEntries(entries);
}

function tableOf(schema: TableSchema, texts: Texts) {
  const names = Object.keys(texts);
  const rows = Array.from({ length: texts[names[0] ?? '']?.length ?? 0 }, (_, row) =>
    names.map((name) => texts[name]?.[row] ?? ''),
  );
  return tableFromTexts(schema, names, rows);
}

/** As `odd` of `make-benchmark-scores.py`. */
function oddCell(field: Field, cell: string, row: number): string {
  if (field.roles.includes('target')) return cell;
  if (field.nullable && row % 7 === 0) return '';
  if (field.domain.kind === 'numeric') return cell === '' ? '' : String(Number(cell) * 1.5);
  return row % 5 === 0 ? 'unheard of' : cell;
}

/** The schema as the script sees it: no dates, and the target predicted from all other columns, later ones too. */
async function asTheScript(path: string): Promise<TableSchema> {
  const schema = await readSchema(path);
  const fields = schema.fields.filter(({ type }) => type !== 'date' && type !== 'datetime');
  return {
    ...schema,
    fields: fields.map((field) => ({ ...field, roles: field.roles.filter((role) => role !== 'outcome') })),
  };
}

describe('scoreTable', () => {
  it('equals the public scoring script on damaged tables of a simulated world, to 1e-6', async () => {
    const schema = await asTheScript(join(PROJECT, 'datasets/hiring/schema.json'));
    const train = textsOf(1500, 1);
    const [real, holdout] = [tableOf(schema, train), tableOf(schema, textsOf(500, 2))];
    for (const [shift, expected] of Object.entries(REFERENCE).filter(([name]) => name !== 'odd')) {
      const synthetic = tableOf(schema, turned(train, Number(shift), expected.rows ?? 0));
      const scores = scoreTable(prepareEvaluation(schema, { real, synthetic, holdout }));
      for (const name of EXACT) expect(scores[name], `${name}, shift ${shift}`).toBeCloseTo(expected[name] ?? NaN, 7);
      // The same kind of trees with the same settings: not equal, but no other conclusion.
      for (const name of OF_TREES) {
        const found = scores[name as keyof Scores] ?? NaN;
        expect(Math.abs(found - (expected[name] ?? NaN)), `${name}, shift ${shift}`).toBeLessThan(0.08);
      }
    }
  });

  it('equals it on values out of bounds, between whole numbers, blank and unlisted too', async () => {
    const read = await asTheScript(join(PROJECT, 'datasets/hiring/schema.json'));
    // The script's rule for unlisted values, which a schema may state: missing where that is a cell, else the first category.
    const fields = read.fields.map((field) => ({
      ...field,
      outOfDomain: field.nullable ? ('missing' as const) : ('fallback' as const),
    }));
    const schema = { ...read, fields };
    const train = textsOf(1500, 1);
    const damaged = Object.entries(train).map(([name, cells]) => {
      const field = fields.find((one) => one.name === name);
      return [name, field === undefined ? cells : cells.map((cell, row) => oddCell(field, cell, row))] as const;
    });
    const [real, holdout] = [tableOf(schema, train), tableOf(schema, textsOf(500, 2))];
    const synthetic = tableOf(schema, Object.fromEntries(damaged));
    const scores = scoreTable(prepareEvaluation(schema, { real, synthetic, holdout }));
    for (const name of EXACT) expect(scores[name], name).toBeCloseTo(REFERENCE.odd?.[name] ?? Number.NaN, 7);
  });

  it('gives a table at distance zero from itself, and says how far held-out rows are', async () => {
    const schema = await asTheScript(join(PROJECT, 'datasets/hiring/schema.json'));
    const [real, holdout] = [tableOf(schema, textsOf(400, 1)), tableOf(schema, textsOf(300, 2))];
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
        for (const name of EXACT) expect(scores[name], name).toBeCloseTo(printed[name], 4);
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
