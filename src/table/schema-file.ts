import { readFile } from 'node:fs/promises';
import { canonicalJson } from '../canonical-json.ts';
import { describeReadFailure, TabveilError } from '../errors.ts';
import { readKnowledge } from './public-knowledge.ts';
import type { Field, TableSchema } from './schema.ts';
import { type Findings, readField } from './schema-field.ts';
import { describeIssues, describeMisspeltKeys, show } from './schema-problems.ts';
import { SCHEMA_FILE, type SchemaFile } from './schema-shape.ts';

/** How strictly a schema is read. */
export interface SchemaOptions {
  /** True to accept drafts: facts that came from data and nobody confirmed. Never for training. */
  readonly allowUnconfirmed?: boolean;
}

/** A schema with everything that is wrong with it: there is a schema exactly when there is no problem. */
export interface SchemaFindings {
  readonly schema?: TableSchema;
  /** One sentence per problem: where, what was found, what is allowed. */
  readonly problems: readonly string[];
  /** What was accepted but has no effect. */
  readonly notes: readonly string[];
}

/** Reads the meaning of a parsed schema file and collects all problems instead of stopping at the first. */
export function checkSchema(value: unknown, options: SchemaOptions = {}): SchemaFindings {
  const parsed = SCHEMA_FILE.safeParse(value);
  if (!parsed.success) return { problems: describeIssues(parsed.error.issues, value), notes: [] };
  const findings: Findings = { problems: describeMisspeltKeys(parsed.data), notes: [] };
  const schema = readTableSchema(parsed.data, options, findings);
  return findings.problems.length > 0
    ? findings
    : { ...findings, schema: { ...schema, canonical: canonicalJson(value) } };
}

/**
 * The schema in a parsed JSON value.
 * @param label how messages call the file.
 * @throws TabveilError (input) that names the first problem: file, field, found, allowed, remedy.
 */
export function parseSchema(value: unknown, label: string, options: SchemaOptions = {}): TableSchema {
  const { schema, problems } = checkSchema(value, options);
  if (schema !== undefined) return schema;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more; see tabveil schema check)` : '';
  const isUnconfirmed = problems[0]?.includes('is not confirmed') ?? false;
  throw new TabveilError(
    'input',
    isUnconfirmed ? 'schema.unconfirmed' : 'schema.invalid',
    `${label}: ${problems[0]}.${more}`,
    { problems },
  );
}

/**
 * The schema in a file.
 * @throws TabveilError (input) when the file cannot be read, is not JSON, or is not a schema.
 */
export async function readSchema(path: string, options: SchemaOptions = {}): Promise<TableSchema> {
  return parseSchema(await readSchemaJson(path), path, options);
}

/**
 * The JSON value in a schema file.
 * @throws TabveilError (input). The parser's own message is not passed on: somebody may name a table by mistake, and it
 * quotes the text.
 */
export async function readSchemaJson(path: string): Promise<unknown> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new TabveilError('input', 'schema.unreadable', `${path}: ${describeReadFailure(error)}; name a schema file.`);
  });
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new TabveilError(
      'input',
      'schema.not-json',
      `${path}: the file is not JSON; a schema is a JSON object with a list of "fields".`,
    );
  }
}

function readTableSchema(file: SchemaFile, options: SchemaOptions, findings: Findings): Omit<TableSchema, 'canonical'> {
  const missingValues = (file.missingValues ?? ['']).map((item) => (typeof item === 'string' ? item : item.value));
  const primaryKey = file.primaryKey === undefined ? [] : [file.primaryKey].flat();
  const fields: Field[] = [];
  for (const item of file.fields) {
    const isKey = primaryKey.length === 1 && primaryKey[0] === item.name;
    const context = { missingValues, isKey, allowUnconfirmed: options.allowUnconfirmed ?? false };
    const field = readField(item, context, findings);
    if (field !== undefined) fields.push(field);
  }
  checkNames(file, primaryKey, findings);
  for (const key of ['foreignKeys', 'uniqueKeys'] as const) {
    if (file[key] !== undefined) findings.notes.push(`${key} has no effect: one table is modelled at a time`);
  }
  const unit = file.privacy?.unit ?? 'row';
  const population = file.privacy?.population;
  return {
    fields,
    missingValues,
    primaryKey,
    unit: unit === 'row' ? { kind: 'row' } : { kind: 'entity', key: [unit.entity].flat(), maxRows: unit.maxRows },
    ...(population === undefined ? {} : { population }),
    ...(file.privacy?.ledger === undefined ? {} : { ledger: file.privacy.ledger }),
    knowledge: readKnowledge(file, fields, findings),
    notes: findings.notes,
  };
}

/** Names must be unique, and keys must name fields. */
function checkNames(file: SchemaFile, primaryKey: readonly string[], { problems }: Findings): void {
  const names = file.fields.map((field) => field.name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) problems.push(`field ${show(repeated)} is listed twice; names are unique`);
  const strayKey = primaryKey.find((name) => !names.includes(name));
  if (strayKey !== undefined) problems.push(`primaryKey is ${show(strayKey)}; fields are ${names.join(', ')}`);
  const unit = file.privacy?.unit ?? 'row';
  const strayUnit = unit === 'row' ? undefined : [unit.entity].flat().find((name) => !names.includes(name));
  if (strayUnit !== undefined)
    problems.push(`privacy.unit.entity is ${show(strayUnit)}; fields are ${names.join(', ')}`);
}
