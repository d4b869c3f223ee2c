import type { TableSchema } from '../table/schema.ts';
import { parseSchema, readSchemaJson } from '../table/schema-file.ts';

/** An object of a JSON file. */
type Json = Readonly<Record<string, unknown>>;

/**
 * A schema for reading tables that are only measured: drafts are accepted, and a field that declares no domain takes it
 * from the tables. No budget is spent here, so nothing has to be public.
 * @throws TabveilError (input) as `readSchema` does for everything else.
 */
export async function readEvaluationSchema(path: string): Promise<TableSchema> {
  const value = await readSchemaJson(path);
  return parseSchema(isObject(value) ? withLearnedDomains(value) : value, path, { allowUnconfirmed: true });
}

function withLearnedDomains(schema: Json): Json {
  const { fields } = schema;
  return Array.isArray(fields)
    ? { ...schema, fields: fields.map((field: unknown) => (isObject(field) ? withLearnedDomain(field) : field)) }
    : schema;
}

function withLearnedDomain(field: Json): Json {
  const privacy = isObject(field.privacy) ? field.privacy : {};
  const constraints = isObject(field.constraints) ? field.constraints : {};
  if (constraints.enum !== undefined || field.categories !== undefined || field.type === 'boolean') return field;
  if (field.type === 'string' || field.type === undefined) {
    return privacy.categories === undefined ? { ...field, privacy: { ...privacy, categories: 'learn' } } : field;
  }
  const isBounded = constraints.minimum !== undefined && constraints.maximum !== undefined;
  return isBounded || privacy.bounds !== undefined ? field : { ...field, privacy: { ...privacy, bounds: 'learn' } };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
