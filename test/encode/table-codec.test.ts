import { describe, expect, it } from 'vitest';
import { binsFromReleased } from '../../src/encode/coarse-bins.ts';
import { createDecoder } from '../../src/encode/decode.ts';
import {
  attributeWithBins,
  coarseDomain,
  createFieldCodecs,
  encodeCoarse,
  encodeFine,
  fineDomain,
  isNumeric,
} from '../../src/encode/table-codec.ts';
import { createStream } from '../../src/random/stream.ts';
import type { Table } from '../../src/table/columns.ts';
import { parseSchema } from '../../src/table/schema-file.ts';

const schema = parseSchema(
  {
    fields: [
      { name: 'id', type: 'integer', privacy: { role: 'identifier' } },
      { name: 'color', type: 'string', constraints: { enum: ['red', 'blue'], required: true } },
      { name: 'size', type: 'string', constraints: { enum: ['S', 'M', 'L'] } },
      { name: 'age', type: 'integer', constraints: { minimum: 0, maximum: 99 }, privacy: { bins: [0, 18, 65, 100] } },
      { name: 'town', type: 'string', constraints: { required: true }, privacy: { categories: 'learn' } },
    ],
  },
  'test.schema.json',
);
const learned = { categories: new Map([['town', ['Bern', 'Ulm']]]), bounds: new Map() };
const codecs = createFieldCodecs(schema, learned);
const codec = { attributes: codecs.map((field) => attributeWithBins(field)) };

const table: Table = {
  rowCount: 4,
  columns: new Map([
    ['color', { kind: 'category', codes: Int32Array.of(0, 1, -1, -2), categories: ['red', 'blue'] }],
    ['size', { kind: 'category', codes: Int32Array.of(2, -1, -2, 0), categories: ['S', 'M', 'L'] }],
    ['age', { kind: 'number', values: Float64Array.of(17, 18, 1000, Number.NaN) }],
    ['town', { kind: 'category', codes: Int32Array.of(0, 1, 2, -1), categories: ['Ulm', 'Bern', 'Rome'] }],
  ]),
};

describe('table codec', () => {
  it('leaves identifiers out and reserves cells whether or not the data use them', () => {
    expect(fineDomain(codecs)).toEqual({ names: ['color', 'size', 'age', 'town'], sizes: [2, 4, 101, 3] });
    expect(coarseDomain(codec).sizes).toEqual([2, 4, 4, 3]);
  });

  it('sends missing, unlisted, unreadable and outlying values exactly where the schema says', () => {
    const [color, size, age, town] = encodeFine(codecs, table).map((codes) => Array.from(codes));
    expect(color).toEqual([0, 1, 0, 0]); // no missing cell: both fall back to the first category
    expect(size).toEqual([2, 3, 3, 0]); // nullable: unlisted counts as missing
    expect(age).toEqual([17, 18, 99, 100]);
    expect(town).toEqual([1, 0, 2, 2]); // learned categories: the rest is "other"
  });

  it('maps fine codes to declared bins with the missing cell last', () => {
    expect(Array.from(encodeCoarse(codec, table)[2]!)).toEqual([0, 1, 2, 3]);
  });

  it('decodes coarse codes into values of their bins, labels and missing values', () => {
    const decode = createDecoder(codec);
    const decoded = decode(
      [Uint8Array.of(0, 1), Uint8Array.of(3, 1), Uint8Array.of(1, 3), Uint8Array.of(2, 0)],
      2,
      createStream(1),
    );
    expect(decoded.columns.get('size')).toMatchObject({ codes: Int32Array.of(-1, 1) });
    expect(decoded.columns.get('town')).toMatchObject({
      codes: Int32Array.of(2, 0),
      categories: ['Bern', 'Ulm', 'other'],
    });
    const age = decoded.columns.get('age');
    expect(age?.kind).toBe('number');
    if (age?.kind !== 'number') return;
    expect(age.values[0]).toBeGreaterThanOrEqual(18);
    expect(age.values[0]).toBeLessThan(65);
    expect(age.values[1]).toBeNaN();
  });

  it('draws values of a bin in proportion to the fine weights', () => {
    const attributes = codec.attributes.map((attribute) => {
      if (!isNumeric(attribute)) return attribute;
      const fineWeights = new Float64Array(100);
      fineWeights[20] = 3;
      fineWeights[40] = 1;
      return { ...attribute, fineWeights };
    });
    const rows = 40_000;
    const ones = new Uint8Array(rows).fill(1);
    const decoded = createDecoder({ attributes })([ones, ones, ones, ones], rows, createStream(7)).columns.get('age');
    if (decoded?.kind !== 'number') throw new Error('age is numeric');
    const twenties = decoded.values.filter((value) => value === 20).length;
    expect(twenties + decoded.values.filter((value) => value === 40).length).toBe(rows);
    // Binomial(40000, 3/4): 4.9 standard deviations are a false alarm of 1e-6.
    expect(Math.abs(twenties - 30_000)).toBeLessThan(4.9 * Math.sqrt(rows * 0.75 * 0.25));
  });
});

describe('binsFromReleased', () => {
  it('gives a spike its own bin and ignores noise', () => {
    const counts = Float64Array.from({ length: 200 }, (_, cell) => (cell === 50 ? 5000 : cell % 2 === 0 ? 9 : -9));
    const bins = binsFromReleased(counts, 10);
    expect(bins).toEqual([0, 50, 51]);
  });

  it('splits an even mass into about the target number of bins', () => {
    const bins = binsFromReleased(new Float64Array(640).fill(100), 1);
    expect(bins.length).toBe(32);
  });

  it('falls back to even bins when nothing rises above the noise', () => {
    expect(binsFromReleased(new Float64Array(64), 5)).toHaveLength(32);
  });
});
