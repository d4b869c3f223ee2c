import { createStream } from '../random/stream.ts';
import type { Field, TableSchema } from '../table/schema.ts';
import { alignTables, type EvaluationTables, unknownColumn } from './aligned-tables.ts';
import { binTables } from './bins.ts';
import type { EvaluationInput, EvaluationSettings } from './families.ts';
import { findNeighbourhood } from './privacy/neighbourhood.ts';
import type { DeepAttack } from './privacy/shadow-family.ts';
import { predictTarget } from './usefulness/predictors.ts';
import { prepareTarget } from './usefulness/target.ts';
import type { WorkloadAnswer } from './usefulness/workload.ts';

/** Rows per table beyond which attacks work on a random sample. */
const DEFAULT_MAX_ATTACK_ROWS = 20_000;

/** What the caller may choose; the rest comes from the roles in the schema. */
export type EvaluationChoices = Partial<EvaluationSettings>;

/**
 * Brings tables and choices into the form that the metrics share.
 *
 * Without a choice: the target is the field of role `target`, protected columns those of role `protected`, secrets those of
 * role `sensitive`, or the target when there is none.
 * @throws TabveilError (input) when a table lacks a column, (usage) when a choice names a column that is not there.
 */
export function prepareEvaluation(
  schema: TableSchema,
  tables: EvaluationTables,
  choices: EvaluationChoices & {
    readonly signal?: AbortSignal;
    readonly workload?: readonly WorkloadAnswer[];
    readonly deep?: DeepAttack;
  } = {},
): EvaluationInput {
  const { signal } = choices;
  const aligned = alignTables(schema, tables);
  const settings = completeChoices(schema, choices);
  requireColumns(schema, choices);
  const binned = binTables(aligned);
  const root = createStream(settings.seed, 'evaluation');
  const target = once(() => prepareTarget(aligned, settings, root.split('target')));
  return {
    schema,
    aligned,
    binned,
    quantileBinned: binTables(aligned, 'quantiles-of-real', binned),
    target,
    prediction: once(() => {
      const found = target();
      return found && { target: found, predictions: predictTarget(found) };
    }),
    neighbours: once(() => findNeighbourhood(aligned, settings, { stream: root.split('neighbours'), signal })),
    population: tables.real,
    ...(choices.deep && { deep: choices.deep }),
    hasHoldout: tables.holdout !== undefined,
    ...(signal && { signal }),
    settings,
    workload: choices.workload ?? [],
    stream: (name) => root.split(name),
  };
}

/**
 * Refuses choices of columns that are not evaluated; needs no table.
 * @throws TabveilError (usage) that lists the columns there are.
 */
export function requireColumns(schema: TableSchema, choices: EvaluationChoices): void {
  const { target, protectedColumns, secrets, keys } = completeChoices(schema, choices);
  const known = schema.fields.filter(({ domain }) => domain.kind !== 'identifier').map(({ name }) => name);
  for (const name of [target ?? [], protectedColumns, secrets, keys ?? []].flat())
    if (!known.includes(name)) throw unknownColumn(name, known);
}

/** Computes a value on first use and remembers it. */
function once<T>(compute: () => T): () => T {
  let cached: { readonly value: T } | undefined;
  return () => {
    cached ??= { value: compute() };
    return cached.value;
  };
}

function completeChoices(schema: TableSchema, choices: EvaluationChoices): EvaluationSettings {
  const withRole = (role: Field['roles'][number]) =>
    schema.fields.filter((field) => field.roles.includes(role)).map((field) => field.name);
  const target = choices.target ?? withRole('target')[0];
  const sensitive = withRole('sensitive');
  const fallback = target === undefined ? [] : [target];
  return {
    ...(target === undefined ? {} : { target }),
    protectedColumns: distinct(choices.protectedColumns ?? withRole('protected')),
    ...(choices.keys === undefined ? {} : { keys: distinct(choices.keys) }),
    secrets: distinct(choices.secrets ?? (sensitive.length > 0 ? sensitive : fallback)),
    seed: choices.seed ?? 0,
    maxAttackRows: choices.maxAttackRows ?? DEFAULT_MAX_ATTACK_ROWS,
  };
}

/** Names in their order, each once. */
function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
