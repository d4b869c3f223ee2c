import type { DuckDBVector } from '@duckdb/node-api';
import type { CellSql } from './cell-sql.ts';
import { type Column, MISSING_CODE } from './columns.ts';

/** Collects one column of a streamed result. */
export interface ColumnCollector {
  /** Appends the first `rows` values of a vector. */
  append(vector: DuckDBVector, rows: number): void;
  /** The whole column. */
  finish(): Column;
}

const FIRST_CAPACITY = 1 << 16;

/** The collector for the cells of a query; `categories` is the declared list of codes. */
export function collectorFor(cell: CellSql, categories: readonly string[]): ColumnCollector {
  switch (cell.kind) {
    case 'axis':
      return axisCollector();
    case 'codes':
      return codesCollector(categories, cell.codeOf);
    case 'text':
      return textCollector();
  }
}

/** A typed array that grows by doubling. */
class Growing<T extends Float64Array | Int32Array> {
  #items: T;
  #length = 0;
  readonly #allocate: (capacity: number) => T;

  constructor(allocate: (capacity: number) => T) {
    this.#allocate = allocate;
    this.#items = allocate(FIRST_CAPACITY);
  }

  /** Makes room for `count` more values and returns where to write them. */
  extend(count: number): T {
    const length = this.#length + count;
    if (length > this.#items.length) {
      const grown = this.#allocate(Math.max(length, 2 * this.#items.length));
      grown.set(this.#items.subarray(0, this.#length));
      this.#items = grown;
    }
    const room = this.#items.subarray(this.#length, length) as T;
    this.#length = length;
    return room;
  }

  finish(): T {
    return this.#items.slice(0, this.#length) as T;
  }
}

/** The typed array a vector of plain numbers is read from. */
function itemsOf(vector: DuckDBVector, rows: number): ArrayLike<number> {
  const items: unknown = Reflect.get(vector, 'items');
  if (items instanceof Float64Array || items instanceof Int32Array) return items.subarray(0, rows);
  throw new TypeError('column collector: the vector does not hold doubles or integers');
}

function axisCollector(): ColumnCollector {
  const values = new Growing((capacity) => new Float64Array(capacity));
  return {
    append: (vector, rows) => values.extend(rows).set(itemsOf(vector, rows)),
    finish: () => ({ kind: 'number', values: values.finish() }),
  };
}

function codesCollector(categories: readonly string[], codeOf: Int32Array | undefined): ColumnCollector {
  const codes = new Growing((capacity) => new Int32Array(capacity));
  return {
    append(vector, rows) {
      const room = codes.extend(rows);
      room.set(itemsOf(vector, rows));
      if (codeOf === undefined) return;
      for (let row = 0; row < rows; row++) if (room[row]! >= 0) room[row] = codeOf[room[row]!]!;
    },
    finish: () => ({ kind: 'category', codes: codes.finish(), categories }),
  };
}

/** Builds a dictionary of the texts found, sorted by code unit: the order of rows leaves no trace in it. */
function textCollector(): ColumnCollector {
  const codeOf = new Map<string, number>();
  const codes = new Growing((capacity) => new Int32Array(capacity));
  return {
    append(vector, rows) {
      const room = codes.extend(rows);
      for (let row = 0; row < rows; row++) {
        const text = vector.getItem(row);
        if (typeof text !== 'string') {
          room[row] = MISSING_CODE;
          continue;
        }
        const code = codeOf.get(text) ?? codeOf.size;
        if (code === codeOf.size) codeOf.set(text, code);
        room[row] = code;
      }
    },
    finish: () => sortedDictionary([...codeOf.keys()], codes.finish()),
  };
}

/** The same column with its dictionary in ascending order; changes `codes` in place. */
export function sortedDictionary(texts: readonly string[], codes: Int32Array): Column {
  const order = texts.map((_, code) => code).sort((a, b) => ((texts[a] ?? '') < (texts[b] ?? '') ? -1 : 1));
  const rank = new Int32Array(texts.length);
  order.forEach((code, place) => {
    rank[code] = place;
  });
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code >= 0) codes[row] = rank[code]!;
  }
  return { kind: 'category', codes, categories: order.map((code) => texts[code] ?? '') };
}
