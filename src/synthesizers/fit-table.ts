import { codeMarginals, codeZeros } from '../encode/apply-knowledge.ts';
import { numberEntities } from '../encode/bound-contributions.ts';
import type { LearnedFacts } from '../encode/field-codec.ts';
import {
  type Attribute,
  coarseDomain,
  coarseMap,
  countCoarseCells,
  countOrderedCells,
  createFieldCodecs,
  encodeFine,
  endsOfBins,
  fineDomain,
  missingCodeOf,
  recode,
  type TableCodec,
} from '../encode/table-codec.ts';
import { coarsen } from '../marginals/coarsen.ts';
import { createCountSource } from '../marginals/memory-count-source.ts';
import type { PlanShare } from '../privacy/accounting/calibrate-plan.ts';
import type { Mechanisms, PrivacyPlan } from '../privacy/mechanisms.ts';
import type { Private } from '../privacy/private.ts';
import type { Table } from '../table/columns.ts';
import type { TableSchema } from '../table/schema.ts';
import { boundUnits, planDroppedRows } from './bound-units.ts';
import { type ChosenAttribute, chooseAttribute, planBins, refineWeights } from './choose-bins.ts';
import { learnFacts, planLearnedFacts } from './learned-facts.ts';
import type { FitInput, ModelParts, PlanShape, Synthesizer, SynthesizerOptions } from './synthesizer.ts';

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
  readonly memory?: Required<FitInput>['memory'];
  readonly onProgress?: Required<FitInput>['onProgress'];
  readonly onNotice?: Required<FitInput>['onNotice'];
}

/** A fitted model with the codec that turns its codes into rows. */
export interface FittedTable {
  readonly codec: TableCodec;
  readonly learned: LearnedFacts;
  readonly parts: ModelParts;
  /** Released number of rows that the cap of an entity dropped; absent when the unit is a row. */
  readonly droppedRows?: number;
}

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
 * categories and bounds, fine histograms, then the synthesizer's own.
 *
 * **Privacy**: a function of the schema and the options alone.
 */
export function planTableShares(schema: TableSchema, request: TablePlanRequest): PlanShare[] {
  const { synthesizer } = request;
  const shape = planShape(schema, request);
  const learned = planLearnedFacts(schema, { unitRows: shape.unitRows, delta: request.budget.delta });
  const own = synthesizer.planShares(shape);
  const dropped = planDroppedRows(schema);
  const prepared = [...dropped, ...learned, ...planBins(schema, shape.unitRows)];
  const preparation = prepared.reduce((sum, share) => sum + share.weight, 0);
  const ownTotal = own.reduce((sum, share) => sum + share.weight * (share.count ?? 1), 0);
  return [...prepared, ...own.map((share) => ({ ...share, weight: (share.weight * (1 - preparation)) / ownTotal }))];
}

/**
 * Learns a table: buys what the schema leaves open, chooses coarse bins from released counts, and fits the synthesizer.
 *
 * **Privacy**: spends the planned events in plan order; every decision between them depends on public facts and released
 * values only.
 */
export async function fitTable(rows: Private<Table>, request: TableFitRequest): Promise<FittedTable> {
  const { unit } = request.schema;
  const { table, ...counted } = await boundUnits(rows, request);
  const learned = await learnFacts(table, request);
  const codecs = createFieldCodecs(request.schema, learned);
  const fineRows = table.map((rows) => encodeFine(codecs, rows)).memo();
  const fine = fineRows.map((rows) => createCountSource(fineDomain(codecs), rows)).memo();
  const chosen: ChosenAttribute[] = [];
  for (const [index, codec] of codecs.entries()) {
    chosen.push(await chooseAttribute(fine, codec, { ...request, index }));
  }
  const attributes = chosen.map(({ attribute }) => attribute);
  const codec = { attributes };
  const recodings = attributes.map((attribute) => ({
    size: countCoarseCells(attribute),
    codes: Int32Array.from(coarseMap(attribute)),
  }));
  const parts = await request.synthesizer.fit({
    ...planShape(request.schema, request),
    ...request,
    source: fine.map((source) => coarsen(source, recodings)).memo(),
    ...(unit.kind === 'row' ? {} : { entities: table.map((rows) => numberEntities(rows, unit.key)).memo() }),
    rows: fineRows.map((rows) => rows.map((codes, index) => recode(codes, coarseMap(attributes[index]!)))).memo(),
    domain: coarseDomain(codec),
    orderedCells: attributes.map(countOrderedCells),
    missingCodes: attributes.map(missingCodeOf),
    binEnds: attributes.map(endsOfBins),
    zeros: codeZeros(codec, request.schema.knowledge?.zeros ?? []),
    publicMarginals: codeMarginals(codec, request.schema.knowledge?.marginals ?? []),
  });
  return { codec: { attributes: refineAll(chosen, parts, request.synthesizer) }, learned, parts, ...counted };
}

/** Attributes whose fine weights fit the fitted model, if it tells the shares of single columns. */
function refineAll(chosen: readonly ChosenAttribute[], parts: ModelParts, synthesizer: Synthesizer): Attribute[] {
  const attributes = chosen.map(({ attribute }) => attribute);
  const shares = synthesizer.open(coarseDomain({ attributes }), parts).shares?.();
  if (shares === undefined) return attributes;
  return chosen.map((choice, column) => {
    const bar = parts.uncertainty?.find(({ clique }) => clique.length === 1 && clique[0] === column);
    return refineWeights(choice, { shares: shares[column]!, rows: parts.rows, sigmaRows: bar?.sigmaRows ?? 0 });
  });
}
