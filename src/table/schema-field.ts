import { civilPatternProblem } from './calendar-pattern.ts';
import { categoricalDomain } from './domain-categorical.ts';
import { numericDomain } from './domain-numeric.ts';
import type { CategoricalDomain, Field, FieldRole, NumberText, NumericDomain, OutOfDomain } from './schema.ts';
import { show } from './schema-problems.ts';
import type { FieldFile } from './schema-shape.ts';

/** Where the meaning of a schema file is collected: problems stop it, notes only inform. */
export interface Findings {
  readonly problems: string[];
  readonly notes: string[];
}

/** What a field needs to know of its table. */
export interface FieldContext {
  readonly missingValues: readonly string[];
  /** True when the field alone is the primary key: it then names rows and is an identifier unless a role says otherwise. */
  readonly isKey: boolean;
  /** True to accept facts that `schema draft` took from data and nobody confirmed. */
  readonly allowUnconfirmed: boolean;
}

/** Default texts of true and false in Table Schema. */
const TRUE_VALUES = ['true', 'True', 'TRUE', '1'];
const FALSE_VALUES = ['false', 'False', 'FALSE', '0'];

/** The field a part of a schema file describes, or undefined after adding a problem. */
export function readField(file: FieldFile, context: FieldContext, findings: Findings): Field | undefined {
  const problemsBefore = findings.problems.length;
  const say = (sentence: string) => void findings.problems.push(`field ${show(file.name)}${sentence}`);
  noteUnusedConstraints(file, findings.notes);
  const unconfirmed = file.privacy?.unconfirmed ?? [];
  if (unconfirmed.length > 0 && !context.allowUnconfirmed) {
    say(
      `: ${unconfirmed.join(', ')} came from the data and is not confirmed; check each, then take it out of privacy.unconfirmed (or have categories and bounds learned instead)`,
    );
  }
  const roles = rolesOf(file, context, findings.notes);
  if (roles.includes('identifier')) return identifierField(file, roles);
  if (file.privacy?.format !== undefined) say(': privacy.format is for identifiers; take it out or add that role');
  const domain = readDomain(file, context, say);
  if (domain === undefined || findings.problems.length > problemsBefore) return undefined;
  const nullable = !(file.constraints?.required ?? false);
  const pattern = readPattern(file, say);
  const field: Field = {
    name: file.name,
    type: file.type,
    roles,
    domain,
    nullable,
    ...readOutOfDomain(file, domain, nullable, say),
    ...(file.type === 'boolean' ? booleanTexts(file, say) : {}),
    ...(pattern === undefined ? {} : { pattern }),
    ...numberText(file),
  };
  return findings.problems.length > problemsBefore ? undefined : field;
}

function rolesOf(file: FieldFile, context: FieldContext, notes: string[]): readonly FieldRole[] {
  const declared = file.privacy?.role;
  if (declared !== undefined) return Array.isArray(declared) ? [...new Set(declared)] : [declared];
  if (!context.isKey) return [];
  notes.push(`field ${show(file.name)} is the primary key and so an identifier: never read, generated fresh`);
  return ['identifier'];
}

function identifierField(file: FieldFile, roles: readonly FieldRole[]): Field {
  return {
    name: file.name,
    type: file.type,
    roles,
    domain: { kind: 'identifier', format: file.privacy?.format ?? 'sequence' },
    nullable: false,
    outOfDomain: 'fallback',
  };
}

function readDomain(
  file: FieldFile,
  context: FieldContext,
  say: (sentence: string) => void,
): CategoricalDomain | NumericDomain | undefined {
  const hasList = file.constraints?.enum !== undefined || file.categories !== undefined;
  const isCategorical = file.type === 'string' || file.type === 'boolean' || hasList;
  return isCategorical ? categoricalDomain(file, context.missingValues, say) : numericDomain(file, say);
}

