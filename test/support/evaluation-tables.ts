import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Column, MISSING_CODE, type Table, UNLISTED_CODE } from '../../src/table/columns.ts';
import type { Field, TableSchema } from '../../src/table/schema.ts';

/** Folder of reference material beside the project; tests that need it skip visibly when it is absent. */
export const SHARED = resolve(import.meta.dirname, '../../../shared');
export const hasShared = existsSync(SHARED);

/** Parses a plain CSV text (quotes allowed, no line breaks in cells) into header and rows. */
export function parseCsv(text: string): { readonly header: readonly string[]; readonly rows: readonly string[][] } {
  const lines = text.split(/\r?\n/).filter((line) => line.length > 0);
  // Matched with a leading comma, so that an empty first cell is not a match of length zero.
  const cells = lines.map((line) =>
    [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) => (m[1] ?? m[2] ?? '').replaceAll('""', '"')),
  );
  return { header: cells[0] ?? [], rows: cells.slice(1) };
}

/** Columns of texts as a table in the shape the reader gives. */
export function tableFromTexts(schema: TableSchema, header: readonly string[], rows: readonly string[][]): Table {
  const columns = new Map<string, Column>();
  for (const field of schema.fields) {
    const at = header.indexOf(field.name);
    if (field.domain.kind !== 'identifier' && at >= 0)
      columns.set(
        field.name,
        toColumn(
          field,
          rows.map((row) => row[at] ?? ''),
        ),
      );
  }
  return { rowCount: rows.length, columns };
}

function toColumn(field: Field, texts: readonly string[]): Column {
  if (field.domain.kind === 'numeric')
    return { kind: 'number', values: Float64Array.from(texts, (text) => toAxis(field, text)) };
  const declared = field.domain.kind === 'categorical' && field.domain.categories.status === 'public';
  const categories = declared
    ? field.domain.categories.value
    : [...new Set(texts.filter((text) => text !== ''))].sort();
  const index = new Map(categories.map((category, code) => [category, code]));
  const codes = Int32Array.from(texts, (text) => (text === '' ? MISSING_CODE : (index.get(text) ?? UNLISTED_CODE)));
  return { kind: 'category', codes, categories };
}

function toAxis(field: Field, text: string): number {
  if (text === '') return Number.NaN;
  if (field.type === 'date') return Date.parse(`${text}T00:00Z`) / 86_400_000;
  if (field.type === 'datetime') return Date.parse(text);
  return Number(text);
}

export function schemaOf(fields: readonly Field[]): TableSchema {
  return { fields, missingValues: [''], primaryKey: [], unit: { kind: 'row' }, canonical: '' };
}

export function readTable(path: string, schema: TableSchema): Table {
  const { header, rows } = parseCsv(readFileSync(path, 'utf8'));
  return tableFromTexts(schema, header, rows);
}

interface BinsFile {
  readonly target: string;
  readonly cols: Readonly<
    Record<string, { type: 'num' | 'cat'; integer?: boolean; edges?: number[]; values?: string[]; missing: boolean }>
  >;
}

/** Schema with the fixed public bins of a benchmark table beside the project. */
export function schemaFromBins(name: string): { readonly schema: TableSchema; readonly target: string } {
  const bins = JSON.parse(readFileSync(resolve(SHARED, 'data', name, 'bins.json'), 'utf8')) as BinsFile;
  const fields = Object.entries(bins.cols).map(([column, spec]): Field => {
    const common = {
      name: column,
      roles: [],
      nullable: spec.missing,
      outOfDomain: spec.missing ? ('missing' as const) : ('fallback' as const),
    };
    if (spec.type === 'cat') {
      return {
        ...common,
        type: 'string',
        domain: { kind: 'categorical', categories: { status: 'public', value: spec.values ?? [] }, ordered: false },
      };
    }
    const edges = spec.edges ?? [];
    return {
      ...common,
      type: spec.integer ? 'integer' : 'number',
      domain: {
        kind: 'numeric',
        bounds: { status: 'public', value: { minimum: edges[0] ?? 0, maximum: edges.at(-1) ?? 1 } },
        precision: spec.integer ? 1 : 0.01,
        edges,
      },
    };
  });
  return { schema: schemaOf(fields), target: bins.target };
}
