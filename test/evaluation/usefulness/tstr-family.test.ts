import { describe, expect, it } from 'vitest';
import { type EvaluationChoices, prepareEvaluation } from '../../../src/evaluation/evaluation-input.ts';
import type { Metric } from '../../../src/evaluation/metric.ts';
import { tstrFamily } from '../../../src/evaluation/usefulness/tstr-family.ts';
import { createStream } from '../../../src/random/stream.ts';
import type { Field } from '../../../src/table/schema.ts';
import { schemaOf, tableFromTexts } from '../../support/evaluation-tables.ts';
import { hasReference, readCase } from '../../support/reference-cases.ts';
import { categorical, numeric } from '../../support/small-tables.ts';

const find = (metrics: readonly Metric[], id: string, variant: string) =>
  metrics.find((metric) => metric.id === id && metric.variant === variant);

/** Rows where x decides y, three-valued z and the number w; `broken` shuffles x. */
function worldRows(count: number, seed: number, broken = false): string[][] {
  const stream = createStream(seed);
  return Array.from({ length: count }, () => {
    const x = stream.nextFloat();
    const seen = broken ? stream.nextFloat() : x;
    const noise = stream.nextNormal() * 0.1;
    return [
      String(seen),
      x + noise > 0.5 ? 'yes' : 'no',
      ['a', 'b', 'c'][Math.min(2, Math.floor(x * 3))] ?? '',
      String(10 * x + noise),
    ];
  });
}

const schema = schemaOf([
  numeric('x', 0, 1),
  categorical('y', ['no', 'yes']),
  categorical('z', ['a', 'b', 'c']),
  numeric('w', -5, 15),
]);
const NAMES = ['x', 'y', 'z', 'w'];

async function evaluate(choices: EvaluationChoices, broken = false, withHoldout = true) {
  const table = (rows: string[][]) => tableFromTexts(schema, NAMES, rows);
  const tables = { real: table(worldRows(600, 1)), synthetic: table(worldRows(500, 2, broken)) };
  const all = withHoldout ? { ...tables, holdout: table(worldRows(400, 3)) } : tables;
  return tstrFamily.compute(prepareEvaluation(schema, all, choices));
}