/** The default is `missing` where a field may be missing, otherwise the fallback; learned categories need `other`. */
function readOutOfDomain(
  file: FieldFile,
  domain: CategoricalDomain | NumericDomain,
  nullable: boolean,
  say: (sentence: string) => void,
): { readonly outOfDomain: OutOfDomain; readonly otherLabel?: string } {
  const isLearned = domain.kind === 'categorical' && domain.categories.status === 'learn';
  const outOfDomain = file.privacy?.outOfDomain ?? (isLearned ? 'other' : nullable ? 'missing' : 'fallback');
  const label = file.privacy?.otherLabel ?? 'other';
  const problem = outOfDomainProblem(domain, nullable, outOfDomain);
  if (problem !== undefined) say(`: privacy.outOfDomain is "${outOfDomain}"; ${problem}`);
  if (outOfDomain !== 'other') {
    if (file.privacy?.otherLabel !== undefined) say(': privacy.otherLabel needs privacy.outOfDomain "other"');
    return { outOfDomain };
  }
  if (
    domain.kind === 'categorical' &&
    domain.categories.status === 'public' &&
    domain.categories.value.includes(label)
  ) {
    say(
      `: ${show(label)} is one of the categories and the label of all others; set privacy.otherLabel to another text`,
    );
  }
  return { outOfDomain, otherLabel: label };
}

function outOfDomainProblem(
  domain: CategoricalDomain | NumericDomain,
  nullable: boolean,
  outOfDomain: OutOfDomain,
): string | undefined {
  if (domain.kind === 'numeric') {
    const forced = nullable ? 'missing' : 'fallback';
    if (outOfDomain !== forced)
      return `a numeric field that is ${nullable ? '' : 'not '}nullable allows "${forced}" only`;
    return undefined;
  }
  if (outOfDomain === 'missing' && !nullable) return 'that needs a field without constraints.required';
  if (outOfDomain === 'fallback' && domain.categories.status === 'learn')
    return 'learned categories need "other" or "missing"';
  return undefined;
}

function booleanTexts(file: FieldFile, say: (sentence: string) => void): Pick<Field, 'trueValue' | 'falseValue'> {
  const [trueValues, falseValues] = [file.trueValues ?? TRUE_VALUES, file.falseValues ?? FALSE_VALUES];
  const shared = trueValues.find((value) => falseValues.includes(value));
  if (shared !== undefined) say(`: ${show(shared)} is in trueValues and in falseValues; a text means one of the two`);
  const texts = { trueValue: trueValues[0] ?? 'true', falseValue: falseValues[0] ?? 'false' };
  return Object.assign(texts, { trueValues, falseValues });
}

function readPattern(file: FieldFile, say: (sentence: string) => void): string | undefined {
  const isCalendar = file.type === 'date' || file.type === 'datetime';
  if (!isCalendar || file.format === undefined || file.format === 'default' || file.format === 'any') return undefined;
  const problem = civilPatternProblem(file.format, file.type === 'datetime');
  if (problem !== undefined) say(`: format is ${show(file.format)}; ${problem}`);
  return file.format;
}

function numberText(file: FieldFile): { readonly numberText?: NumberText } {
  const isNumber = file.type === 'integer' || file.type === 'number';
  const isUsual = (file.decimalChar ?? '.') === '.' && file.groupChar === undefined && file.bareNumber !== false;
  if (!isNumber || isUsual) return {};
  const base = { decimalChar: file.decimalChar ?? '.', bareNumber: file.bareNumber ?? true };
  return { numberText: file.groupChar === undefined ? base : { ...base, groupChar: file.groupChar } };
}

function noteUnusedConstraints(file: FieldFile, notes: string[]): void {
  const unused = (['unique', 'pattern', 'minLength', 'maxLength'] as const).filter(
    (key) => file.constraints?.[key] !== undefined,
  );
  if (unused.length > 0) notes.push(`field ${show(file.name)}: ${unused.join(', ')} has no effect on the model`);
}
