import { TabveilError } from '../errors.ts';
import { axisFromText } from '../table/axis.ts';
import type { Field, TableSchema } from '../table/schema.ts';

/** Operators that compare a value with a bound. */
export type Comparison = '<' | '<=' | '>' | '>=';

/**
 * A condition on one column of the rows to draw. A missing value meets `missing` only. Comparisons take a category's
 * place in the declared order, and numbers and dates on the axis of their type (see `NumericDomain`).
 */
export type Condition = { readonly column: string } & (
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly value: number }
  | { readonly kind: 'numbers'; readonly values: readonly number[]; readonly negated: boolean }
  | { readonly kind: 'categories'; readonly labels: readonly string[]; readonly negated: boolean }
  | { readonly kind: 'missing'; readonly negated: boolean }
);

/** Operators, the longer ones first, so that `<=` is not read as `<`. */
const OPERATORS = ['<=', '>=', '!=', '=', '<', '>'] as const;

const FORMS = 'write "age>=30", "sex=Female", "sex=Female|Male", "sex!=Male", "income is missing" or "is not missing"';

/** What conditions are checked against; `labels` are the categories of a column's model. */
export interface ConditionContext {
  readonly schema: Pick<TableSchema, 'fields'>;
  /** Categories by column, the reserved one included: declared, or released by the model. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads a condition as typed: a column, an operator and a value, or `is missing`, `is not missing`. Several values are
 * separated by `|`; a whole text that is a category counts as one. Quotes around a value are taken off.
 *
 * @throws TabveilError (usage) when the column is unknown or an identifier, the form is none of these, a category is not in
 * the model, or a value cannot be read as the type of the column.
 * @example parseCondition('age>=30', context) // { column: 'age', kind: 'compare', operator: '>=', value: 30 }
 */
export function parseCondition(text: string, context: ConditionContext): Condition {
  const field = findField(text, context);
  const rest = text.trim().slice(field.name.length).trim();
  const missing = /^is\s+(not\s+)?missing$/i.exec(rest);
  if (missing !== null) return readMissing(text, field, missing[1] !== undefined);
  const operator = OPERATORS.find((candidate) => rest.startsWith(candidate));
  if (operator === undefined) throw refuse(text, `"${rest}" is no condition; ${FORMS}`);
  const value = rest.slice(operator.length).trim();
  if (value === '') throw refuse(text, `there is no value after "${operator}"; ${FORMS}`);
  if (field.domain.kind === 'numeric') return readNumeric(text, field, operator, value);
  return readCategorical(text, field, { operator, value, labels: context.labels.get(field.name) ?? [] });
}

/** The longest column name that begins the text. */
function findField(text: string, { schema }: ConditionContext): Field {
  const trimmed = text.trim();
  const named = schema.fields
    .filter(({ name }) => trimmed.startsWith(name) && /^\s*([<>=!]|is\s)/i.test(trimmed.slice(name.length)))
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (named === undefined) {
    const names = schema.fields.filter(({ domain }) => domain.kind !== 'identifier').map(({ name }) => name);
    throw refuse(text, `it begins with no column and operator; columns are ${names.join(', ')}; ${FORMS}`);
  }
  if (named.domain.kind === 'identifier') {
    throw refuse(text, `"${named.name}" is an identifier; identifiers are made up and mean nothing`);
  }
  return named;
}

function readMissing(text: string, field: Field, negated: boolean): Condition {
  if (field.nullable) return { column: field.name, kind: 'missing', negated };
  throw refuse(text, `"${field.name}" is declared as never missing`);
}

type Operator = (typeof OPERATORS)[number];

function readNumeric(text: string, field: Field, operator: Operator, value: string): Condition {
  const { name: column, type } = field;
  if (operator === '=' || operator === '!=') {
    const values = value.split('|').map((part) => readAxis(text, field, part));
    return { column, kind: 'numbers', values, negated: operator === '!=' };
  }
  if (value.includes('|')) throw refuse(text, `"${operator}" takes one ${type}, not a list`);
  return { column, kind: 'compare', operator, value: readAxis(text, field, value) };
}

/** A value as conditions write it, by type. */
const EXAMPLES: Readonly<Partial<Record<Field['type'], string>>> = {
  date: '2024-01-31',
  datetime: '2024-01-31T12:00:00Z',
  integer: '12',
};

function readAxis(text: string, { name, type }: Field, part: string): number {
  const value = axisFromText(type, unquote(part.trim()));
  if (Number.isFinite(value)) return value;
  const example = EXAMPLES[type] ?? '12.5';
  throw refuse(text, `"${part.trim()}" is no ${type} as "${name}" holds; write one like ${example}`);
}

function readCategorical(
  text: string,
  field: Field,
  {
    operator,
    value,
    labels,
  }: { readonly operator: Operator; readonly value: string; readonly labels: readonly string[] },
): Condition {
  const whole = labelOf(field, value, labels);
  const parts = whole === undefined ? value.split('|').map((part) => part.trim()) : [value];
  const found = parts.map((part) => {
    const label = labelOf(field, part, labels);
    if (label !== undefined) return label;
    throw refuse(text, `"${part}" is no category of "${field.name}"; categories are ${listed(labels)}`);
  });
  const column = field.name;
  if (operator === '=' || operator === '!=')
    return { column, kind: 'categories', labels: found, negated: operator === '!=' };
  if (field.domain.kind !== 'categorical' || !field.domain.ordered) {
    throw refuse(text, `the categories of "${column}" have no order; use = or !=`);
  }
  const place = labels.indexOf(found[0]!);
  const isPlaced = field.domain.categories.status !== 'public' || place < field.domain.categories.value.length;
  if (found.length > 1 || !isPlaced)
    throw refuse(text, `"${operator}" takes one category that has a place in the order`);
  return { column, kind: 'compare', operator, value: place };
}

/** The category that a text means: itself, without quotes, or a text of true or false. */
function labelOf(
  { trueValues, falseValues, type }: Field,
  text: string,
  labels: readonly string[],
): string | undefined {
  for (const candidate of [text, unquote(text)]) {
    if (labels.includes(candidate)) return candidate;
    if (type !== 'boolean') continue;
    if (trueValues?.includes(candidate)) return 'true';
    if (falseValues?.includes(candidate)) return 'false';
  }
  return undefined;
}

function unquote(text: string): string {
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  return quoted === null ? text : quoted[2]!;
}

/** Most categories that a message lists. */
const MOST_LISTED = 20;

function listed(labels: readonly string[]): string {
  const more = labels.length > MOST_LISTED ? ` and ${labels.length - MOST_LISTED} more` : '';
  return labels.slice(0, MOST_LISTED).join(', ') + more;
}

function refuse(text: string, finding: string): TabveilError {
  return new TabveilError('usage', 'sample.condition', `--where "${text}": ${finding}.`);
}
