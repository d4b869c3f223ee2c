import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drillTrips } from '../../../src/evaluation/scan/trip-log.ts';
import { createStream } from '../../../src/random/stream.ts';

const drill = (pairs: readonly (readonly [number, number])[]) =>
  drillTrips(
    { entities: Int32Array.from(pairs, ([e]) => e), points: Int32Array.from(pairs, ([, p]) => p) },
    createStream(1),
  );

describe('drillTrips', () => {
  it('people who share no point are all found by one', () => {
    const found = drill([0, 1, 2, 3].flatMap((person) => [0, 1, 2, 3].map((at) => [person, 4 * person + at] as const)));
    expect(found?.knowledge.map(({ points, share, tried }) => [points, share, tried])).toEqual([
      [1, 1, 4],
      [2, 1, 4],
      [4, 1, 4],
    ]);
    expect(found?.exposedRows).toBe(0);
  });

  it('people with the same points are never found', () => {
    const found = drill([0, 1, 2].flatMap((person) => [0, 1, 2, 3, 0].map((at) => [person, at] as const)));
    for (const { share } of found?.knowledge ?? []) expect(share).toBe(0);
    expect(found?.exposedRows).toBe(1);
  });

  it('knowing all points of people with four finds those whose set lies in nobody else’s', () => {
    const person = fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(person, { minLength: 1, maxLength: 8 }), (people) => {
        const found = drill(people.flatMap((points, who) => points.map((point) => [who, point] as const)));
        const alone = people.filter(
          (own, who) => !people.some((other, at) => at !== who && own.every((point) => other.includes(point))),
        );
        expect(found?.knowledge.at(-1)).toMatchObject({ points: 4, tried: people.length, found: alone.length });
      }),
      { seed: 4, numRuns: 100 },
    );
  });

  it('more known points find no fewer people, and no rows find nobody', () => {
    const stream = createStream(7);
    const pairs = Array.from({ length: 600 }, () => [stream.below(60), stream.below(40)] as const);
    const shares = drill(pairs)?.knowledge.map(({ share }) => share) ?? [];
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(drill([])).toBeUndefined();
  });
});
