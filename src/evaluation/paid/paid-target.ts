import { TabveilError } from '../../errors.ts';
import { axisFromText } from '../../table/axis.ts';
import { MISSING_CODE } from '../../table/columns.ts';
import type { Field } from '../../table/schema.ts';
import { type AlignedColumn, codesOf, labelOf, type TableRole, valuesOf } from '../aligned-tables.ts';

/** Which answers of a target count as the positive one. */
export type PositiveAnswer =
  | { readonly kind: 'categories'; readonly labels: readonly string[] }
  | { readonly kind: 'at-least' | 'at-most'; readonly limit: number };

/** A target as a question of yes or no: declared, hence public. */
export interface PaidTarget {
  readonly name: string;
  readonly positive: PositiveAnswer;
  /** The question in words: `income >=50000`. */
  readonly question: string;
}

/** What the caller wants to be decided. */
export interface TargetChoice {
  readonly target?: string;
  /** Categories separated by `|`, or `>=number`, `<=number`; without it the target must have two values. */
  readonly positive?: string;
}

/**
 * The question that a paid model answers. Without a declared positive answer it is the later one of two categories, or the
 * larger one of two whole numbers.
 *
 * **Privacy**: a function of the schema and the choice alone.
 * @param fields those with a public domain.
 * @throws TabveilError (usage) when the target is not public, has more than two values and nothing says which of them count,
 * or the positive answer is none of its values.
 */
export function readTarget(fields: readonly Field[], { target, positive }: TargetChoice): PaidTarget | undefined {
  if (target === undefined) {
    if (positive === undefined) return undefined;
    throw refuse('a positive answer is given, but no target; name one with --target or the role target.');
  }
  const field = fields.find(({ name }) => name === target);
  if (field === undefined) {
    throw refuse(
      `the values of the target "${target}" are not public, so accuracy and fairness cannot be bought; declare its categories or limits, or leave --holdout out.`,
    );
  }
  const answer = positive === undefined ? usualAnswer(field) : declaredAnswer(field, positive.trim());
  if (answer === undefined) {
    throw refuse(
      `the target "${target}" has more than two values, so accuracy and fairness can be bought only when you say which of them count as the positive answer: --report-positive ${exampleOf(field)}. Or leave --holdout out.`,
    );
  }
  return { name: target, positive: answer, question: questionOf(target, answer, positive?.trim()) };
}

function refuse(sentence: string): TabveilError {
  return new TabveilError('usage', 'report.target', `report: ${sentence}`);
}

function usualAnswer({ type, domain }: Field): PositiveAnswer | undefined {
  if (domain.kind === 'categorical' && domain.categories.status === 'public') {
    const labels = domain.categories.value;
    return labels.length === 2 ? { kind: 'categories', labels: labels.slice(1) } : undefined;
  }
  if (domain.kind !== 'numeric' || domain.bounds.status !== 'public' || type !== 'integer') return undefined;
  const { minimum, maximum } = domain.bounds.value;
  return maximum - minimum === 1 ? { kind: 'at-least', limit: maximum } : undefined;
}

function declaredAnswer(field: Field, text: string): PositiveAnswer {
  const { name, type, domain } = field;
  if (domain.kind === 'categorical') {
    const known = domain.categories.status === 'public' ? domain.categories.value : [];
    const labels = [...new Set(text.split('|').map((label) => label.trim()))];
    const strange = labels.find((label) => !known.includes(label));
    if (strange === undefined && labels.length < known.length) return { kind: 'categories', labels };
    const what = strange === undefined ? 'it names every category' : `"${strange}" is no category`;
    throw refuse(`--report-positive "${text}": ${what} of "${name}"; name some, but not all of ${known.join(', ')}.`);
  }
  const [, operator, value = ''] = /^(>=|<=)(.+)$/.exec(text) ?? [];
  const limit = axisFromText(type, value.trim());
  if (operator !== undefined && Number.isFinite(limit))
    return { kind: operator === '>=' ? 'at-least' : 'at-most', limit };
  throw refuse(`--report-positive "${text}": "${name}" holds values of type ${type}; write ${exampleOf(field)}.`);
}

function exampleOf({ type, domain }: Field): string {
  if (domain.kind === 'categorical' && domain.categories.status === 'public')
    return `"${domain.categories.value.slice(0, 2).join('|')}"`;
  return type === 'date' ? '">=2024-01-31"' : type === 'datetime' ? '">=2024-01-31T12:00:00Z"' : '">=100"';
}

function questionOf(target: string, answer: PositiveAnswer, text: string | undefined): string {
  if (answer.kind === 'categories') return `${target} = ${answer.labels.join(' or ')}`;
  return `${target} ${text ?? `>=${answer.limit}`}`;
}

/**
 * 1 for the rows of one table whose answer is the positive one. Missing and unlisted values count as negative, so that every
 * row counts once whatever it holds.
 */
export function positiveRows(column: AlignedColumn, role: TableRole, { positive }: PaidTarget): Uint8Array {
  if (column.kind === 'category') {
    if (positive.kind !== 'categories') return new Uint8Array(codesOf(column, role).length);
    const isPositive = (code: number) => code !== MISSING_CODE && positive.labels.includes(labelOf(column, code) ?? '');
    return Uint8Array.from(codesOf(column, role), (code) => Number(isPositive(code)));
  }
  const values = valuesOf(column, role);
  if (positive.kind === 'categories') return new Uint8Array(values.length);
  const { kind, limit } = positive;
  return Uint8Array.from(values, (value) => Number(kind === 'at-least' ? value >= limit : value <= limit));
}
