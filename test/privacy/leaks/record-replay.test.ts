import { describe, expect, it } from 'vitest';
import { createStream } from '../../../src/random/stream.ts';
import { independent } from '../../../src/synthesizers/independent.ts';
import { replayNeighbours } from '../../support/record-replay.ts';
import { neighbourPairs } from '../../support/table-neighbours.ts';
import { trainingOf, UNIT_SCHEMAS, unitTable } from '../../support/table-training.ts';
import { LEAKY_ROUNDS } from './leaky-rounds.ts';
import { LEAKY_TRAININGS } from './leaky-trainings.ts';

const pairsOf = (schema: (typeof UNIT_SCHEMAS)['row']) =>
  neighbourPairs(schema, unitTable(schema, 12), createStream(5));

describe('record and replay notices', () => {
  it.each(Object.entries(LEAKY_TRAININGS))('%s', async (_, { subject, schema, shows }) => {
    const divergences = await replayNeighbours(subject, pairsOf(schema));
    const kinds = new Set(divergences.map(({ kind }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining([...shows]));
  });

  it.each(Object.entries(LEAKY_ROUNDS))('in the rounds of aim: %s', async (_, { subject, schema, shows }) => {
    // Enough rows to stand out of the noise, so that rounds have something to choose.
    const pairs = neighbourPairs(schema, unitTable(schema, 60), createStream(5)).slice(0, 3);
    const divergences = await replayNeighbours(subject, pairs);
    const kinds = new Set(divergences.map(({ kind }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining([...shows]));
  });

  it.each(Object.entries(UNIT_SCHEMAS))(
    'nothing in the honest training they are made from (unit %s)',
    async (_, schema) => {
      expect(await replayNeighbours(trainingOf(independent, schema), pairsOf(schema))).toEqual([]);
    },
  );
});
