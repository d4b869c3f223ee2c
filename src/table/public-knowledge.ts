import type { Field, PublicKnowledge, PublicMarginal, SchemaValue, ValueCondition, ZeroRule } from './schema.ts';
import type { Findings } from './schema-field.ts';
import { show } from './schema-problems.ts';
import type { SchemaFile } from './schema-shape.ts';

/** Standard deviation of a published share when the schema states none: about what rounding to a tenth of a percent does. */
const DEFAULT_SHARE_ERROR = 0.0005;

/** How far the shares of a published table may sum from 1: published shares are rounded. */
const SUM_TOLERANCE = 0.01;

/**
 * Public knowledge of a schema file: structural zeros, functional dependencies (as the zeros they imply) and published
 * tables. Problems name the entry, what was found and what is allowed.
 */
export function readKnowledge(file: SchemaFile, fields: readonly Field[], findings: Findings): PublicKnowledge {
  const privacy = file.privacy ?? {};
  const byName = new Map(fields.map((field) => [field.name, field]));
  const known = (name: string, where: string): boolean => {
    const field = byName.get(name);
    if (field !== undefined && field.domain.kind !== 'identifier') return true;
    findings.problems.push(
      `privacy.${where} names ${show(name)}; it must be one of the modelled fields ${modelled(fields)}`,
    );
    return false;
  };
  const zeros = (privacy.structuralZeros ?? []).flatMap((entry, index): ZeroRule[] => {
    const where = `structuralZeros[${index}]`;
    const names = Object.keys(entry);
    if (names.length < 2 || names.length > 4) {
      findings.problems.push(`privacy.${where} has ${names.length} columns; a rule combines 2 to 4`);
      return [];
    }
    if (!names.every((name) => known(name, where))) return [];
    return [new Map(Object.entries(entry).map(([name, condition]) => [name, readCondition(condition)]))];
  });
  const dependencies = (privacy.functionalDependencies ?? []).flatMap((entry, index): ZeroRule[] => {
    const where = `functionalDependencies[${index}]`;
    if (![entry.from, entry.to].every((name) => known(name, where))) return [];
    return Object.entries(entry.values).map(
      ([from, to]) =>
        new Map<string, ValueCondition>([
          [entry.from, { kind: 'values', values: [from], negated: false }],
          [entry.to, { kind: 'values', values: [to], negated: true }],
        ]),
    );
  });
  const marginals = (privacy.publicMarginals ?? []).flatMap((entry, index): PublicMarginal[] => {
    const where = `publicMarginals[${index}]`;
    if (!entry.columns.every((name) => known(name, where))) return [];
    const problem = marginalProblem(entry.columns, entry.cells);
    if (problem !== undefined) findings.problems.push(`privacy.${where} ${problem}`);
    return problem === undefined ? [{ ...entry, error: entry.error ?? DEFAULT_SHARE_ERROR }] : [];
  });
  return { zeros: [...zeros, ...dependencies], marginals };
}

const modelled = (fields: readonly Field[]) =>
  fields
    .filter(({ domain }) => domain.kind !== 'identifier')
    .map(({ name }) => name)
    .join(', ');

type ConditionFile =
  | readonly SchemaValue[]
  | { readonly minimum?: number | undefined; readonly maximum?: number | undefined };

function readCondition(condition: ConditionFile): ValueCondition {
  if (!('minimum' in condition) && !('maximum' in condition) && Array.isArray(condition)) {
    return { kind: 'values', values: condition, negated: false };
  }
  const { minimum, maximum } = condition as { readonly minimum?: number; readonly maximum?: number };
  return { kind: 'range', minimum: minimum ?? Number.NEGATIVE_INFINITY, maximum: maximum ?? Number.POSITIVE_INFINITY };
}

function marginalProblem(columns: readonly string[], cells: PublicMarginal['cells']): string | undefined {
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index);
  if (repeated !== undefined) return `names ${show(repeated)} twice; columns are different`;
  const ragged = cells.find(({ values }) => values.length !== columns.length);
  if (ragged !== undefined)
    return `has a cell with ${ragged.values.length} values for ${columns.length} columns; give one each`;
  const sum = cells.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 1) > SUM_TOLERANCE)
    return `has shares that sum to ${sum}; they must sum to 1 (within ${SUM_TOLERANCE})`;
  return undefined;
}
