import type { TableSchema } from '../../table/schema.ts';
import type { EvaluationTables } from '../aligned-tables.ts';
import { prepareEvaluation } from '../evaluation-input.ts';
import { representationFamily } from '../fairness/representation-family.ts';
import type { EvaluationInput } from '../families.ts';
import { kMarginalScore } from '../fidelity/k-marginal.ts';
import { type RulerMark, readRuler, subsampleRuler } from '../fidelity/subsample-ruler.ts';
import type { Metric } from '../metric.ts';
import { nameScope } from '../metric-name.ts';
import { inferenceFamily, linkabilityFamily, singlingOutFamily } from '../privacy/attack-families.ts';
import { membershipFamily } from '../privacy/membership-family.ts';
import type { AttackRisk, GroupFidelity, RunLine, TableLine } from './lines.ts';
import { classifierScores, scoreTable } from './scores.ts';

const ATTACK_FAMILIES = [singlingOutFamily, linkabilityFamily, inferenceFamily, membershipFamily] as const;
const ATTACKS: readonly AttackRisk['attack'][] = ['singling-out', 'linkability', 'inference', 'membership-auc'];

/** Every random choice of a benchmark's scores starts from this seed, so that equal tables score equally. */
const SEED = 0;

/** How a table is measured. */
export interface MeasureOptions {
  /** Marks of the training rows, from `measureTable`. */
  readonly ruler: readonly RulerMark[];
  /** Rows per table that attacks use at most; 0 leaves them out. */
  readonly attackRows: number;
  readonly signal?: AbortSignal;
}

/** Facts of the table itself: the ruler, and what the held-out rows and the real rows reach. */
export function measureTable(
  schema: TableSchema,
  tables: EvaluationTables & Required<Pick<EvaluationTables, 'holdout'>>,
): Pick<TableLine, 'rows' | 'heldOutRows' | 'columns' | 'ruler' | 'heldOut' | 'realAuc'> {
  const input = prepareEvaluation(schema, tables, { seed: SEED });
  return {
    rows: tables.real.rowCount,
    heldOutRows: tables.holdout.rowCount,
    columns: input.aligned.columns.length,
    ruler: subsampleRuler(input.quantileBinned, input.stream('subsample-ruler')),
    heldOut: scoreTable(input, 'holdout'),
    realAuc: classifierScores(input, 'real').tstr_auc,
  };
}

/**
 * Measures one synthetic table: scores, ruler, groups of people, attacks.
 *
 * **Privacy**: functions of private rows that no mechanism protects.
 */
export async function measureSynthetic(
  schema: TableSchema,
  tables: EvaluationTables & Required<Pick<EvaluationTables, 'holdout'>>,
  { ruler, attackRows, signal }: MeasureOptions,
): Promise<Pick<RunLine, 'scores' | 'kMarginal' | 'likeSubsample' | 'groups' | 'attacks'>> {
  const choices = { seed: SEED, ...(attackRows > 0 && { maxAttackRows: attackRows }), ...(signal && { signal }) };
  const input = prepareEvaluation(schema, tables, choices);
  const kMarginal = kMarginalScore(input.quantileBinned, 'synthetic');
  return {
    scores: scoreTable(input),
    kMarginal,
    likeSubsample: kMarginal === null ? null : readRuler(ruler, kMarginal),
    groups: await groupsOf(input),
    attacks: attackRows > 0 ? await attacksOn(input) : [],
  };
}

async function groupsOf(input: EvaluationInput): Promise<readonly GroupFidelity[]> {
  const metrics = await representationFamily.compute(input);
  return metrics.flatMap((metric) => {
    if (metric.id !== 'group-k-marginal' || metric.value === null) return [];
    const [[column, group] = ['', '']] = Object.entries((metric.scope as { group: Record<string, string> }).group);
    return [{ column, group, score: metric.value, heldOut: metric.baseline }];
  });
}

async function attacksOn(input: EvaluationInput): Promise<readonly AttackRisk[]> {
  const metrics: Metric[] = [];
  for (const family of ATTACK_FAMILIES) metrics.push(...(await family.compute(input)));
  return metrics.flatMap((metric) => {
    const attack = ATTACKS.find((id) => id === metric.id);
    if (attack === undefined || metric.value === null) return [];
    const about = metric.variant ?? (metric.scope === null ? undefined : nameScope(metric.scope));
    return [{ attack, ...(about !== undefined && { about }), value: metric.value, interval: metric.interval }];
  });
}
