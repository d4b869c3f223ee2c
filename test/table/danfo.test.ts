import { describe, expect, it } from 'vitest';
import { type DanfoFrame, type DanfoModule, fromDanfo, toDanfo } from '../../src/table/danfo.ts';
import { fromColumns } from '../../src/table/plain-columns.ts';
import { parseSchema } from '../../src/table/schema-file.ts';
import { type PlainCell, toColumns } from '../../src/table/to-columns.ts';

/**
 * The real package, where somebody installed it; it is no dependency. Outside this folder, install it with overrides for
 * `xlsx` (npm:xlsx@0.18.5) and `@tensorflow/tfjs-node` (npm:@tensorflow/tfjs@4.22.0) and name its entry file in TABVEIL_DANFO.
 */
const packageName = process.env.TABVEIL_DANFO ?? 'danfojs-node';
const danfo: DanfoModule<DanfoFrame> | undefined = await import(packageName).catch(() => undefined);

const SCHEMA = parseSchema(
  {
    fields: [
      { name: 'age', type: 'integer', constraints: { minimum: 0, maximum: 99 } },
      { name: 'price', type: 'number', constraints: { minimum: 0, maximum: 1 } },
      { name: 'sex', type: 'string', constraints: { enum: ['f', 'm'] } },
      { name: 'member', type: 'boolean' },
      { name: 'born', type: 'date', constraints: { minimum: '1900-01-01', maximum: '2100-01-01' } },
      { name: 'seen', type: 'datetime', constraints: { minimum: '1900-01-01', maximum: '2100-01-01' } },
    ],
  },
  'danfo',
);
const COLUMNS: Record<string, PlainCell[]> = {
  age: [30, null],
  price: [0.3, null],
  sex: ['f', null],
  member: [false, null],
  born: ['1999-12-31', null],
  seen: ['1999-12-31T23:59:59', null],
};

/** The shape of a danfojs DataFrame. */
class Frame implements DanfoFrame {
  readonly columns: string[];
  readonly values: PlainCell[][];

  constructor(columns: Record<string, PlainCell[]>) {
    this.columns = Object.keys(columns);
    const rowCount = Object.values(columns)[0]?.length ?? 0;
    this.values = Array.from({ length: rowCount }, (_, row) =>
      Object.values(columns).map((cells) => cells[row] ?? null),
    );
  }
}

describe('plain columns and frames', () => {
  it('toColumns undoes fromColumns', () => {
    expect(toColumns(fromColumns(COLUMNS, SCHEMA), SCHEMA)).toEqual(COLUMNS);
    expect(toColumns(fromColumns({ ...COLUMNS, price: [0.1 + 0.2, null] }, SCHEMA), SCHEMA).price).toEqual([0.3, null]);
  });

  it('frames of danfo shape go there and back', () => {
    const frame = toDanfo(fromColumns(COLUMNS, SCHEMA), SCHEMA, { DataFrame: Frame });
    expect(toColumns(fromDanfo(frame, SCHEMA), SCHEMA)).toEqual(COLUMNS);
  });

  it('refuses a series', () => {
    expect(() => fromDanfo({ columns: ['age'], values: [1, 2] }, SCHEMA)).toThrow(/pass a DataFrame, not a Series/);
  });

  it.skipIf(danfo === undefined)(
    'the real danfojs goes there and back (skipped: danfojs-node is not installed, and TABVEIL_DANFO names none)',
    () => {
      if (danfo === undefined) return;
      const frame = toDanfo(fromColumns(COLUMNS, SCHEMA), SCHEMA, danfo);
      expect(toColumns(fromDanfo(frame, SCHEMA), SCHEMA)).toEqual(COLUMNS);
    },
  );
});