describe('train on synthetic, test on real', () => {
  it('a number of two values is a classification, as the same values listed as categories; a count is a regression', async () => {
    const run = async (field: Field, values: readonly [string, string]) => {
      const schema = schemaOf([numeric('x', 0, 1), field]);
      const table = (seed: number) => {
        const rows = worldRows(300, seed).map(([x = '', y]) => [x, values[y === 'yes' ? 1 : 0]]);
        return tableFromTexts(schema, ['x', field.name], rows);
      };
      const tables = { real: table(1), synthetic: table(2), holdout: table(3) };
      return tstrFamily.compute(prepareEvaluation(schema, tables, { target: field.name }));
    };
    const listed = await run(categorical('y', ['0', '1']), ['0', '1']);
    const declared = await run({ ...numeric('y', 0, 1), type: 'integer' }, ['0', '1']);
    const found = await run(numeric('y'), ['0', '1']);
    expect(find(listed, 'tstr-auc', 'boosting')?.value).toBeGreaterThan(0.9);
    expect(declared).toEqual(listed);
    expect(found).toEqual(listed);
    expect((await run(numeric('y', 0, 9), ['3', '7'])).some(({ id }) => id === 'tstr-auc')).toBe(true);
    const counts = await evaluate({ target: 'w' });
    expect(counts.some(({ id }) => id === 'tstr-auc')).toBe(false);
    expect(counts.some(({ id }) => id === 'tstr-r2')).toBe(true);
  });

  it('does not predict from columns that are known only after the target', async () => {
    const copy = { ...categorical('y copy', ['no', 'yes']), roles: ['outcome' as const] };
    const auc = async (later: Field) => {
      const noise = schemaOf([numeric('v', 0, 1), categorical('y', ['no', 'yes']), later]);
      const rows = (count: number, seed: number) => {
        const stream = createStream(seed);
        return Array.from({ length: count }, () => {
          const y = stream.nextFloat() < 0.5 ? 'yes' : 'no';
          return [String(stream.nextFloat()), y, y];
        });
      };
      const table = (count: number, seed: number) => tableFromTexts(noise, ['v', 'y', 'y copy'], rows(count, seed));
      const tables = { real: table(600, 1), synthetic: table(600, 2), holdout: table(600, 3) };
      return find(await tstrFamily.compute(prepareEvaluation(noise, tables, { target: 'y' })), 'tstr-auc', 'logistic')
        ?.value;
    };
    expect(await auc(categorical('y copy', ['no', 'yes']))).toBeGreaterThan(0.99);
    expect(await auc(copy)).toBeLessThan(0.65);
  });

  it('a broken joint loses its usefulness, an intact one keeps it', async () => {
    const features = schemaOf(schema.fields.slice(0, 2));
    const table = (rows: string[][]) => tableFromTexts(features, NAMES, rows);
    const brier = async (broken: boolean) => {
      const tables = {
        real: table(worldRows(600, 1)),
        synthetic: table(worldRows(500, 2, broken)),
        holdout: table(worldRows(400, 3)),
      };
      return find(
        await tstrFamily.compute(prepareEvaluation(features, tables, { target: 'y' })),
        'tstr-brier',
        'logistic',
      );
    };
    expect((await brier(false))?.value).toBeLessThan(0.1);
    expect((await brier(true))?.value).toBeGreaterThan(0.22);
    expect((await brier(true))?.baseline).toBeLessThan(0.1);
  });

  it('more than two classes: macro AUC and accuracy of the most probable class', async () => {
    const metrics = await evaluate({ target: 'z' });
    expect(find(metrics, 'tstr-auc', 'boosting')?.value).toBeGreaterThan(0.95);
    expect(find(metrics, 'tstr-accuracy', 'boosting')?.value).toBeGreaterThan(0.85);
    // One against the rest is not linear in x for the middle class.
    expect(find(metrics, 'tstr-auc', 'logistic')?.value).toBeGreaterThan(0.8);
  });

  it('a numeric target has R² and mean absolute error in its own unit', async () => {
    const metrics = await evaluate({ target: 'w' });
    expect(find(metrics, 'tstr-r2', 'ridge')?.value).toBeGreaterThan(0.98);
    expect(find(metrics, 'tstr-mae', 'boosting')?.value).toBeLessThan(1);
    expect(find(metrics, 'tstr-auc', 'logistic')).toBeUndefined();
  });

  it('without a holdout a fifth of the real rows is the test, and no training row is in it', async () => {
    const table = (rows: string[][]) => tableFromTexts(schema, NAMES, rows);
    const input = prepareEvaluation(
      schema,
      { real: table(worldRows(600, 1)), synthetic: table(worldRows(500, 2)) },
      { target: 'y' },
    );
    const target = input.prediction()?.target;
    expect(target?.testRows.length).toBe(120);
    expect([...(target?.trainRows.real ?? [])].filter((row) => target?.testRows.includes(row))).toEqual([]);
  });

  it('there is nothing to say without a target', async () => {
    expect(await evaluate({})).toEqual([]);
  });

  it.skipIf(!hasReference)(
    'independent columns are condemned, a fair generator is not (skipped when ../shared is absent)',
    async () => {
      const ratio = async (name: 'indep' | 'ctgan') => {
        const { schema: caseSchema, tables } = readCase(name);
        return find(
          await tstrFamily.compute(prepareEvaluation(caseSchema, tables, { target: 'income' })),
          'tstr-ratio',
          'logistic',
        );
      };
      expect((await ratio('indep'))?.value).toBeCloseTo(0.4764, 3);
      expect((await ratio('ctgan'))?.value).toBeCloseTo(0.9901, 3);
    },
  );
});
