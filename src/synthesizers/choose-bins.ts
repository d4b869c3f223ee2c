import type { BinnedAxis } from '../encode/bin-shapes.ts';
import { binsFromReleased, type CoarseBins } from '../encode/coarse-bins.ts';
import type { FieldCodec, NumericCodec } from '../encode/field-codec.ts';
import { estimateFineWeights, type ReleasedFineCounts } from '../encode/fine-weights.ts';
import { countFineCells } from '../encode/numeric-grid.ts';
import {
  type Attribute,
  attributeWithBins,
  createFieldCodecs,
  isFlat,
  isNumeric,
  publicBins,
} from '../encode/table-codec.ts';
import type { CountSource } from '../marginals/count-source.ts';
import type { PlanShare } from '../privacy/accounting/calibrate-plan.ts';
import type { Mechanisms, PrivacyPlan } from '../privacy/mechanisms.ts';
import { learnQuantileCuts, shareQuantileCuts } from '../privacy/preprocess/quantile-cuts.ts';
import { learnTreeBins, shareTreeBins } from '../privacy/preprocess/tree-bins.ts';
import type { Private } from '../privacy/private.ts';
import type { Field, NumericDomain, TableSchema } from '../table/schema.ts';
import { plannedVariance } from './measure.ts';

/** Share of the budget spent on histograms of fine cells, which keep spikes and tails inside coarse bins. */
const FINE_SHARE = 0.04;

/** Share of the budget spent on choosing the bins of one column, where the schema asks to buy them. */
const BINNING_SHARE = 0.01;

/** Halvings of quantile cuts and of the tree: 32 bins of equal mass, or bins as fine as 1/256 of the grid. */
const QUANTILE_LEVELS = 5;
const TREE_LEVELS = 8;

const fineLabel = (column: string) => `fine:${column}`;
const binsLabel = (column: string) => `bins:${column}`;

/**
 * Events that choose bins and fill them: quantile cuts or tree bins where the schema asks for them, and a histogram of
 * fine cells for every column whose bins do not coincide with its cells.
 *
 * **Privacy**: a function of the schema alone.
 */
export function planBins(schema: Pick<TableSchema, 'fields'>, unitRows: number): PlanShare[] {
  const fine = schema.fields.filter(mayNeedFineHistogram);
  return [
    ...fine.flatMap((field) => planBinning(field, unitRows)),
    ...fine.map(
      (field): PlanShare => ({
        label: fineLabel(field.name),
        purpose: `fine histogram of ${field.name}`,
        kind: 'discrete-gaussian',
        weight: FINE_SHARE / fine.length,
        l2Sensitivity: unitRows,
        oneCell: unitRows === 1,
      }),
    ),
  ];
}

/** Decided by the schema alone: bounds that are learned, or bins that do not coincide with fine cells. */
function mayNeedFineHistogram(field: Field): boolean {
  if (field.domain.kind !== 'numeric') return false;
  if (field.domain.bounds.status === 'learn') return true;
  return createFieldCodecs({ fields: [field] }).some((codec) => !isFlat(codec));
}

const binningOf = ({ domain }: Field): NumericDomain['binning'] =>
  domain.kind === 'numeric' ? domain.binning : undefined;

function planBinning(field: Field, maxRows: number): PlanShare[] {
  const shared = { label: binsLabel(field.name), column: field.name, weight: BINNING_SHARE, maxRows };
  switch (binningOf(field)) {
    case 'quantiles':
      return shareQuantileCuts({ ...shared, levels: QUANTILE_LEVELS });
    case 'tree':
      return shareTreeBins({ ...shared, levels: TREE_LEVELS });
    default:
      return [];
  }
}

/** What choosing the bins of one column needs; all of it public. */
export interface BinningInput {
  readonly schema: Pick<TableSchema, 'fields'>;
  readonly plan: PrivacyPlan;
  readonly mechanisms: Mechanisms;
  /** Index of the column among the modelled ones. */
  readonly index: number;
}

/** An attribute with the released histogram behind its fine weights, if one was bought. */
export interface ChosenAttribute {
  readonly attribute: Attribute;
  readonly histogram?: ReleasedFineCounts;
}

/**
 * The attribute of a column: its bins, and the released weights of fine cells inside them.
 *
 * **Privacy**: spends the planned events of the column; which ones exist is a function of the schema.
 */
export async function chooseAttribute(
  fine: Private<CountSource>,
  codec: FieldCodec,
  input: BinningInput,
): Promise<ChosenAttribute> {
  const label = fineLabel(codec.name);
  if (codec.kind === 'categorical' || !input.plan.some((line) => line.label === label)) {
    return { attribute: attributeWithBins(codec) };
  }
  const cells = countFineCells(codec.grid);
  const counts = fine.map(async (source) => (await source.count([[input.index]]))[0]!.slice(0, cells));
  const bought = await buyBins(counts, codec, input);
  const released = await input.mechanisms.discreteGaussian(counts, { label, cells });
  const sigma = Math.sqrt(plannedVariance(input, label));
  const bins = bought ?? publicBins(codec) ?? binsFromReleased(released.value, sigma);
  const histogram = { counts: released.value, sigma };
  const attribute = { codec, bins, fineWeights: estimateFineWeights(histogram, axisOf(codec, bins)) };
  return { attribute, histogram };
}

function axisOf({ grid }: NumericCodec, bins: CoarseBins): BinnedAxis {
  return { starts: grid.starts, bins, origin: -grid.minimum / grid.precision };
}

/**
 * The attribute with fine weights that fit what a model says of its bins: rows per bin are known far better from it than
 * from sums of the noisy fine histogram.
 *
 * **Privacy**: post-processing.
 * @param released shares of all codes under the model, its number of rows, and the noise on a code's rows.
 */
export function refineWeights(
  { attribute, histogram }: ChosenAttribute,
  released: { readonly shares: Float64Array; readonly rows: number; readonly sigmaRows: number },
): Attribute {
  if (histogram === undefined || !isNumeric(attribute)) return attribute;
  const masses = released.shares.slice(0, attribute.bins.length).map((share) => share * released.rows);
  const axis = axisOf(attribute.codec, attribute.bins);
  return { ...attribute, fineWeights: estimateFineWeights(histogram, axis, { masses, massSigma: released.sigmaRows }) };
}

/** Bins bought by a mechanism, where the schema asks for it. */
async function buyBins(
  counts: Private<Float64Array>,
  { name, grid }: NumericCodec,
  { schema, mechanisms, plan }: BinningInput,
): Promise<CoarseBins | undefined> {
  const field = schema.fields.find((candidate) => candidate.name === name);
  const request = { label: binsLabel(name), cells: countFineCells(grid) };
  switch (field === undefined ? undefined : binningOf(field)) {
    case 'quantiles':
      return learnQuantileCuts(mechanisms, counts, { ...request, levels: QUANTILE_LEVELS });
    case 'tree': {
      const variance = plannedVariance({ plan }, `${request.label}:level-1`);
      return learnTreeBins(mechanisms, counts, { ...request, levels: TREE_LEVELS, variance });
    }
    default:
      return undefined;
  }
}
