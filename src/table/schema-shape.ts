import { z } from 'zod';

/** Field types a schema may use, in the order error messages list them. */
export const FIELD_TYPES = ['string', 'integer', 'number', 'boolean', 'date', 'datetime'] as const;

/** Roles a field may have, in the order error messages list them. */
export const FIELD_ROLES = ['identifier', 'quasi-identifier', 'sensitive', 'protected', 'target', 'outcome'] as const;

/** Facts of a field that `schema draft` takes from data and that a person has to confirm. */
export const UNCONFIRMED_FACTS = ['type', 'categories', 'bounds', 'precision', 'required', 'role'] as const;

const text = z.string({ error: 'it must be a text' });
const flag = z.boolean({ error: 'it must be true or false' });
const texts = z.array(text, { error: 'it must be a list of texts' });
const scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'it must be a text, a number, true or false' });
const limit = z.union([z.number(), z.string()], { error: 'it must be a number, or a date text for date and datetime' });
const provenance = z.enum(['public', 'learn'], { error: 'it must be "public" (declared here) or "learn" (bought)' });
const role = z.enum(FIELD_ROLES, { error: `roles are ${FIELD_ROLES.join(', ')}` });
const oneOrMore = <T extends z.ZodType>(item: T, error: string) => z.union([item, z.array(item)], { error });
/** A listed value, bare or as `{ value, label }`. */
const labelled = z.union([scalar, z.looseObject({ value: scalar })], { error: 'it must be a value or {value, label}' });

const constraints = z.strictObject(
  {
    required: flag,
    enum: z
      .array(scalar, { error: 'it must be a list of values' })
      .min(1, { error: 'it must list at least one value' }),
    minimum: limit,
    maximum: limit,
    exclusiveMinimum: limit,
    exclusiveMaximum: limit,
    multipleOf: z.number({ error: 'it must be a number above 0' }).positive({ error: 'it must be a number above 0' }),
    unique: flag,
    pattern: text,
    minLength: z.number(),
    maxLength: z.number(),
  },
  { error: 'it must be an object such as {"minimum": 0, "maximum": 120}' },
);

const fieldPrivacy = z.strictObject(
  {
    role: oneOrMore(role, `roles are ${FIELD_ROLES.join(', ')}`),
    categories: provenance,
    bounds: provenance,
    bins: z
      .array(limit, { error: 'it must be a list of ascending edges' })
      .min(2, { error: 'it needs two edges or more' }),
    binning: z.enum(['released', 'quantiles', 'tree'], { error: 'it must be "released", "quantiles" or "tree"' }),
    precision: z
      .number({ error: 'it must be the step between values, a number above 0' })
      .positive({ error: 'it must be the step between values, a number above 0' }),
    outOfDomain: z.enum(['missing', 'other', 'fallback'], { error: 'it must be "missing", "other" or "fallback"' }),
    otherLabel: text.min(1, { error: 'it must be a text of one character or more' }),
    format: z.enum(['sequence', 'uuid'], { error: 'identifier formats are "sequence" and "uuid"' }),
    unconfirmed: z.array(z.enum(UNCONFIRMED_FACTS, { error: `facts to confirm are ${UNCONFIRMED_FACTS.join(', ')}` }), {
      error: `it must be a list out of ${UNCONFIRMED_FACTS.join(', ')}`,
    }),
  },
  { error: 'it must be an object such as {"role": "quasi-identifier"}' },
);

const field = z.looseObject(
  {
    name: text.min(1, { error: 'it must be a text of one character or more' }),
    type: z.enum(FIELD_TYPES, { error: `types are ${FIELD_TYPES.join(', ')}` }),
    format: text.optional(),
    constraints: constraints.partial().optional(),
    categories: z
      .array(labelled, { error: 'it must be a list of values' })
      .min(1, { error: 'it lists nothing' })
      .optional(),
    categoriesOrdered: flag.optional(),
    trueValues: texts.min(1, { error: 'it lists nothing' }).optional(),
    falseValues: texts.min(1, { error: 'it lists nothing' }).optional(),
    decimalChar: text.length(1, { error: 'it must be one character' }).optional(),
    groupChar: text.length(1, { error: 'it must be one character' }).optional(),
    bareNumber: flag.optional(),
    missingValues: z.undefined({ error: "move it to the table's own missingValues" }).optional(),
    privacy: fieldPrivacy.partial().optional(),
  },
  { error: 'it must be an object such as {"name": "age", "type": "integer"}' },
);

const unit = z.union(
  [
    z.literal('row'),
    z.strictObject({
      entity: oneOrMore(text, ''),
      maxRows: z.int().min(1),
    }),
  ],
  { error: 'it must be "row" or {"entity": ["patient"], "maxRows": 5}' },
);

const cellValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const condition = z.union(
  [z.array(cellValue).min(1), z.strictObject({ minimum: z.number().optional(), maximum: z.number().optional() })],
  { error: 'it must be a list of values such as ["married"] or a range such as {"maximum": 15}' },
);

const share = z.number({ error: 'it must be a number from 0 to 1' }).min(0).max(1);

/** Public knowledge about the whole table; see `PublicKnowledge`. */
const knowledge = {
  structuralZeros: z.array(z.record(text, condition)).optional(),
  functionalDependencies: z
    .array(z.strictObject({ from: text, to: text, values: z.record(z.string(), cellValue) }))
    .optional(),
  publicMarginals: z
    .array(
      z.strictObject({
        columns: z.array(text).min(1).max(3),
        cells: z.array(z.strictObject({ values: z.array(cellValue), share })).min(1),
        error: share.optional(),
      }),
    )
    .optional(),
};

const LEDGER_ID = 'it must be the 32 hex digits that `ledger show` prints as dataset';

/** The shape of a schema file: Table Schema plus `privacy` per field and per table. */
export const SCHEMA_FILE = z.looseObject(
  {
    fields: z
      .array(field, { error: 'it must be a list of fields' })
      .min(1, { error: 'it must list at least one field' }),
    missingValues: z
      .array(z.union([z.string(), z.looseObject({ value: z.string() })]), { error: 'it must be a list of texts' })
      .optional(),
    primaryKey: oneOrMore(text, 'it must be a field name or a list of field names').optional(),
    foreignKeys: z.unknown().optional(),
    uniqueKeys: z.unknown().optional(),
    privacy: z
      .strictObject(
        {
          unit: unit.optional(),
          population: z
            .int({ error: 'it must be a whole number above 0' })
            .min(1, { error: 'it must be a whole number above 0' })
            .optional(),
          ledger: z
            .string({ error: LEDGER_ID })
            .regex(/^[0-9a-f]{32}$/, { error: LEDGER_ID })
            .optional(),
          ...knowledge,
        },
        { error: 'it must be an object such as {"unit": "row"}' },
      )
      .optional(),
  },
  { error: 'a schema is an object with a list of "fields"' },
);

/** A schema file whose shape is right; meanings are not checked yet. */
export type SchemaFile = z.infer<typeof SCHEMA_FILE>;

/** One field of a schema file. */
export type FieldFile = SchemaFile['fields'][number];

/** Keys of a strict object of the file, for messages about unknown keys. */
export const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  constraints: Object.keys(constraints.shape),
  fieldPrivacy: Object.keys(fieldPrivacy.shape),
  tablePrivacy: ['unit', 'population', 'ledger', ...Object.keys(knowledge)],
  field: Object.keys(field.shape),
  table: Object.keys(SCHEMA_FILE.shape),
};
