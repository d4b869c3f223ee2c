import { createStream, type Stream } from '../../random/stream.ts';
import type { Table } from '../../table/columns.ts';
import { percentileInterval } from '../bootstrap.ts';
import { type FairnessGaps, fairnessGaps, type GroupRates } from '../fairness/group-rates.ts';
import { K_MARGINAL_MAX } from '../fidelity/k-marginal.ts';
import type { Interval } from '../intervals.ts';
import type { Better, Metric, Scope } from '../metric.ts';
import { BRIER_UNITS, type PaidShape } from './paid-shape.ts';
import { DECISION_CELLS, groupCounts } from './paid-statistics.ts';

/** |noise| of a Laplace variable exceeds scale · ln 20 with probability 5 %. */
const LAPLACE_95 = Math.log(20);
/** Groups with fewer noisy rows than this many noise scales have no rates. */
const MIN_SCALES = 10;

/** Repetitions of the noise behind the interval of a gap. */
const NOISE_REPEATS = 400;

/** A metric that was paid for. */
type Paid = Metric<'dp'>;

function paid(metric: Omit<Paid, 'provenance' | 'baseline'> & { readonly baseline?: number | null }): Paid {
  return { baseline: null, ...metric, provenance: 'dp' };
}

/** What was released about the training table. */
export interface ReleasedTraining {
  /** At least 1. */
  readonly rows: number;
  readonly distanceSum: number;
  readonly groups: Float64Array;
  readonly scales: ReadonlyMap<string, number>;
}

/** k-marginal score and representation of groups, from released values. Intervals cover the noise only. */
export function trainingMetrics(released: ReleasedTraining, shape: PaidShape, synthetic: Table): readonly Paid[] {
  const points = K_MARGINAL_MAX / (2 * shape.pairs * released.rows);
  const error = LAPLACE_95 * (released.scales.get('report:k-marginal') ?? 0) * points;
  const score = K_MARGINAL_MAX - released.distanceSum * points;
  const clip = (value: number) => Math.min(Math.max(value, 0), K_MARGINAL_MAX);
  return [
    paid({
      id: 'k-marginal',
      scope: null,
      value: clip(score),
      interval: [clip(score - error), clip(score + error)],
      better: 'higher',
      details: { pairs: shape.pairs },
    }),
    ...representation(released, shape, synthetic),
  ];
}

function representation(
  { groups, rows, scales }: ReleasedTraining,
  shape: PaidShape,
  synthetic: Table,
): readonly Paid[] {
  const scale = scales.get('report:groups') ?? 0;
  const own = groupCounts(synthetic, shape);
  let at = 0;
  return shape.protectedFields.flatMap(({ name, labels }) =>
    labels.map((label) => {
      const cell = at++;
      const count = groups[cell] as number;
      const share = (own[cell] as number) / synthetic.rowCount;
      const ratio = (people: number) => share / (people / rows);
      const isKnown = count > MIN_SCALES * scale;
      const reach = LAPLACE_95 * scale;
      const interval: Interval | null = isKnown ? [ratio(count + reach), ratio(count - reach)] : null;
      return paid({
        id: 'representation-ratio',
        scope: { group: { [name]: label } },
        value: isKnown ? ratio(count) : null,
        interval,
        better: 'near-one',
        ...(isKnown ? {} : { note: 'too few people for the noise that was paid for' }),
      });
    }),
  );
}

/** What was released about the holdout. */
export interface ReleasedHoldout {
  readonly decisions: Float64Array;
  readonly brierSum: number;
  readonly scales: ReadonlyMap<string, number>;
}

/** Accuracy, Brier score and fairness gaps of a model trained on the synthetic table, from released counts. */
export function holdoutMetrics(released: ReleasedHoldout, shape: PaidShape): readonly Paid[] {
  const scale = released.scales.get('report:decisions') ?? 0;
  const groups = readGroups(released.decisions, scale);
  const stream = createStream(0, 'paid-gaps');
  const repeats = Array.from({ length: NOISE_REPEATS }, () =>
    readGroups(addNoise(released.decisions, scale, stream), scale),
  );
  const sizes = shape.protectedFields.map((field) => field.labels.length);
  const first = groups.slice(0, sizes[0] ?? 1);
  const rows = first.reduce((sum, group) => sum + group.cells.reduce((t, c) => t + c, 0), 0);
  const right = first.reduce((sum, { cells }) => sum + (cells[0] ?? 0) + (cells[3] ?? 0), 0);
  // Noise of all cells of the first field, as independent Laplace variables.
  const error = (1.96 * Math.sqrt(2 * first.length * DECISION_CELLS) * scale) / Math.max(rows, 1);
  const bounded = (value: number, reach: number): Interval => [Math.max(0, value - reach), Math.min(1, value + reach)];
  const accuracy = right / Math.max(rows, 1);
  const brier = released.brierSum / BRIER_UNITS / Math.max(rows, 1);
  const brierError = (LAPLACE_95 * (released.scales.get('report:brier') ?? 0)) / BRIER_UNITS / Math.max(rows, 1);
  let at = 0;
  return [
    paid({
      id: 'tstr-accuracy',
      variant: 'logistic',
      scope: null,
      value: accuracy,
      interval: bounded(accuracy, error),
      better: 'higher',
      details: { rows: Math.round(rows) },
    }),
    f1Metric(
      first,
      repeats.map((repeat) => repeat.slice(0, sizes[0] ?? 1)),
    ),
    paid({
      id: 'tstr-brier',
      variant: 'logistic',
      scope: null,
      value: Math.min(Math.max(brier, 0), 1),
      interval: bounded(brier, brierError),
      better: 'lower',
    }),
    ...shape.protectedFields.flatMap(({ name, labels }) => {
      const [from, to] = [at, at + labels.length];
      at = to;
      const ratesOf = (all: readonly NoisyGroup[]) => all.slice(from, to).flatMap((group) => group.rates ?? []);
      return gapMetrics(ratesOf(groups), repeats.map(ratesOf), { scope: { column: name }, groups: labels.length });
    }),
  ];
}

