import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, findRepeatedKey } from '../src/canonical-json.ts';

describe('canonical JSON', () => {
  it('is the same for equal values, whatever the order of their keys, and reads back equal', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 1 },
    );
  });

  it('sorts keys at every depth and leaves out what is undefined', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}');
  });

  it('refuses what JSON would turn into null', () => {
    for (const value of [Number.NaN, [Number.POSITIVE_INFINITY], { a: () => 1 }]) {
      expect(() => canonicalJson(value)).toThrow('cannot be written');
    }
  });

  it('finds a key that one object has twice, however it is written, and nothing else', () => {
    expect(findRepeatedKey('{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]}')).toBeUndefined();
    expect(findRepeatedKey('{"a":[1,{"b":1,"b":2}]}')).toBe('b');
    expect(findRepeatedKey('{"a":1,"\\u0061":2}')).toBe('a');
    expect(findRepeatedKey('{"x":"a\\"{","a":"x","y":["x","x"]}')).toBeUndefined();
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(findRepeatedKey(JSON.stringify(value, null, 1))).toBeUndefined();
      }),
      { seed: 2 },
    );
  });
});
