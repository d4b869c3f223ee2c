import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkSchema } from '../../src/table/schema-file.ts';
import { FIELD_ROLES, FIELD_TYPES, KNOWN_KEYS, UNCONFIRMED_FACTS } from '../../src/table/schema-shape.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../docs/schema.md'), 'utf8');
const examples = [...text.matchAll(/```json( refused)?\n(.*?)```/gs)].map((match) => ({
  isRefused: match[1] !== undefined,
  value: JSON.parse(match[2] ?? ''),
}));

/** A lone field is a schema of one field. */
const schemaOf = (value: object) => ('fields' in value ? value : { fields: [value] });

describe('docs/schema.md', () => {
  it.each(examples.map((example, index) => [index + 1, example] as const))(
    'example %i does what it says',
    (_, { isRefused, value }) => {
      const { problems } = checkSchema(schemaOf(value));
      if (isRefused) expect(problems.length).toBeGreaterThan(0);
      else expect(problems).toEqual([]);
    },
  );

  it('speaks of every key, type, role and fact that the schema knows', () => {
    const keys = Object.values(KNOWN_KEYS).flat();
    const absent = [...keys, ...FIELD_TYPES, ...FIELD_ROLES, ...UNCONFIRMED_FACTS].filter(
      (word) => !text.includes(word),
    );
    expect(examples.length).toBeGreaterThan(15);
    expect(absent).toEqual([]);
  });
});
