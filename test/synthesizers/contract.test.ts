import { describe, expect, it } from 'vitest';
import { calibratePlan } from '../../src/privacy/accounting/calibrate-plan.ts';
import type { Mechanisms, PrivacyPlan } from '../../src/privacy/mechanisms.ts';
import type { Private } from '../../src/privacy/private.ts';
import { createStream } from '../../src/random/stream.ts';
import { fitTable, planTableShares } from '../../src/synthesizers/fit-table.ts';
import { serializeModel } from '../../src/synthesizers/model-folder.ts';
import { SYNTHESIZERS } from '../../src/synthesizers/registry.ts';
import type { Synthesizer } from '../../src/synthesizers/synthesizer.ts';
import type { Table } from '../../src/table/columns.ts';
import type { TableSchema } from '../../src/table/schema.ts';
import { parseSchema } from '../../src/table/schema-file.ts';
import { type ReplaySubject, replayNeighbours } from '../support/record-replay.ts';
import { neighbourPairs, type Row, tableOf } from '../support/table-neighbours.ts';

const TARGET = { epsilon: 3, delta: 1e-6 };

const FIELDS = [
  { name: 'id', type: 'string', privacy: { role: 'identifier' } },
  { name: 'color', type: 'string', constraints: { enum: ['red', 'blue', 'green'] } },
  { name: 'ward', type: 'string', constraints: { required: true, enum: ['a', 'b'] }, privacy: { role: 'target' } },
  { name: 'age', type: 'integer', constraints: { required: true, minimum: 0, maximum: 99 } },
  { name: 'pay', type: 'number', constraints: { minimum: -100, maximum: 100_000 }, privacy: { precision: 2 } },
  { name: 'town', type: 'string', constraints: { required: true }, privacy: { categories: 'learn' } },
];

const SCHEMAS: Readonly<Record<string, TableSchema>> = {
  row: parseSchema({ fields: FIELDS }, 'row.schema.json'),
  entity: parseSchema({ fields: FIELDS, privacy: { unit: { entity: ['id'], maxRows: 2 } } }, 'entity.schema.json'),
};

function smallTable(schema: TableSchema, rows: number): Table {
  const stream = createStream(11, 'contract table');
  const cells = Array.from({ length: rows }, (_, row): Row => {
    const young = stream.below(2) === 0;
    return {
      id: `p${Math.floor(row / 3)}`,
      color: ['red', 'blue', null][stream.below(3)] ?? null,
      ward: young ? 'a' : 'b',
      age: young ? stream.below(30) : 30 + stream.below(60),
      pay: stream.below(4) === 0 ? Number.NaN : stream.below(9_000_000) / 100,
      town: ['Ulm', 'Bern', 'Rome'][stream.below(3)] ?? 'Ulm',
    };
  });
  return tableOf(schema, cells);
}

/** A whole training, preprocessing included, as a function of the data and the outputs of mechanisms. */
function trainingOf(synthesizer: Synthesizer, schema: TableSchema): ReplaySubject<Table> {
  const { plan } = planOf(synthesizer, schema);
  return {
    name: `${synthesizer.name} on ${schema.unit.kind}s`,
    plan,
    run: async (data: Private<Table>, mechanisms: Mechanisms) => {
      const progress: number[] = [];
      const fitted = await fitTable(data, {
        schema,
        synthesizer,
        options: {},
        budget: TARGET,
        plan,
        mechanisms,
        boundingKey: new Uint8Array(32),
        onProgress: (done, total) => progress.push(done, total),
      });
      return { files: serializeModel(fitted, schema, synthesizer.name), progress };
    },
  };
}

function planOf(
  synthesizer: Synthesizer,
  schema: TableSchema,
): { readonly plan: PrivacyPlan; readonly epsilon: number } {
  const shares = planTableShares(schema, { synthesizer, options: {}, budget: TARGET });
  const { plan, accountedEpsilon } = calibratePlan(shares, TARGET);
  return { plan, epsilon: accountedEpsilon };
}

const cases = SYNTHESIZERS.flatMap((synthesizer) =>
  Object.entries(SCHEMAS).map(([unit, schema]) => ({ name: synthesizer.name, unit, synthesizer, schema })),
);

describe.each(cases)('$name with unit $unit', ({ synthesizer, schema }) => {
  it('plans events that cost at most the target', () => {
    const { epsilon } = planOf(synthesizer, schema);
    expect(epsilon).toBeLessThanOrEqual(TARGET.epsilon);
    expect(epsilon).toBeGreaterThan(0.95 * TARGET.epsilon);
  });

  it('asks neighbours for the same mechanisms, within the declared sensitivity, and writes the same bytes', async () => {
    const subject = trainingOf(synthesizer, schema);
    const pairs = neighbourPairs(schema, smallTable(schema, 12), createStream(5));
    expect(await replayNeighbours(subject, pairs)).toEqual([]);
  });
});
