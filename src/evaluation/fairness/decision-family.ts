import type { Stream } from '../../random/stream.ts';
import { percentileInterval } from '../bootstrap.ts';
import type { EvaluationInput, MetricDefinition, MetricFamily, PredictionTask } from '../families.ts';
import { type Metric, privateMetric, type Scope } from '../metric.ts';
import { calibrationInterval, expectedCalibrationError } from '../usefulness/classification-scores.ts';
import { MODEL_NAMES, type ModelName, type TrainingRole } from '../usefulness/predictors.ts';
import { aucDifference, rocAuc } from '../usefulness/roc-auc.ts';
import { labelsOf } from '../usefulness/target.ts';
import { type FairnessGaps, fairnessGaps, type GroupRates, groupRates, resampleRates } from './group-rates.ts';
import { type Grouping, protectedGroupings } from './groups.ts';

/** Intersections with fewer test rows are left out of differences; single columns keep all their groups. */
const MIN_INTERSECTION = 30;
/** Resamples behind the intervals of gaps. */
const GAP_RESAMPLES = 400;
/** A group needs this many rows of each label for an AUC of its own. */
const MIN_LABELS = 5;
/** Ratio of selection rates below which a US employment heuristic speaks of adverse impact. */
const FOUR_FIFTHS = 0.8;

const GAPS: readonly {
  readonly id: string;
  readonly title: string;
  readonly read: (gaps: FairnessGaps) => number | null;
  readonly definition: string;
}[] = [
  {
    id: 'demographic-parity-difference',
    title: 'Demographic parity difference',
    read: (gaps) => gaps.demographicParityDifference,
    definition: 'Largest minus smallest share of people selected over groups',
  },
  {
    id: 'demographic-parity-ratio',
    title: 'Demographic parity ratio',
    read: (gaps) => gaps.demographicParityRatio,
    definition:
      'Smallest divided by largest share of people selected over groups (0.8 is the four-fifths heuristic, no proof of fairness)',
  },
  {
    id: 'equal-opportunity-difference',
    title: 'Equal opportunity difference',
    read: (gaps) => gaps.equalOpportunityDifference,
    definition: 'Largest minus smallest true-positive rate over groups',
  },
  {
    id: 'equalized-odds-difference',
    title: 'Equalized odds difference',
    read: (gaps) => gaps.equalizedOddsDifference,
    definition: 'The larger of the differences of true- and false-positive rates over groups',
  },
];

const SHARED_CRITICISM =
  'A useless model looks perfectly fair: read it next to the AUC. Fairness definitions exclude each other when base rates differ. Small groups dominate differences.';

const DEFINITIONS: readonly MetricDefinition[] = [
  ...GAPS.map(
    ({ id, title, definition }): MetricDefinition => ({
      id,
      title,
      section: 'fairness',
      better: 'near-baseline',
      definition: `${definition}, for a model trained on synthetic rows and tested on the holdout; baseline: trained on real rows. Undefined rates are left out.`,
      criticism: SHARED_CRITICISM,
    }),
  ),
  {
    id: 'calibration-error',
    title: 'Calibration error of a group',
    section: 'fairness',
    better: 'lower',
    definition: 'Expected calibration error over ten equal-width bins within a group; baseline: trained on real rows.',
    criticism: 'Few rows per bin make it large for small groups.',
  },
  {
    id: 'group-auc',
    title: 'AUC within a group',
    section: 'fairness',
    better: 'higher',
    definition:
      'AUC within a group of the model trained on synthetic rows; baseline: trained on real rows. Undefined with fewer than five rows of a label.',
    criticism: 'Very uncertain in small groups: read the interval.',
  },
  {
    id: 'group-auc-drop',
    title: 'AUC that a group loses',
    section: 'fairness',
    better: 'lower',
    definition:
      'AUC within a group of the model trained on real rows minus that of the model trained on synthetic rows, on the same test rows. Undefined with fewer than five rows of a label.',
    criticism:
      'With many groups one in forty seems to lose something by chance; groups too small to measure are left out.',
  },
];

/** Fairness of decisions by models of the data; never without their usefulness. */
export const decisionFamily: MetricFamily = {
  name: 'fairness of decisions',
  definitions: DEFINITIONS,
  compute: (input) => {
    const task = input.prediction();
    return task && task.target.classes.length === 1 ? decisionMetrics(input, task) : [];
  },
};

function decisionMetrics(input: EvaluationInput, task: PredictionTask): readonly Metric[] {
  const groupings = protectedGroupings(input.quantileBinned, input.settings.protectedColumns);
  return MODEL_NAMES.flatMap((model) =>
    groupings.flatMap((grouping) => {
      const test = openTest(task, grouping);
      const stream = input.stream('decisions').split(model, ...grouping.names);
      return [
        ...gapMetrics(test, grouping, { model, stream: stream.split('gaps') }),
        ...groupModelMetrics(test, grouping, { model, stream: stream.split('groups') }),
      ];
    }),
  );
}

/** Test rows with their labels and groups, and every model's probabilities. */
interface TestRows {
  readonly labels: Uint8Array;
  readonly groupOf: Int32Array;
  readonly probabilities: (model: ModelName, trainedOn: TrainingRole) => Float64Array;
}

