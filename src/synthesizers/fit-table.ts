import { binsFromReleased, type CoarseBins } from '../encode/coarse-bins.ts';
import { type FieldCodec, type LearnedFacts, NOTHING_LEARNED, type NumericCodec } from '../encode/field-codec.ts';
import { estimateFineWeights } from '../encode/fine-weights.ts';
import { countFineCells } from '../encode/numeric-grid.ts';
import {
  type Attribute,
  attributeWithBins,
  coarseDomain,
  coarseMap,
  countCoarseCells,
  createFieldCodecs,
  encodeFine,
  fineDomain,
  isFlat,
  publicBins,
  type TableCodec,
} from '../encode/table-codec.ts';
import { coarsen } from '../marginals/coarsen.ts';
import type { CountSource } from '../marginals/count-source.ts';
import { createCountSource } from '../marginals/memory-count-source.ts';
import type { PlanShare, StabilityThresholdShare } from '../privacy/accounting/calibrate-plan.ts';
import type { Mechanisms, PrivacyPlan } from '../privacy/mechanisms.ts';
import type { Private } from '../privacy/private.ts';
import type { Table } from '../table/columns.ts';
import type { Field, TableSchema } from '../table/schema.ts';
import { boundUnits, DROPPED_SHARE, planDroppedRows } from './bound-units.ts';
import { plannedVariance } from './measure.ts';
import type { ModelParts, PlanShape, Synthesizer, SynthesizerOptions } from './synthesizer.ts';

/** Share of the budget spent on histograms of fine cells, which keep spikes and tails inside coarse bins. */
const FINE_SHARE = 0.04;

/** Share of the budget spent on categories that are to be learned. */
const CATEGORIES_SHARE = 0.06;

/** Share of delta given to the thresholds that keep unknown categories from showing a single unit. */
const THRESHOLD_DELTA_SHARE = 0.1;

