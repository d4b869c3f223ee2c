import type { z } from 'zod';
import { KNOWN_KEYS } from './schema-shape.ts';

/** Keys of ours that must not be lost to a spelling mistake, by place. */
const OUR_TABLE_KEYS = ['privacy', 'fields', 'missingValues', 'primaryKey'];
const OUR_FIELD_KEYS = ['privacy', 'constraints', 'categories', 'type', 'format', 'trueValues', 'falseValues'];

/** A value of the schema file as shown in messages: short JSON. */
export function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? 'nothing');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Turns the issues zod found into sentences: where, what was found, what is allowed. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], file: unknown): string[] {
  return issues.map((issue) => {
    const place = describePlace(issue.path, file);
    if (issue.code === 'unrecognized_keys') {
      const allowed = KNOWN_KEYS[strictObjectAt(issue.path)] ?? [];
      return `${place} has the unknown key ${show(issue.keys[0])}; keys are ${allowed.join(', ')}`;
    }
    const found = valueAt(file, issue.path);
    return found === undefined && issue.path.length > 0
      ? `${place} is absent; ${issue.message}`
      : `${place} is ${Array.isArray(file) ? 'a list' : show(issue.path.length === 0 ? typeof file : found)}; ${issue.message}`;
  });
}

/** Sentences for keys that look like a misspelling of one of ours; any other unknown key is metadata and passes. */
export function describeMisspeltKeys(file: {
  readonly fields: readonly { readonly name: string }[];
  readonly [key: string]: unknown;
}): string[] {
  return [
    ...misspelt(file, KNOWN_KEYS.table ?? [], OUR_TABLE_KEYS).map((sentence) => `the schema ${sentence}`),
    ...file.fields.flatMap((field) =>
      misspelt(field, KNOWN_KEYS.field ?? [], OUR_FIELD_KEYS).map(
        (sentence) => `field ${show(field.name)} ${sentence}`,
      ),
    ),
  ];
}

function misspelt(object: object, known: readonly string[], ours: readonly string[]): string[] {
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .flatMap((key) => {
      const meant = ours.find((our) => editDistance(key.toLowerCase(), our.toLowerCase()) <= (our.length > 5 ? 2 : 1));
      return meant === undefined ? [] : [`has the key ${show(key)}; if you mean "${meant}", write it so`];
    });
}

/** Levenshtein distance: insertions, deletions and substitutions that turn one text into the other. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

function describePlace(path: readonly PropertyKey[], file: unknown): string {
  if (path.length === 0) return 'the schema';
  if (path[0] !== 'fields' || path.length === 1) return path.map(String).join('.');
  const name = valueAt(file, [...path.slice(0, 2), 'name']);
  const field = typeof name === 'string' && name !== '' ? `field ${show(name)}` : `field number ${Number(path[1]) + 1}`;
  return path.length === 2 ? field : `${field}: ${path.slice(2).map(String).join('.')}`;
}

function strictObjectAt(path: readonly PropertyKey[]): string {
  const last = path.at(-1);
  if (last === 'constraints') return 'constraints';
  return path[0] === 'fields' ? 'fieldPrivacy' : 'tablePrivacy';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}