function openTest({ target, predictions }: PredictionTask, grouping: Grouping): TestRows {
  const { testRole, testRows } = target;
  const groups = grouping.groupOf[testRole] ?? new Int32Array();
  return {
    labels: labelsOf(target, target.classes[0] as number, { role: testRole, rows: testRows }),
    groupOf: Int32Array.from(testRows, (row) => groups[row] as number),
    probabilities: (model, trainedOn) =>
      predictions.find((p) => p.model === model && p.trainedOn === trainedOn)?.outputs[0] ?? new Float64Array(),
  };
}

/** Which model, and the randomness of its intervals. */
interface ModelTest {
  readonly model: ModelName;
  readonly stream: Stream;
}

function gapMetrics(test: TestRows, grouping: Grouping, { model, stream }: ModelTest): readonly Metric[] {
  const counted = ratesByGroup(test, grouping, { model, trainedOn: 'synthetic' });
  const gaps = fairnessGaps([...counted.values()]);
  const baselines = fairnessGaps([...ratesByGroup(test, grouping, { model, trainedOn: 'real' }).values()]);
  const resampled = resampledGaps([...counted.values()], stream);
  const scope: Scope = grouping.names.length === 1 ? { column: grouping.names[0] ?? '' } : { columns: grouping.names };
  return GAPS.map(({ id, read }) => {
    const value = read(gaps);
    const baseline = read(baselines);
    const details = { groups: counted.size, leftOut: grouping.groups.length - counted.size };
    const estimates = resampled.flatMap((gap) => read(gap) ?? []);
    const heuristic = id === 'demographic-parity-ratio' && value !== null ? { fourFifths: value >= FOUR_FIFTHS } : {};
    return privateMetric({
      id,
      variant: model,
      scope,
      value,
      baseline,
      interval: value === null ? null : percentileInterval(value, estimates),
      better: 'near-baseline',
      details: { ...details, ...heuristic },
      ...(value === null ? { note: 'undefined: fewer than two groups have this rate, or nobody is selected' } : {}),
    });
  });
}

/** Rates of the groups that are counted: all of a single column, intersections of at least 30 rows. */
function ratesByGroup(
  test: TestRows,
  grouping: Grouping,
  { model, trainedOn }: { readonly model: ModelName; readonly trainedOn: TrainingRole },
): ReadonlyMap<number, GroupRates> {
  const decisions = Uint8Array.from(test.probabilities(model, trainedOn), (p) => Number(p > 0.5));
  const rates = groupRates(test.labels, decisions, { groupOf: test.groupOf, groups: grouping.groups.length });
  const minimum = grouping.names.length > 1 ? MIN_INTERSECTION : 1;
  return new Map(
    rates.flatMap((rate, group) => (rate !== undefined && rate.count >= minimum ? [[group, rate] as const] : [])),
  );
}

/** Gaps of groups whose people are drawn anew, each within its group. */
function resampledGaps(groups: readonly GroupRates[], stream: Stream): readonly FairnessGaps[] {
  return Array.from({ length: GAP_RESAMPLES }, () => fairnessGaps(groups.map((rates) => resampleRates(rates, stream))));
}

function groupModelMetrics(test: TestRows, grouping: Grouping, { model, stream }: ModelTest): readonly Metric[] {
  const rowsOf = (group: number) => [...test.groupOf.keys()].filter((row) => test.groupOf[row] === group);
  return grouping.groups.flatMap((names, group) => {
    const rows = rowsOf(group);
    const labels = Uint8Array.from(rows, (row) => test.labels[row] as number);
    if (rows.length === 0 || (grouping.names.length > 1 && rows.length < MIN_INTERSECTION)) return [];
    const positives = labels.reduce((n, label) => n + label, 0);
    const hasAuc = Math.min(positives, labels.length - positives) >= MIN_LABELS;
    const probabilities = (trainedOn: TrainingRole) => {
      const all = test.probabilities(model, trainedOn);
      return Float64Array.from(rows, (row) => all[row] as number);
    };
    const [synthetic, real] = [probabilities('synthetic'), probabilities('real')];
    const { auc, interval } = hasAuc ? rocAuc(synthetic, labels) : { auc: null, interval: null };
    const drop = hasAuc ? aucDifference(real, synthetic, labels) : undefined;
    const why = auc === null ? { note: `undefined: fewer than ${MIN_LABELS} rows of a label` } : {};
    const calibration = expectedCalibrationError(synthetic, labels);
    const what = { variant: model, scope: { group: names }, details: { rows: rows.length, positives } };
    return [
      privateMetric({
        id: 'calibration-error',
        ...what,
        value: calibration,
        interval: calibrationInterval(synthetic, labels, stream),
        baseline: expectedCalibrationError(real, labels),
        better: 'lower',
      }),
      privateMetric({
        id: 'group-auc',
        ...what,
        value: auc,
        baseline: hasAuc ? rocAuc(real, labels).auc : null,
        interval,
        better: 'higher',
        ...why,
      }),
      privateMetric({
        id: 'group-auc-drop',
        ...what,
        value: drop?.difference ?? null,
        interval: drop?.interval ?? null,
        better: 'lower',
        ...why,
      }),
    ];
  });
}
