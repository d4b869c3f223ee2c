import { type Attribute, attributeWithBins, countCoarseCells, createFieldCodecs } from '../encode/table-codec.ts';
import { parseRational, rationalToNumber } from '../math/rational.ts';
import type { PlanShare } from '../privacy/accounting/calibrate-plan.ts';
import type { PrivacyEvent } from '../privacy/events.ts';
import type { PlannedEvent } from '../privacy/mechanisms.ts';
import { planShape, planTableShares } from '../synthesizers/fit-table.ts';
import type { Field } from '../table/schema.ts';
import { prepareTraining, type TrainingTerms, type TrainOptions } from './train.ts';

/** One purpose of a plan: how many events serve it and what part of the budget they take. */
export interface PlannedPurpose {
  readonly purpose: string;
  readonly events: number;
  /** Part of the budget (of rho), 0 to 1. */
  readonly share: number;
}

/** How wrong a released marginal will be, from public facts alone. */
export interface ExpectedError {
  readonly columns: readonly string[];
  readonly cells: number;
  /** Standard deviation of the noise per cell, in rows. */
  readonly sigmaRows: number;
  /** Expected total variation distance if measured once; present when the schema declares a population. At most 1. */
  readonly distance?: number;
}

/** What a training would do, without touching the data. */
export interface TrainPlan extends TrainingTerms {
  readonly purposes: readonly PlannedPurpose[];
  /** Every event, in the order of spending. */
  readonly events: readonly PlannedEvent[];
  readonly columns: readonly ExpectedError[];
  readonly pairs: readonly ExpectedError[];
  /** Rough run time in seconds on one core, without reading, and memory in bytes. */
  readonly seconds: number;
  readonly bytes: number;
}

/** Rows assumed for run time and memory when the schema declares no population. */
const ASSUMED_ROWS = 100_000;

/** Measured: nanoseconds per row and column and planned event of counting, and per event of fitting. */
const COUNT_NANOSECONDS = 3;
const FIT_SECONDS_PER_EVENT = 0.04;

/** Coarse cells assumed for a column whose domain is to be learned. */
const CELLS_OF_UNKNOWN = 16;

/** Bytes of the runtime, and per cell of a table in memory (value, fine code, coarse code, with slack). */
const BASE_BYTES = 150 * 2 ** 20;
const BYTES_PER_CELL = 16;

/**
 * Plans a training: the split of the budget, the expected error per column and pair, run time and memory. Reads the
 * schema only; the table need not exist.
 *
 * **Privacy**: a function of the schema and the options.
 * @throws TabveilError (usage, input) as `train` would.
 */
export async function planTraining(options: Omit<TrainOptions, 'table' | 'out'>): Promise<TrainPlan> {
  const { schema, synthesizer, modelOptions, reason, calibrated } = await prepareTraining(options);
  const budget = { epsilon: options.epsilon, delta: options.delta };
  const shares = planTableShares(schema, { synthesizer, options: modelOptions, budget });
  const attributes = knownAttributes(schema.fields);
  const pairs = attributes.flatMap((first, index) => attributes.slice(index + 1).map((second) => [first, second]));
  const { plan } = calibrated;
  const rows = schema.population ?? ASSUMED_ROWS;
  const columns = schema.fields.length;
  const cells = attributes.reduce((sum, attribute) => sum + countCoarseCells(attribute), 0);
  const expected = { rows, cells: cells + CELLS_OF_UNKNOWN * (columns - attributes.length) };
  const shape = planShape(schema, { options: modelOptions, budget });
  const cost = synthesizer.expectCost?.(shape, expected) ?? { seconds: FIT_SECONDS_PER_EVENT * plan.length, bytes: 0 };
  const describe = (list: readonly Attribute[], sigmaRows: number | undefined) =>
    sigmaRows === undefined ? [] : [expectError(list, sigmaRows, schema.population)];
  return {
    synthesizer: synthesizer.name,
    ...(reason === undefined ? {} : { reason }),
    ...budget,
    accountedEpsilon: calibrated.accountedEpsilon,
    accountant: calibrated.accountant,
    purposes: sumPurposes(shares),
    events: plan,
    columns: attributes.flatMap((attribute) => describe([attribute], sigmaOf(plan, `measure:${attribute.codec.name}`))),
    pairs: pairs.flatMap((pair) => describe(pair, pairSigma(plan, schema.fields))),
    seconds: Math.ceil(1e-9 * COUNT_NANOSECONDS * rows * columns * columns + cost.seconds),
    bytes: BASE_BYTES + BYTES_PER_CELL * rows * columns + cost.bytes,
  };
}

/** Attributes of the fields whose domain is public; what is to be learned has no size yet. */
function knownAttributes(fields: readonly Field[]): Attribute[] {
  const known = fields.filter(({ domain }) => {
    if (domain.kind === 'numeric') return domain.bounds.status === 'public';
    return domain.kind === 'categorical' && domain.categories.status === 'public';
  });
  return createFieldCodecs({ fields: known }).map((codec) => attributeWithBins(codec));
}

function sigmaOf(plan: readonly PlannedEvent[], label: string): number | undefined {
  const event = plan.find((line) => line.label === label)?.event;
  return event?.kind === 'discrete-gaussian' ? noiseSigma(event) : undefined;
}

/** Noise per cell of one pair table: of the first round, of one of the chosen pairs, or of a measurement of all pairs. */
function pairSigma(plan: readonly PlannedEvent[], fields: readonly Field[]): number | undefined {
  const together = plan.find(({ label }) => label === 'measure:pairs')?.event;
  if (together?.kind !== 'discrete-gaussian')
    return sigmaOf(plan, 'measure:round-1') ?? sigmaOf(plan, 'measure:pair-1');
  const columns = fields.filter(({ domain }) => domain.kind !== 'identifier').length;
  // Shared evenly: each pair is the mean of count/pairs measurements.
  return noiseSigma(together) * Math.sqrt((columns * (columns - 1)) / 2 / together.count);
}

const noiseSigma = (event: Extract<PrivacyEvent, { kind: 'discrete-gaussian' }>) =>
  Math.sqrt(rationalToNumber(parseRational(event.variance)));

/** Half the expected L1 norm of the noise over the population: √(2/π)·sigma per cell. */
function expectError(
  attributes: readonly Attribute[],
  sigmaRows: number,
  population: number | undefined,
): ExpectedError {
  const cells = attributes.reduce((product, attribute) => product * countCoarseCells(attribute), 1);
  const rows = 0.5 * Math.sqrt(2 / Math.PI) * sigmaRows * cells;
  return {
    columns: attributes.map((attribute) => attribute.codec.name),
    cells,
    sigmaRows,
    ...(population === undefined ? {} : { distance: Math.min(1, rows / population) }),
  };
}

function sumPurposes(shares: readonly PlanShare[]): PlannedPurpose[] {
  const total = shares.reduce((sum, { weight, count = 1 }) => sum + weight * count, 0);
  const sums = new Map<string, { events: number; weight: number }>();
  for (const { purpose, weight, count = 1 } of shares) {
    const known = sums.get(purpose) ?? { events: 0, weight: 0 };
    sums.set(purpose, { events: known.events + count, weight: known.weight + weight * count });
  }
  return [...sums].map(([purpose, { events, weight }]) => ({ purpose, events, share: weight / total }));
}
