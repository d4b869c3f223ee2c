import type { Field, TableSchema } from './schema.ts';

/** Fields whose columns are read: all but identifiers nobody asked for. */
export function fieldsToRead(schema: TableSchema, identifiers: readonly string[] = []): Field[] {
  return schema.fields.filter((field) => field.domain.kind !== 'identifier' || identifiers.includes(field.name));
}
