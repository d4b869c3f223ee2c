import { stat } from 'node:fs/promises';
import { TabveilError } from '../errors.ts';
import { draftSchema, type SchemaDraft } from '../table/draft-schema.ts';
import { openFileSink } from '../table/file-sink.ts';
import { importSdv } from '../table/import-sdv.ts';
import { readTable } from '../table/read-table.ts';
import type { TableSchema } from '../table/schema.ts';
import { checkSchema, readSchemaJson } from '../table/schema-file.ts';
import type { TaskContext } from './task-context.ts';

/** A schema file that was made, and where it was written. */
export interface MadeSchema {
  readonly schema: SchemaDraft;
  readonly out?: string;
  /** What somebody should look at, one sentence each. */
  readonly notes: readonly string[];
}

/** What every draft says. */
const DRAFT_NOTE =
  'this draft is derived from private data and as private as the table: check each fact listed under "unconfirmed", then take it out of that list if it is public knowledge, or set it to "learn"';

/** What to draft a schema from. */
export interface DraftOptions {
  readonly table: string;
  /** Where to write the draft, a new file; not written when absent. */
  readonly out?: string;
}

/**
 * Drafts a schema from a table; see `draftSchema`.
 * @throws TabveilError (input) also when the file to write exists.
 *
 * **Privacy**: the draft is derived from private rows without protection; a note says so.
 */
export async function draftSchemaFile(options: DraftOptions, context: TaskContext = {}): Promise<MadeSchema> {
  await requireNew(options.out);
  const { schema, notes } = await draftSchema(options.table, {
    signal: context.signal,
    onColumn: (done, total) => context.onProgress?.({ phase: 'columns', done, total }),
  });
  return finish({ schema, notes: [DRAFT_NOTE, ...notes] }, options.out, context);
}

/** What to import. */
export interface ImportOptions {
  readonly file: string;
  readonly out?: string;
  /** Table of multi-table metadata. */
  readonly table?: string;
}

/**
 * Makes a schema from SDV metadata; see `importSdv`.
 * @throws TabveilError (input) also when the file to write exists.
 */
export async function importSchemaFile(options: ImportOptions, context: TaskContext = {}): Promise<MadeSchema> {
  await requireNew(options.out);
  return finish(importSdv(await readSchemaJson(options.file), options.file, options.table), options.out, context);
}

/** A schema that a person has confirmed fact by fact must not be lost to a second draft. */
async function requireNew(out: string | undefined): Promise<void> {
  const found = out === undefined ? undefined : await stat(out).catch(() => undefined);
  if (found === undefined) return;
  throw new TabveilError(
    'input',
    'schema.exists',
    `${out}: exists already, and may hold facts that somebody confirmed; give --out another path or remove it first.`,
  );
}

async function finish(made: MadeSchema, out: string | undefined, { signal }: TaskContext): Promise<MadeSchema> {
  signal?.throwIfAborted();
  const { problems } = checkSchema(made.schema, { allowUnconfirmed: true });
  if (problems.length > 0) {
    throw new TabveilError('bug', 'schema.made-invalid', `schema: the schema made is not valid: ${problems[0]}.`);
  }
  if (out === undefined) return made;
  const sink = await openFileSink(out);
  await sink.write(new TextEncoder().encode(`${JSON.stringify(made.schema, null, 2)}\n`));
  await sink.commit();
  return { ...made, out };
}

/** What to check. */
export interface CheckOptions {
  readonly schema: string;
  /** A table that should fit the schema. */
  readonly table?: string;
}

/** What a check found: the schema is there exactly when there is no problem. */
export interface CheckResult {
  readonly schema?: TableSchema;
  readonly problems: readonly string[];
  readonly notes: readonly string[];
  /** Facts that came from a draft and are not confirmed; training refuses them. */
  readonly unconfirmed: readonly string[];
  /** The same by field. */
  readonly unconfirmedFacts: readonly { readonly field: string; readonly facts: readonly string[] }[];
}

/**
 * Checks a schema file, and that a table can be read with it.
 * @throws TabveilError (input) when a file cannot be read or the table lacks a column.
 *
 * **Privacy**: nothing about the values of the table is reported.
 */
export async function checkSchemaFile(options: CheckOptions, context: TaskContext = {}): Promise<CheckResult> {
  const value = await readSchemaJson(options.schema);
  const lenient = checkSchema(value, { allowUnconfirmed: true });
  const strict = checkSchema(value);
  const unconfirmed = strict.problems.filter((problem) => !lenient.problems.includes(problem));
  if (lenient.schema !== undefined && options.table !== undefined) {
    await readTable(options.table, lenient.schema, { signal: context.signal });
  }
  return { ...lenient, unconfirmed, unconfirmedFacts: unconfirmedFacts(value) };
}

/** What is listed as unconfirmed, of a file whose shape may be wrong. */
function unconfirmedFacts(file: unknown): CheckResult['unconfirmedFacts'] {
  const fields: unknown = isObject(file) ? file.fields : undefined;
  if (!Array.isArray(fields)) return [];
  return fields.flatMap((field: unknown) => {
    if (!isObject(field) || typeof field.name !== 'string' || !isObject(field.privacy)) return [];
    const listed: unknown = field.privacy.unconfirmed;
    const facts = Array.isArray(listed) ? listed.filter((fact) => typeof fact === 'string') : [];
    return facts.length > 0 ? [{ field: field.name, facts }] : [];
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
