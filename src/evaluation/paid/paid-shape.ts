import { TabveilError } from '../../errors.ts';
import { formatRational, rationalAtLeast } from '../../math/rational.ts';
import type { PlannedEvent, PrivacyPlan } from '../../privacy/mechanisms.ts';
import type { Field, TableSchema } from '../../table/schema.ts';
import { combinations } from '../contingency.ts';
import { type PaidTarget, readTarget, type TargetChoice } from './paid-target.ts';

/** Brier scores are counted in thousandths per row, because mechanisms add noise to integers. */
export const BRIER_UNITS = 1000;
/** A hair below one, so that adding up rounded costs cannot exceed the claim. */
const SLACK = 1 - 1e-9;

/** What a paid evaluation measures: everything here is public. */
export interface PaidShape {
  /** The schema cut to fields whose domain is public by declaration. */
  readonly schema: TableSchema;
  readonly pairs: number;
  /** Protected categorical columns with their cells: categories, then one cell for everything else. */
  readonly protectedFields: readonly { readonly name: string; readonly labels: readonly string[] }[];
  /** What a model decides for the holdout; absent when nothing is decided. */
  readonly target?: PaidTarget;
  /** What was asked for and cannot be bought, one sentence each. */
  readonly omitted: readonly string[];
}

/** What one protected table must pay. */
export interface PaidPlan {
  readonly plan: PrivacyPlan;
  /** Noise scale of each planned line by label. */
  readonly scales: ReadonlyMap<string, number>;
}

/**
 * The public shape of a paid evaluation. Fields whose domain would have to be learned are left out.
 * @throws TabveilError (usage) when the unit of privacy is not a row, fewer than two fields are public, or the target is no
 * question of yes or no.
 */
export function planShape(
  schema: TableSchema,
  choices: TargetChoice & {
    readonly protectedColumns: readonly string[];
    /** Whether decisions are to be measured on a holdout; then the target must be a question of yes or no. */
    readonly hasHoldout: boolean;
  },
): PaidShape {
  if (schema.unit.kind !== 'row') {
    throw new TabveilError(
      'usage',
      'report.unit',
      `report: numbers can be bought for tables whose unit of privacy is one row; this schema protects all rows of one ${schema.unit.key.join(', ')}. Leave --report-epsilon out.`,
    );
  }
  const { fields } = withPublicFields(schema);
  if (fields.length < 2) {
    throw new TabveilError(
      'usage',
      'report.public-fields',
      `report: ${fields.length} of ${schema.fields.length} fields have a public domain, at least two are needed; declare bounds or categories before buying numbers.`,
    );
  }
  const protectedFields = choices.protectedColumns.flatMap((name) => {
    const labels = categoriesOf(fields.find((field) => field.name === name));
    return labels ? [{ name, labels: [...labels, '(other)'] }] : [];
  });
  const target = choices.hasHoldout ? readTarget(fields, choices) : undefined;
  return {
    schema: { ...schema, fields },
    pairs: combinations(fields.length, 2).length,
    protectedFields,
    ...(target && { target }),
    omitted: omissions(choices, protectedFields),
  };
}

/** What the caller asked for and does not get. */
function omissions(
  {
    protectedColumns,
    target,
    hasHoldout,
  }: { readonly protectedColumns: readonly string[]; readonly target?: string; readonly hasHoldout: boolean },
  found: PaidShape['protectedFields'],
): readonly string[] {
  const lost = protectedColumns.filter((name) => found.every((field) => field.name !== name));
  return [
    ...lost.map(
      (name) => `No numbers about groups of "${name}" were bought: its categories are not declared in the schema.`,
    ),
    ...(hasHoldout && target === undefined
      ? ['No accuracy and no fairness were bought: no target was named (--target, or the role target in the schema).']
      : []),
    ...(!hasHoldout && target !== undefined
      ? ['No accuracy and no fairness were bought: they are measured on a holdout (--holdout), which pays for them.']
      : []),
  ];
}

/** The schema cut to fields whose domain is public by declaration. */
export function withPublicFields(schema: TableSchema): TableSchema {
  return { ...schema, fields: schema.fields.filter(isPublic) };
}

function isPublic({ domain }: Field): boolean {
  if (domain.kind === 'identifier') return false;
  return domain.kind === 'categorical' ? domain.categories.status === 'public' : domain.bounds.status === 'public';
}

function categoriesOf(field: Field | undefined): readonly string[] | undefined {
  if (field?.domain.kind !== 'categorical' || field.domain.categories.status !== 'public') return undefined;
  return field.domain.categories.value;
}

/** One statistic to buy: how far one row can move it (sum of absolute changes), and its part of the budget. */
interface Share {
  readonly label: string;
  readonly purpose: string;
  readonly l1Sensitivity: number;
  readonly weight: number;
}

/**
 * Events for the training table: row count, k-marginal distance, sizes of groups.
 * **Privacy**: each adds discrete Laplace noise of scale sensitivity/epsilon; epsilons add up to at most `epsilon`.
 */
export function planTraining(shape: PaidShape, epsilon: number): PaidPlan {
  const groups = shape.protectedFields.length;
  return planShares(epsilon, [
    { label: 'report:rows', purpose: 'row count', l1Sensitivity: 1, weight: 1 },
    // One row moves one cell of every pair, and rounding the sum may add one more unit.
    {
      label: 'report:k-marginal',
      purpose: 'distance over all pairs of columns',
      l1Sensitivity: shape.pairs + 1,
      weight: 5,
    },
    ...(groups > 0
      ? [{ label: 'report:groups', purpose: 'sizes of protected groups', l1Sensitivity: groups, weight: 4 }]
      : []),
  ]);
}

/** Events for the holdout table: decisions of a model by group and label, and its Brier score. */
export function planHoldout(shape: PaidShape, epsilon: number): PaidPlan {
  return planShares(epsilon, [
    {
      label: 'report:decisions',
      purpose: 'decisions by group and label',
      l1Sensitivity: Math.max(shape.protectedFields.length, 1),
      weight: 4,
    },
    { label: 'report:brier', purpose: 'squared error of probabilities', l1Sensitivity: BRIER_UNITS, weight: 1 },
  ]);
}

function planShares(epsilon: number, shares: readonly Share[]): PaidPlan {
  const total = shares.reduce((sum, share) => sum + share.weight, 0);
  const scales = new Map<string, number>();
  const plan = shares.map(({ label, purpose, l1Sensitivity, weight }): PlannedEvent => {
    const scale = rationalAtLeast((l1Sensitivity * total) / (weight * epsilon * SLACK));
    scales.set(label, Number(scale.numerator) / Number(scale.denominator));
    return {
      label,
      purpose,
      event: { kind: 'discrete-laplace', scale: formatRational(scale), l1Sensitivity, count: 1 },
    };
  });
  return { plan, scales };
}
