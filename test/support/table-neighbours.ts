import type { Stream } from '../../src/random/stream.ts';
import { type Column, MISSING_CODE, type Table, UNLISTED_CODE } from '../../src/table/columns.ts';
import type { Field, TableSchema } from '../../src/table/schema.ts';
import type { NeighbourPair } from './record-replay.ts';

/** A cell: a number or text, null when missing, `UNLISTED` for a text outside the declared list. */
export type Cell = number | string | null | typeof UNLISTED;
/** One row by field name. */
export type Row = Readonly<Record<string, Cell>>;

/** Stands for a text that the schema does not list. */
export const UNLISTED: unique symbol = Symbol('unlisted');

/** The rows of a small table. */
export function rowsOf(table: Table): Row[] {
  return Array.from({ length: table.rowCount }, (_, row) =>
    Object.fromEntries([...table.columns].map(([name, column]) => [name, cellOf(column, row)])),
  );
}

function cellOf(column: Column, row: number): Cell {
  if (column.kind === 'number') return column.values[row]!;
  const code = column.codes[row]!;
  if (code === MISSING_CODE) return null;
  return code === UNLISTED_CODE ? UNLISTED : (column.categories[code] ?? UNLISTED);
}

/**
 * A table of rows. Columns with declared categories keep their list; others list the values found, in order of first
 * appearance, as a reader would, so that the dictionary itself is private and depends on the order of rows.
 */
export function tableOf(schema: Pick<TableSchema, 'fields'>, rows: readonly Row[]): Table {
  const columns = schema.fields.map((field) => [field.name, columnOf(field, rows)] as const);
  return { rowCount: rows.length, columns: new Map(columns) };
}

function columnOf({ name, domain }: Field, rows: readonly Row[]): Column {
  const cells = rows.map((row) => row[name] ?? null);
  if (domain.kind === 'numeric') {
    const values = Float64Array.from(cells, (cell) => (typeof cell === 'number' ? cell : Number.NaN));
    return { kind: 'number', values };
  }
  const texts = cells.filter((cell) => typeof cell === 'string');
  const isDeclared = domain.kind === 'categorical' && domain.categories.status === 'public';
  const categories = isDeclared ? domain.categories.value : [...new Set(texts)];
  const codeOf = (cell: Cell) => (cell === null ? MISSING_CODE : categories.indexOf(String(cell)));
  const codes = Int32Array.from(cells, (cell) => {
    const code = typeof cell === 'symbol' ? UNLISTED_CODE : codeOf(cell);
    return cell !== null && code < 0 ? UNLISTED_CODE : code;
  });
  return { kind: 'category', codes, categories };
}

/** Bounds used for fields whose bounds are to be learned. */
const LEARNED_BOUNDS = { minimum: -1000, maximum: 1000 };

const boundsOf = ({ domain }: Field) =>
  domain.kind === 'numeric' && domain.bounds.status === 'public' ? domain.bounds.value : LEARNED_BOUNDS;

/** A row drawn evenly over the declared domain. */
function uniformRow(schema: Pick<TableSchema, 'fields'>, stream: Stream): Row {
  const cell = ({ domain, ...field }: Field): Cell => {
    if (domain.kind === 'numeric') {
      const { minimum, maximum } = boundsOf({ domain, ...field });
      return minimum + Math.floor(stream.nextFloat() * (maximum - minimum));
    }
    const isDeclared = domain.kind === 'categorical' && domain.categories.status === 'public';
    const texts = isDeclared ? domain.categories.value : ['a', 'b', 'c'];
    return texts[stream.below(texts.length)] ?? null;
  };
  return Object.fromEntries(schema.fields.map((field) => [field.name, cell(field)]));
}

/** A row like `row`, with every cell of one kind of field replaced. */
function withCells(
  schema: Pick<TableSchema, 'fields'>,
  row: Row,
  change: { readonly kind: 'numeric' | 'text'; readonly to: (field: Field, cell: Cell) => Cell },
): Row {
  const changed = schema.fields
    .filter(({ domain }) => (domain.kind === 'numeric') === (change.kind === 'numeric'))
    .map((field) => [field.name, change.to(field, row[field.name] ?? null)] as const);
  return { ...row, ...Object.fromEntries(changed) };
}

