import { describe, expect, it } from 'vitest';
import { createStream } from '../../src/random/stream.ts';
import { findSynthesizer, SYNTHESIZERS } from '../../src/synthesizers/registry.ts';
import { parseSchema } from '../../src/table/schema-file.ts';
import { replayNeighbours } from '../support/record-replay.ts';
import { neighbourPairs, type Row, tableOf } from '../support/table-neighbours.ts';
import { planTraining, TRAINING_BUDGET, trainingOf, UNIT_SCHEMAS, unitTable } from '../support/table-training.ts';

const cases = SYNTHESIZERS.flatMap((synthesizer) =>
  Object.entries(UNIT_SCHEMAS).map(([unit, schema]) => ({ name: synthesizer.name, unit, synthesizer, schema })),
);

/** Settings of `aim` that change which mechanisms are asked for what. */
const WORKLOADS = [
  '1-way',
  '2-way',
  'target',
  '[{"columns": ["ward", "age", "pay"], "weight": 0.7}, {"columns": ["color", "town"], "weight": 3}]',
];

describe.each(WORKLOADS)('aim with workload %s', (workload) => {
  it('asks neighbours for the same mechanisms, within the declared sensitivity, and writes the same bytes', async () => {
    const synthesizer = { ...findSynthesizer('aim'), quickOptions: { workload } };
    const schema = UNIT_SCHEMAS.row;
    const pairs = neighbourPairs(schema, unitTable(schema, 12), createStream(6)).slice(0, 4);
    expect(await replayNeighbours(trainingOf(synthesizer, schema), pairs)).toEqual([]);
  });
});

/** More columns than pairs are sized exactly for, some on an axis. */
const WIDE_SCHEMA = parseSchema(
  {
    fields: Array.from({ length: 28 }, (_, k) =>
      k % 4 === 0
        ? { name: `c${k}`, type: 'integer', constraints: { required: true, minimum: 0, maximum: 19 } }
        : { name: `c${k}`, type: 'string', constraints: { enum: ['u', 'v', 'w', 'x'].slice(0, 2 + (k % 3)) } },
    ),
  },
  'wide.schema.json',
);

const TRIPLES = JSON.stringify([0, 5, 9, 14, 20].map((k) => ({ columns: [`c${k}`, `c${k + 3}`, `c${k + 6}`] })));

describe('aim on a wide table, whose tree may not grow beyond a limit', () => {
  const wideTable = () => {
    const stream = createStream(13, 'wide contract table');
    const cellsOf = (base: number): Row =>
      Object.fromEntries(
        WIDE_SCHEMA.fields.map(({ name }, k) => {
          if (k % 4 === 0) return [name, (base * 7 + stream.below(4)) % 20];
          return [name, ['u', 'v', 'w', 'x'][(base + stream.below(2)) % (2 + (k % 3))] ?? null];
        }),
      );
    return tableOf(
      WIDE_SCHEMA,
      Array.from({ length: 14 }, () => cellsOf(stream.below(3))),
    );
  };

  it.each([
    ['pairs, the default', {}],
    ['listed triples', { workload: TRIPLES }],
  ])('asks neighbours for the same mechanisms and writes the same bytes, with %s', async (_, workload) => {
    const limit = { rounds: 5, maxCells: 300 };
    const synthesizer = { ...findSynthesizer('aim'), quickOptions: { ...limit, ...workload } };
    const pairs = neighbourPairs(WIDE_SCHEMA, wideTable(), createStream(7)).slice(0, 3);
    expect(await replayNeighbours(trainingOf(synthesizer, WIDE_SCHEMA), pairs)).toEqual([]);
  });
});

describe.each(cases)('$name with unit $unit', ({ synthesizer, schema }) => {
  it('plans events that cost at most the target', () => {
    const { epsilon } = planTraining(synthesizer, schema);
    expect(epsilon).toBeLessThanOrEqual(TRAINING_BUDGET.epsilon);
    expect(epsilon).toBeGreaterThan(0.95 * TRAINING_BUDGET.epsilon);
  });

  it('asks neighbours for the same mechanisms, within the declared sensitivity, and writes the same bytes', async () => {
    const subject = trainingOf(synthesizer, schema);
    const pairs = neighbourPairs(schema, unitTable(schema, 12), createStream(5));
    expect(await replayNeighbours(subject, pairs)).toEqual([]);
  });
});
