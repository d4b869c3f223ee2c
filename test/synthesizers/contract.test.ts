import { describe, expect, it } from 'vitest';
import { createStream } from '../../src/random/stream.ts';
import { findSynthesizer, SYNTHESIZERS } from '../../src/synthesizers/registry.ts';
import { replayNeighbours } from '../support/record-replay.ts';
import { neighbourPairs } from '../support/table-neighbours.ts';
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
