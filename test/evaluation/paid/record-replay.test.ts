import { describe, expect, it } from 'vitest';
import { measureHoldout, measureTraining } from '../../../src/evaluation/paid/paid-measurement.ts';
import { planHoldout, planShape, planTraining } from '../../../src/evaluation/paid/paid-shape.ts';
import type { Mechanisms } from '../../../src/privacy/mechanisms.ts';
import type { Private } from '../../../src/privacy/private.ts';
import { createStream } from '../../../src/random/stream.ts';
import type { Table } from '../../../src/table/columns.ts';
import { schemaOf } from '../../support/evaluation-tables.ts';
import { type ReplaySubject, replayNeighbours } from '../../support/record-replay.ts';
import { categorical, numeric } from '../../support/small-tables.ts';
import { neighbourPairs, type Row, tableOf } from '../../support/table-neighbours.ts';

const SCHEMA = schemaOf([
  categorical('sex', ['f', 'm']),
  categorical('race', ['a', 'b', 'c']),
  numeric('age', 0, 100),
  categorical('income', ['low', 'high']),
]);
const ROWS: readonly Row[] = Array.from({ length: 40 }, (_, row) => ({
  sex: ['f', 'm'][row % 2] ?? null,
  race: ['a', 'b', 'c', null][row % 4] ?? null,
  age: (row * 17) % 90,
  income: ['low', 'high'][Math.floor(row / 3) % 2] ?? null,
}));
const synthetic = tableOf(SCHEMA, [...ROWS].reverse().slice(5));
const shape = planShape(SCHEMA, { protectedColumns: ['sex', 'race'], target: 'income', hasHoldout: true });
const pairs = neighbourPairs(SCHEMA, tableOf(SCHEMA, ROWS), createStream('paid'));

type Measure = (table: Private<Table>, run: Mechanisms) => Promise<unknown>;
const [training, holdout] = [planTraining(shape, 1), planHoldout(shape, 1)];
const subject = (name: string, plan: typeof training, run: Measure): ReplaySubject<Table> => ({
  name,
  plan: plan.plan,
  run,
});

describe('paid evaluation, recorded and replayed on neighbours', () => {
  it('training table: the same calls, within their sensitivity, and the same metrics', async () => {
    const measure: Measure = (table, run) =>
      measureTraining(run, { training: table, synthetic }, { shape, plan: training });
    expect(await replayNeighbours(subject('paid training', training, measure), pairs)).toEqual([]);
  });

  it('holdout: the same calls, within their sensitivity, and the same metrics', async () => {
    const measure: Measure = (table, run) =>
      measureHoldout(run, { holdout: table, synthetic }, { shape, plan: holdout });
    expect(await replayNeighbours(subject('paid holdout', holdout, measure), pairs)).toEqual([]);
  });

  it('holdout, when the question is a threshold of a number', async () => {
    const asked = planShape(SCHEMA, {
      protectedColumns: ['sex'],
      target: 'age',
      positive: '>=40',
      hasHoldout: true,
    });
    const plan = planHoldout(asked, 1);
    const measure: Measure = (table, run) => measureHoldout(run, { holdout: table, synthetic }, { shape: asked, plan });
    expect(await replayNeighbours(subject('paid threshold', plan, measure), pairs)).toEqual([]);
  });

  it('would notice a statistic that one row moves by two', async () => {
    const measure: Measure = async (table, run) => {
      const sizes = await run.discreteLaplace(
        table.map((rows) => Float64Array.of(2 * rows.rowCount)),
        { label: 'report:rows', cells: 1 },
      );
      return sizes.value;
    };
    const found = await replayNeighbours(subject('twice the rows', training, measure), pairs);
    expect(found.map(({ kind }) => kind)).toContain('sensitivity');
  });
});
