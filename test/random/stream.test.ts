import { describe, expect, it } from 'vitest';
import { createStream, type Seed, Stream } from '../../src/random/stream.ts';
import { FALSE_ALARM_RATE, gTest, tally } from '../support/goodness-of-fit.ts';

const DRAWS = 200_000;
const take = (stream: Stream, count: number) => Array.from({ length: count }, () => stream.nextUint32());

describe('createStream', () => {
  it('is xoshiro128++: the published generator started from the words 1, 2, 3, 4', () => {
    const key = new Uint8Array(Uint32Array.of(1, 2, 3, 4).buffer);
    // From an independent implementation of the paper's definition; so are the golden values below.
    expect(take(new Stream(key), 10)).toEqual([
      641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011, 621204420,
    ]);
  });

  it('keeps its golden values: a release that changed them would change every seeded table', () => {
    expect(take(createStream(42), 4)).toEqual([2266241077, 2107846933, 1390222036, 80987863]);
    expect(take(createStream(42, 'block', 7), 4)).toEqual([281507742, 2949506853, 3221852644, 2719220921]);
    expect(createStream('a seed').nextFloat()).toBe(0.5995923729262652);
    expect(take(createStream(2n ** 64n), 2)).toEqual([543074769, 4116215138]);
  });

  it('depends on every label and on its type, and a path equals successive splits', () => {
    const names: readonly (readonly [Seed, ...(number | string)[]])[] = [
      [1],
      ['1'],
      [1, 0],
      [1, '0'],
      [1, 0, 0],
      [10],
      [1, 'a', 'b'],
      [1, 'ab'],
      [1, 'b', 'a'],
    ];
    const firsts = names.map(([seed, ...path]) => take(createStream(seed, ...path), 2).join());
    expect(new Set(firsts).size).toBe(names.length);
    expect(take(createStream(5).split('rows', 3), 4)).toEqual(take(createStream(5, 'rows', 3), 4));
    expect(take(createStream(5n), 4)).toEqual(take(createStream(5), 4));
  });

  it('a split does not depend on what the parent has drawn', () => {
    const parent = createStream(9);
    const before = take(parent.split('x'), 3);
    take(parent, 100);
    expect(take(parent.split('x'), 3)).toEqual(before);
  });

  it.each([0.5, Number.NaN, 2 ** 53, -1n])('seed %s is refused', (seed) => {
    expect(() => createStream(seed)).toThrow(/is no seed or label/);
  });
});

describe('Stream', () => {
  it('fillUint32 gives the words of nextUint32 and continues where it stopped', () => {
    const [one, other] = [createStream(3), createStream(3)];
    const block = new Uint32Array(1000);
    one.fillUint32(block);
    expect([...block]).toEqual(take(other, 1000));
    expect(one.nextUint32()).toBe(other.nextUint32());
  });

  it.each([1, 2, 6, 1000, 2 ** 21 + 1, 2 ** 32, 2 ** 53])('below(%d) is uniform in its range', (bound) => {
    const stream = createStream(`below ${bound}`);
    const groups = Math.min(bound, 8);
    const counts = tally(() => Math.floor((stream.below(bound) / bound) * groups), DRAWS, [0, groups - 1]);
    const sizes = Array.from({ length: groups }, (_, cell) => {
      const edge = (k: number) => Math.ceil((k * bound) / groups);
      return (edge(cell + 1) - edge(cell)) / bound;
    });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(DRAWS);
    expect(gTest(counts, sizes, DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('floats are uniform in [0, 1) down to their last bit', () => {
    const stream = createStream('floats');
    const bits53 = tally(() => (stream.nextFloat() * 2 ** 53) % 8, DRAWS, [0, 7]);
    const bits32 = tally(() => (stream.nextFloat32() * 2 ** 32) % 8, DRAWS, [0, 7]);
    const top = tally(() => Math.floor(stream.nextFloat() * 20), DRAWS, [0, 19]);
    expect(gTest(bits53, new Array(8).fill(1 / 8), DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
    expect(gTest(bits32, new Array(8).fill(1 / 8), DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
    expect(gTest(top, new Array(20).fill(1 / 20), DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('normal values have normal deciles', () => {
    const cuts = [-1.2815515655446004, -0.5244005127080407, 0, 0.5244005127080407, 1.2815515655446004];
    const stream = createStream('normal');
    const cell = () => {
      const x = stream.nextNormal();
      return cuts.filter((cut) => x >= cut).length;
    };
    expect(gTest(tally(cell, DRAWS, [0, 5]), [0.1, 0.2, 0.2, 0.2, 0.2, 0.1], DRAWS)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('neighbouring blocks are uncorrelated bit by bit', () => {
    const [a, b] = [createStream(1, 'block', 0), createStream(1, 'block', 1)];
    let equalBits = 0;
    for (let draw = 0; draw < 20_000; draw++) {
      for (let rest = ~(a.nextUint32() ^ b.nextUint32()) >>> 0; rest > 0; rest >>>= 1) equalBits += rest & 1;
    }
    expect(gTest([equalBits], [0.5], 20_000 * 32)).toBeGreaterThan(FALSE_ALARM_RATE);
  });
});