/** F1 of the model from released decisions; its interval repeats the noise. */
function f1Metric(groups: readonly NoisyGroup[], repeats: readonly (readonly NoisyGroup[])[]): Paid {
  const f1Of = (counted: readonly NoisyGroup[]) => {
    const sum = (cell: number) => counted.reduce((total, { cells }) => total + (cells[cell] ?? 0), 0);
    const [falsePositives, falseNegatives, truePositives] = [sum(1), sum(2), sum(3)];
    const all = 2 * truePositives + falsePositives + falseNegatives;
    return all > 0 ? (2 * truePositives) / all : null;
  };
  const value = f1Of(groups);
  const interval =
    value === null
      ? null
      : percentileInterval(
          value,
          repeats.flatMap((repeat) => f1Of(repeat) ?? []),
        );
  const note = value === null ? { note: 'undefined: nobody is positive or selected' } : {};
  return paid({ id: 'tstr-f1', variant: 'logistic', scope: null, value, interval, better: 'higher', ...note });
}

/** The counts once more with fresh noise of the same size: what the noise alone does to a gap. Post-processing. */
function addNoise(counts: Float64Array, scale: number, stream: Stream): Float64Array {
  const exponential = () => -Math.log(1 - stream.nextFloat());
  return counts.map((count) => count + scale * (exponential() - exponential()));
}

interface NoisyGroup {
  readonly cells: Float64Array;
  /** Absent where the noise hides the group. */
  readonly rates: GroupRates | undefined;
}

function readGroups(decisions: Float64Array, scale: number): readonly NoisyGroup[] {
  return Array.from({ length: decisions.length / DECISION_CELLS }, (_, group) => {
    // Negative counts are noise; rates need counts of people.
    const cells = decisions
      .slice(group * DECISION_CELLS, (group + 1) * DECISION_CELLS)
      .map((count) => Math.max(count, 0));
    const [trueNegative = 0, falsePositive = 0, falseNegative = 0, truePositive = 0] = cells;
    const positives = truePositive + falseNegative;
    const negatives = trueNegative + falsePositive;
    const isKnown = positives + negatives > MIN_SCALES * scale;
    const rate = (part: number, whole: number) => (whole > MIN_SCALES * scale ? part / whole : null);
    const rates: GroupRates = {
      count: positives + negatives,
      positives,
      selectionRate: (falsePositive + truePositive) / (positives + negatives),
      truePositiveRate: rate(truePositive, positives),
      falsePositiveRate: rate(falsePositive, negatives),
    };
    return { cells, rates: isKnown ? rates : undefined };
  });
}

const GAPS: readonly {
  readonly id: string;
  readonly better: Better;
  readonly read: (gaps: FairnessGaps) => number | null;
}[] = [
  { id: 'demographic-parity-difference', better: 'near-zero', read: (gaps) => gaps.demographicParityDifference },
  { id: 'demographic-parity-ratio', better: 'near-one', read: (gaps) => gaps.demographicParityRatio },
  { id: 'equal-opportunity-difference', better: 'near-zero', read: (gaps) => gaps.equalOpportunityDifference },
  { id: 'equalized-odds-difference', better: 'near-zero', read: (gaps) => gaps.equalizedOddsDifference },
];

function gapMetrics(
  rates: readonly GroupRates[],
  repeats: readonly (readonly GroupRates[])[],
  { scope, groups }: { readonly scope: Scope; readonly groups: number },
): readonly Paid[] {
  const gaps = fairnessGaps(rates);
  const repeated = repeats.map(fairnessGaps);
  return GAPS.map(({ id, better, read }) => {
    const value = read(gaps);
    const details = { groups: rates.length, hiddenByNoise: groups - rates.length };
    const note = value === null ? { note: 'undefined: fewer than two groups are large enough for the noise' } : {};
    const estimates = repeated.flatMap((gap) => read(gap) ?? []);
    const interval = value === null ? null : percentileInterval(value, estimates);
    return paid({ id, variant: 'logistic', scope, value, interval, better, details, ...note });
  });
}
