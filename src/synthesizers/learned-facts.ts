import type { LearnedFacts } from '../encode/field-codec.ts';
import type { PlanShare } from '../privacy/accounting/calibrate-plan.ts';
import type { Mechanisms, PrivacyPlan } from '../privacy/mechanisms.ts';
import { type Bounds, learnBounds, shareBounds } from '../privacy/preprocess/learn-bounds.ts';
import type { Private } from '../privacy/private.ts';
import type { Table } from '../table/columns.ts';
import type { Field, NumericDomain, TableSchema } from '../table/schema.ts';
import { plannedVariance } from './measure.ts';

/** Share of the budget spent on categories that are to be learned. */
const CATEGORIES_SHARE = 0.06;

/** Share of the budget spent on bounds that are to be learned. */
const BOUNDS_SHARE = 0.03;

/** Share of delta given to the thresholds that keep unknown categories from showing a single unit. */
const THRESHOLD_DELTA_SHARE = 0.1;

const categoriesLabel = (column: string) => `categories:${column}`;
const boundsLabel = (column: string) => `bounds:${column}`;

const learnsCategories = (field: Field) =>
  field.domain.kind === 'categorical' && field.domain.categories.status === 'learn';

type NumericField = Field & { readonly domain: NumericDomain };

const learnsBounds = (field: Field): field is NumericField =>
  field.domain.kind === 'numeric' && field.domain.bounds.status === 'learn';

/** What the shares of learned facts depend on. */
export interface LearnedSharesRequest {
  /** Most rows of one unit. */
  readonly unitRows: number;
  /** Target delta of the training; thresholds take a stated part of it. */
  readonly delta: number;
}

/** Events that buy what the schema leaves open, weighted in parts of the whole budget: categories, then bounds. */
export function planLearnedFacts(schema: TableSchema, { unitRows, delta }: LearnedSharesRequest): PlanShare[] {
  const categories = schema.fields.filter(learnsCategories);
  const bounds = schema.fields.filter(learnsBounds);
  return [
    ...categories.map(
      ({ name }): PlanShare => ({
        label: categoriesLabel(name),
        purpose: `categories of ${name}`,
        kind: 'stability-threshold',
        weight: CATEGORIES_SHARE / categories.length,
        l2Sensitivity: unitRows,
        delta: (THRESHOLD_DELTA_SHARE * delta) / categories.length,
      }),
    ),
    ...bounds.map(({ name }) =>
      shareBounds({ label: boundsLabel(name), column: name, weight: BOUNDS_SHARE / bounds.length, maxRows: unitRows }),
    ),
  ];
}

/** What learning needs besides the rows. */
export interface LearnRequest {
  readonly schema: TableSchema;
  readonly plan: PrivacyPlan;
  readonly mechanisms: Mechanisms;
}

/**
 * Buys the categories and bounds that the schema leaves open.
 *
 * **Privacy**: spends the events of `planLearnedFacts`; a row has one category and at most one cell of the bounds' grid.
 */
export async function learnFacts(table: Private<Table>, request: LearnRequest): Promise<LearnedFacts> {
  const { schema, mechanisms } = request;
  const categories = new Map<string, readonly string[]>();
  for (const { name } of schema.fields.filter(learnsCategories)) {
    const counts = table.map((rows) => countCategories(rows, name));
    const released = await mechanisms.stabilityHistogram(counts, { label: categoriesLabel(name) });
    categories.set(name, [...released.value.keys()]);
  }
  const bounds = new Map<string, Bounds>();
  for (const { name, domain } of schema.fields.filter(learnsBounds)) {
    const values = table.map((rows) => numbersOf(rows, name));
    const label = boundsLabel(name);
    const variance = plannedVariance(request, label);
    bounds.set(name, await learnBounds(mechanisms, values, { label, precision: domain.precision, variance }));
  }
  return { categories, bounds };
}

/** Rows per category of a column; missing values are not a category. */
function countCategories(table: Table, name: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const column = table.columns.get(name);
  if (column?.kind !== 'category') return counts;
  for (const code of column.codes) {
    const category = column.categories[code];
    if (category !== undefined) counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  return counts;
}

function numbersOf(table: Table, name: string): Float64Array {
  const column = table.columns.get(name);
  return column?.kind === 'number' ? column.values : new Float64Array(0);
}