/** Rows that one person could add and that careless code treats specially, by name. */
export function strikingRows(
  schema: Pick<TableSchema, 'fields'>,
  row: Row,
  stream: Stream,
): Readonly<Record<string, Row>> {
  const numeric = (to: (field: Field, cell: Cell) => Cell) => withCells(schema, row, { kind: 'numeric', to });
  const text = (to: (field: Field, cell: Cell) => Cell) => withCells(schema, row, { kind: 'text', to });
  const near = (cell: Cell) => (typeof cell === 'number' && Number.isFinite(cell) ? cell : 0);
  return {
    'a copy': row,
    'a uniform row': uniformRow(schema, stream),
    'unseen categories': text(() => 'never seen before'),
    'empty texts': text(() => ''),
    'missing everywhere': Object.fromEntries(schema.fields.map(({ name }) => [name, null])),
    'missing texts': text(() => null),
    'missing numbers': numeric(() => Number.NaN),
    'plus infinity': numeric(() => Number.POSITIVE_INFINITY),
    'minus infinity': numeric(() => Number.NEGATIVE_INFINITY),
    'a huge outlier': numeric(() => Number.MAX_VALUE),
    'a huge negative outlier': numeric(() => -Number.MAX_VALUE),
    'just above the bounds': numeric((field) => boundsOf(field).maximum + 1),
    'just below the bounds': numeric((field) => boundsOf(field).minimum - 1),
    'more decimals': numeric((_, cell) => near(cell) + 1 / 3),
    'negative zero': numeric(() => -0),
    'the smallest double': numeric(() => Number.MIN_VALUE),
  };
}

/** Rows that a unit of privacy holds, for schemas whose unit is an entity. */
function unitOf(schema: Pick<TableSchema, 'fields' | 'unit'>, rows: readonly Row[]): (row: Row) => string {
  const { unit } = schema;
  if (unit.kind === 'row') return (row) => String(rows.indexOf(row));
  return (row) => JSON.stringify(unit.key.map((name) => String(row[name] ?? null)));
}

/**
 * Pairs of tables that differ by one unit of privacy (or only by the order of rows), chosen to expose glue that looks at
 * the data: striking rows added, rows removed, constant columns broken, tables of 0, 1 and 2 rows.
 * @param table 2 rows or more.
 */
export function neighbourPairs(
  schema: Pick<TableSchema, 'fields' | 'unit'>,
  table: Table,
  stream: Stream,
): NeighbourPair<Table>[] {
  const rows = rowsOf(table);
  const first = rows[0]!;
  const striking = Object.entries(strikingRows(schema, first, stream));
  const build = (some: readonly Row[]) => tableOf(schema, some);
  const [base, empty, one] = [build(rows), build([]), build([first])];
  const constant = build(rows.map(() => first));
  const add = (name: string, from: Table, added: readonly Row[]): NeighbourPair<Table> => {
    return { name, from, to: build([...rowsOf(from), ...added]), units: 1 };
  };
  const fresh = (row: Row, copies: number) => freshUnit(schema, row, copies);
  const most = schema.unit.kind === 'row' ? 1 : schema.unit.maxRows;
  return [
    ...striking.map(([name, row]) => add(`add ${name}`, base, fresh(row, 1))),
    ...striking.map(([name, row]) => add(`no rows, add ${name}`, empty, fresh(row, 1))),
    add('one row, add another', one, fresh(rows[1]!, 1)),
    add('constant columns, add a different row', constant, fresh(rows[1]!, 1)),
    add('constant columns, add a uniform row', constant, fresh(uniformRow(schema, stream), 1)),
    ...(most > 1
      ? [
          add('add a full unit', base, fresh(first, most)),
          add('add a unit above its cap', base, fresh(first, most + 3)),
        ]
      : []),
    ...removals(schema, rows).map(({ name, rest }) => ({ name, from: base, to: build(rest), units: 1 })),
    { name: 'rows in reverse', from: base, to: build([...rows].reverse()), units: 0 },
    { name: 'rows shuffled', from: base, to: build(shuffled(rows, stream)), units: 0 },
  ];
}

/** Copies of a row under a key that nobody else has. */
function freshUnit(schema: Pick<TableSchema, 'fields' | 'unit'>, row: Row, copies: number): Row[] {
  const { unit } = schema;
  const key = unit.kind === 'row' ? [] : unit.key.map((name) => [name, freshKey(schema, name)] as const);
  return Array.from({ length: copies }, () => ({ ...row, ...Object.fromEntries(key) }));
}

const freshKey = (schema: Pick<TableSchema, 'fields'>, name: string): Cell =>
  schema.fields.find((field) => field.name === name)?.domain.kind === 'numeric' ? 987_654_321 : 'a fresh unit';

/** The table without its first, middle and last unit. */
function removals(
  schema: Pick<TableSchema, 'fields' | 'unit'>,
  rows: readonly Row[],
): { readonly name: string; readonly rest: readonly Row[] }[] {
  const unit = unitOf(schema, rows);
  const places = { first: 0, middle: rows.length >> 1, last: rows.length - 1 };
  return Object.entries(places).map(([place, index]) => {
    const removed = unit(rows[index]!);
    return { name: `remove the ${place}`, rest: rows.filter((row) => unit(row) !== removed) };
  });
}

/** Fisher–Yates. */
function shuffled(rows: readonly Row[], stream: Stream): Row[] {
  const order = [...rows];
  for (let last = order.length - 1; last > 0; last--) {
    const other = stream.below(last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
