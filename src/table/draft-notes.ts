/** Names that say that a column tells people, things or rows apart. */
export const IDENTIFIER_NAME = /(^|[^a-z])(id|key|uuid|number|nr|no)$|^id/i;
/** Words per value from which on texts are taken for free text. */
const FREE_TEXT_WORDS = 3;
/** Distinct values from which on texts can be free text or keys of people. */
const MANY = 20;

/** What a column is said to hold in a note. Private like the rows. */
export interface ColumnSays {
  readonly rows: number;
  /** Rows with a value. */
  readonly present: number;
  readonly distinct: number;
  /** Words per value on average. */
  readonly words: number;
}

/**
 * What a person should know before confirming a field: columns without values, free text, and keys that repeat.
 * **Privacy**: as private as the draft.
 */
export function draftNotes(name: string, says: ColumnSays, field: object): readonly string[] {
  const { present, distinct, words } = says;
  const quoted = JSON.stringify(name);
  const type: unknown = Reflect.get(field, 'type');
  if (present === 0)
    return [`column ${quoted} holds no value: take its field out of the schema to save its part of the budget`];
  if (distinct < MANY) return [];
  if (type === 'string' && words >= FREE_TEXT_WORDS)
    return [
      `column ${quoted} looks like free text, which no model can learn and which may hold anything about anyone: take its field out of the schema`,
    ];
  if (distinct < present && (type === 'string' || type === 'integer') && IDENTIFIER_NAME.test(name))
    return [
      `column ${quoted} looks like the key of people or things with several rows each: to protect all rows of one together, give it the role "identifier" and set the table's privacy.unit to {"entity": [${quoted}], "maxRows": 5}; as drafted, each row is protected by itself only`,
    ];
  return [];
}