/** Everything `fitTable` needs besides the rows; all of it public. */
export interface TableFitRequest {
  readonly schema: TableSchema;
  readonly synthesizer: Synthesizer;
  readonly options: SynthesizerOptions;
  readonly budget: { readonly epsilon: number; readonly delta: number };
  readonly plan: PrivacyPlan;
  readonly mechanisms: Mechanisms;
  /** Fresh secret that chooses which rows of an entity stay within its cap; unused when the unit is a row. */
  readonly boundingKey: Uint8Array;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A fitted model with the codec that turns its codes into rows. */
export interface FittedTable {
  readonly codec: TableCodec;
  readonly learned: LearnedFacts;
  readonly parts: ModelParts;
  /** Released number of rows that the cap of an entity dropped; absent when the unit is a row. */
  readonly droppedRows?: number;
}

const fineLabel = (column: string) => `fine:${column}`;
const categoriesLabel = (column: string) => `categories:${column}`;

/** Most rows one unit contributes to the table that is counted. */
export function unitRows(schema: TableSchema): number {
  return schema.unit.kind === 'row' ? 1 : schema.unit.maxRows;
}

/** The public facts a synthesizer plans with. */
export function planShape(schema: TableSchema, request: Pick<TablePlanRequest, 'options' | 'budget'>): PlanShape {
  const modelled = schema.fields.filter((field) => field.domain.kind !== 'identifier');
  const target = modelled.find((field) => field.roles.includes('target'));
  return {
    columns: modelled.map((field) => field.name),
    ...(target === undefined ? {} : { target: target.name }),
    unitRows: unitRows(schema),
    options: request.options,
    budget: request.budget,
    ...(schema.population === undefined ? {} : { population: schema.population }),
  };
}

/** What a plan of a whole training depends on besides the schema. */
export interface TablePlanRequest {
  readonly synthesizer: Synthesizer;
  readonly options: SynthesizerOptions;
  /** What the whole training may cost; thresholds take a stated part of delta. */
  readonly budget: { readonly epsilon: number; readonly delta: number };
}

/**
 * Every event of a training with its share of the budget, in the order of spending: rows dropped by the cap, learned
 * categories, fine histograms, then the synthesizer's own.
 *
 * **Privacy**: a function of the schema and the options alone.
 */
export function planTableShares(schema: TableSchema, request: TablePlanRequest): PlanShare[] {
  const { synthesizer } = request;
  const shape = planShape(schema, request);
  const learned = schema.fields.filter(learnsCategories);
  const fine = schema.fields.filter(mayNeedFineHistogram);
  const own = synthesizer.planShares(shape);
  const dropped = planDroppedRows(schema);
  const preparation =
    (dropped.length > 0 ? DROPPED_SHARE : 0) +
    (learned.length > 0 ? CATEGORIES_SHARE : 0) +
    (fine.length > 0 ? FINE_SHARE : 0);
  const ownTotal = own.reduce((sum, share) => sum + share.weight, 0);
  return [
    ...dropped,
    ...learned.map((field) => ({
      ...categoriesShare(field, CATEGORIES_SHARE / learned.length, shape.unitRows),
      delta: (THRESHOLD_DELTA_SHARE * request.budget.delta) / learned.length,
    })),
    ...fine.map((field) => fineShare(field, FINE_SHARE / fine.length, shape.unitRows)),
    ...own.map((share) => ({ ...share, weight: (share.weight * (1 - preparation)) / ownTotal })),
  ];
}

const learnsCategories = (field: Field) =>
  field.domain.kind === 'categorical' && field.domain.categories.status === 'learn';

/** Decided by the schema alone: bounds that are learned, or bins that do not coincide with fine cells. */
function mayNeedFineHistogram(field: Field): boolean {
  if (field.domain.kind !== 'numeric') return false;
  if (field.domain.bounds.status === 'learn') return true;
  return createFieldCodecs({ fields: [field] }).some((codec) => !isFlat(codec));
}

function categoriesShare(field: Field, weight: number, rows: number): Omit<StabilityThresholdShare, 'delta'> {
  return {
    label: categoriesLabel(field.name),
    purpose: `categories of ${field.name}`,
    kind: 'stability-threshold',
    weight,
    l2Sensitivity: rows,
  };
}

function fineShare(field: Field, weight: number, rows: number): PlanShare {
  return {
    label: fineLabel(field.name),
    purpose: `fine histogram of ${field.name}`,
    kind: 'discrete-gaussian',
    weight,
    l2Sensitivity: rows,
    oneCell: rows === 1,
  };
}

/**
 * Learns a table: buys what the schema leaves open, chooses coarse bins from released counts, and fits the synthesizer.
 *
 * **Privacy**: spends the planned events in plan order; every decision between them depends on public facts and released
 * values only.
 */
export async function fitTable(rows: Private<Table>, request: TableFitRequest): Promise<FittedTable> {
  const { table, ...counted } = await boundUnits(rows, request);
  const learned = await learnFacts(table, request);
  const codecs = createFieldCodecs(request.schema, learned);
  const fine = table.map((rows) => createCountSource(fineDomain(codecs), encodeFine(codecs, rows))).memo();
  const attributes: Attribute[] = [];
  for (const [index, codec] of codecs.entries())
    attributes.push(await chooseAttribute(fine, codec, { ...request, index }));
  const codec = { attributes };
  const recodings = attributes.map((attribute) => ({
    size: countCoarseCells(attribute),
    codes: Int32Array.from(coarseMap(attribute)),
  }));
  const parts = await request.synthesizer.fit({
    ...planShape(request.schema, request),
    ...request,
    source: fine.map((source) => coarsen(source, recodings)).memo(),
    domain: coarseDomain(codec),
  });
  return { codec, learned, parts, ...counted };
}

async function learnFacts(table: Private<Table>, request: TableFitRequest): Promise<LearnedFacts> {
  const categories = new Map<string, readonly string[]>();
  for (const field of request.schema.fields.filter(learnsCategories)) {
    const counts = table.map((rows) => countCategories(rows, field.name));
    const released = await request.mechanisms.stabilityHistogram(counts, { label: categoriesLabel(field.name) });
    categories.set(field.name, [...released.value.keys()]);
  }
  return { ...NOTHING_LEARNED, categories };
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

async function chooseAttribute(
  fine: Private<CountSource>,
  codec: FieldCodec,
  request: TableFitRequest & { readonly index: number },
): Promise<Attribute> {
  const label = fineLabel(codec.name);
  if (codec.kind === 'categorical' || !request.plan.some((line) => line.label === label))
    return attributeWithBins(codec);
  const cells = countFineCells(codec.grid);
  const counts = fine.map(async (source) => (await source.count([[request.index]]))[0]!.slice(0, cells));
  const released = await request.mechanisms.discreteGaussian(counts, { label, cells });
  return refineAttribute(codec, released.value, Math.sqrt(plannedVariance(request, label)));
}

/** Bins and fine weights from a released histogram. */
function refineAttribute(codec: NumericCodec, noisyCounts: Float64Array, sigma: number): Attribute {
  const bins: CoarseBins = publicBins(codec) ?? binsFromReleased(noisyCounts, sigma);
  return { codec, bins, fineWeights: estimateFineWeights(noisyCounts, bins, { starts: codec.grid.starts, sigma }) };
}
