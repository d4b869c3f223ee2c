import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { classifierScores } from '../../../../src/evaluation/benchmark/scores.ts';
import { prepareEvaluation } from '../../../../src/evaluation/evaluation-input.ts';
import { DEFAULT_BOOSTING } from '../../../../src/evaluation/usefulness/boosting/boosting.ts';
import { fitColumnModel } from '../../../../src/evaluation/usefulness/boosting/column-model.ts';
import { scoreClassification } from '../../../../src/evaluation/usefulness/classification-scores.ts';
import { predictWithTrees } from '../../../../src/evaluation/usefulness/predictors.ts';
import { labelsOf } from '../../../../src/evaluation/usefulness/target.ts';
import { readSchema } from '../../../../src/table/schema-file.ts';
import { BOOSTED_TREES, type Classified, formulaTable } from '../../../support/boosted-trees-reference.ts';
import { readTable, SHARED } from '../../../support/evaluation-tables.ts';
import { type ScoredWorld, schemaOfScript, tableOfTexts, worldTexts } from '../../../support/scored-worlds.ts';

const PROJECT = resolve(import.meta.dirname, '../../../..');
/** Predictions agree to the last bits; a row in another leaf would be off by a thousandth. */
const EQUAL = 1e-9;

function expectEqual(predicted: Float64Array, expected: readonly number[]): void {
  const largest = Math.max(...expected.map((value, row) => Math.abs(value - (predicted[row] ?? Number.NaN))));
  expect(largest).toBeLessThan(EQUAL);
}

function expectScores(predicted: Float64Array, labels: Uint8Array, expected: Classified): void {
  expectEqual(predicted, expected.first);
  const { auc, accuracy, f1 } = scoreClassification(predicted, labels);
  expect(Math.abs((auc ?? Number.NaN) - expected.auc)).toBeLessThan(EQUAL);
  expect(Math.abs(accuracy - expected.accuracy)).toBeLessThan(EQUAL);
  expect(Math.abs(f1 - expected.f1)).toBeLessThan(EQUAL);
}

describe("fitColumnModel gives the predictions of scikit-learn's histogram gradient boosting", () => {
  const test = formulaTable(300, { seed: 3, unseen: true });
  // Below and above 10,000 rows: without and with early stopping.
  for (const rows of [900, 10_500]) {
    const name = `formula-${rows}`;
    const train = formulaTable(rows, { seed: 1, unseen: false });

    it(`${name}: labels, from mirrored columns, 200 categories, missing cells, and cells no training row has`, () => {
      const predict = fitColumnModel(train.columns, train.labels, { loss: 'logistic', options: DEFAULT_BOOSTING });
      const expected = BOOSTED_TREES.classified[name];
      expect(expected).toBeDefined();
      if (expected) expectScores(predict(test.columns), Uint8Array.from(test.labels), expected);
    });

    it(`${name}: numbers, by the squared loss`, () => {
      const predict = fitColumnModel(train.columns, train.numbers, { loss: 'squared', options: DEFAULT_BOOSTING });
      const predicted = predict(test.columns);
      const expected = BOOSTED_TREES.regressed[name];
      expectEqual(predicted, expected?.first ?? [Number.NaN]);
      const mean = predicted.reduce((total, value) => total + value, 0) / predicted.length;
      expect(Math.abs(mean - (expected?.mean ?? Number.NaN))).toBeLessThan(EQUAL);
    });
  }

  for (const world of ['hiring', 'lending'] as const satisfies readonly ScoredWorld[]) {
    for (const rows of [1500, 10_500]) {
      it(`${world}, ${rows} rows: probabilities, AUC, accuracy and F1`, async () => {
        const schema = await schemaOfScript(world);
        // The reference leaves out what is known only after the target.
        const kept = await readSchema(join(PROJECT, 'datasets', world, 'schema.json'));
        const later = new Set(kept.fields.filter(({ roles }) => roles.includes('outcome')).map(({ name }) => name));
        const before = { ...schema, fields: schema.fields.filter(({ name }) => !later.has(name)) };
        const real = tableOfTexts(before, worldTexts(world, rows, 1));
        const holdout = tableOfTexts(before, worldTexts(world, 500, 2));
        const target = prepareEvaluation(before, { real, synthetic: real, holdout }).target();
        const expected = BOOSTED_TREES.classified[`${world}-${rows}`];
        if (target === undefined || expected === undefined) throw new Error('a world has a target and a reference');
        const [predicted] = predictWithTrees(target, 'synthetic');
        const labels = labelsOf(target, target.classes[0] ?? -1, { role: 'holdout', rows: target.testRows });
        expectScores(predicted ?? new Float64Array(), labels, expected);
      });
    }
  }
});

/** What the public scoring script says of classifiers trained on the real rows, printed to five digits. */
const PRINTED: readonly {
  readonly floor: string;
  readonly table: string;
  readonly scores: Readonly<Record<string, number>>;
}[] = readFileSync(join(PROJECT, 'benchmarks/results/floors.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line));

describe('on public tables, the trees trained on the real rows', () => {
  for (const table of ['adult', 'bank', 'german', 'titanic']) {
    const folder = join(SHARED, 'data', table);
    it.skipIf(!existsSync(folder))(
      `${table}: score as the public scoring script printed (skipped when ../shared is absent)`,
      async () => {
        const schema = await readSchema(join(PROJECT, 'datasets', table, 'schema.json'));
        const [real, holdout] = [
          readTable(join(folder, 'train.csv'), schema),
          readTable(join(folder, 'test.csv'), schema),
        ];
        const scores = classifierScores(prepareEvaluation(schema, { real, synthetic: real, holdout }), 'real');
        const printed = PRINTED.find((line) => line.floor === 'real-rows' && line.table === table)?.scores;
        for (const name of ['tstr_auc', 'tstr_acc', 'tstr_f1'] as const)
          expect(Math.abs((scores[name] ?? Number.NaN) - (printed?.[name] ?? Number.NaN)), name).toBeLessThan(1e-5);
      },
    );
  }
});
