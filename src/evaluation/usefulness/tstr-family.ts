import type { Stream } from '../../random/stream.ts';
import { valuesOf } from '../aligned-tables.ts';
import type { EvaluationInput, MetricDefinition, MetricFamily } from '../families.ts';
import { type Interval, wilsonInterval, Z_95 } from '../intervals.ts';
import { type Better, type Metric, privateMetric } from '../metric.ts';
import { type ClassificationScores, calibrationInterval, scoreClassification } from './classification-scores.ts';
import { valuesAt } from './design-matrix.ts';
import { MODEL_NAMES, type ModelName, type Prediction, type TrainingRole } from './predictors.ts';
import { scoreRegression } from './regression-scores.ts';
import { labelsOf, type Target } from './target.ts';

const PREFIX: Readonly<Record<TrainingRole, 'trtr' | 'tstr'>> = { real: 'trtr', synthetic: 'tstr' };

const SCORES: readonly {
  readonly id: string;
  readonly title: string;
  readonly better: Better;
  readonly definition: string;
}[] = [
  {
    id: 'auc',
    title: 'AUC',
    better: 'higher',
    definition: 'area under the ROC curve, ties half; macro average of one against the rest for more than two classes',
  },
  {
    id: 'accuracy',
    title: 'accuracy',
    better: 'higher',
    definition: 'share of rows whose most probable class is right',
  },
  {
    id: 'f1',
    title: 'F1',
    better: 'higher',
    definition: 'harmonic mean of precision and recall of the positive class at probability ½',
  },
  { id: 'log-loss', title: 'log loss', better: 'lower', definition: 'mean negative log probability of the true class' },
  {
    id: 'brier',
    title: 'Brier score',
    better: 'lower',
    definition: 'mean squared difference of probability and label',
  },
  {
    id: 'calibration-error',
    title: 'calibration error',
    better: 'lower',
    definition: 'expected calibration error over ten equal-width bins',
  },
  {
    id: 'r2',
    title: 'R²',
    better: 'higher',
    definition: 'share of the variance of a numeric target that is explained',
  },
  { id: 'mae', title: 'mean absolute error', better: 'lower', definition: 'mean absolute error of a numeric target' },
];

const DEFINITIONS: readonly MetricDefinition[] = [
  ...(['tstr', 'trtr'] as const).flatMap((prefix) =>
    SCORES.map(
      ({ id, title, better, definition }): MetricDefinition => ({
        id: `${prefix}-${id}`,
        title: `${prefix === 'tstr' ? 'Trained on synthetic' : 'Trained on real'}: ${title}`,
        section: 'usefulness',
        better,
        definition: `A model trained on ${prefix === 'tstr' ? 'synthetic' : 'real'} rows, tested on the real holdout: ${definition}.`,
        criticism: 'One target and two models: other uses of the table may fare differently.',
      }),
    ),
  ),
  {
    id: 'tstr-ratio',
    title: 'Usefulness ratio (synthetic / real)',
    section: 'usefulness',
    better: 'higher',
    definition: 'AUC (or R²) of the model trained on synthetic rows divided by that of the model trained on real rows.',
    criticism: 'An AUC of ½ is worthless and still gives a ratio above ½.',
  },
];

/** Train on synthetic, test on real; and the same with real training rows. */
export const tstrFamily: MetricFamily = { name: 'usefulness', definitions: DEFINITIONS, compute: tstrMetrics };

/** A score with its interval, by score name. */
type Scores = Readonly<Record<string, { readonly value: number | null; readonly interval: Interval | null }>>;

function tstrMetrics(input: EvaluationInput): readonly Metric[] {
  const task = input.prediction();
  if (!task) return [];
  return MODEL_NAMES.flatMap((model) => {
    const scoresOn = (trainedOn: TrainingRole) => {
      const found = task.predictions.find((p) => p.model === model && p.trainedOn === trainedOn) as Prediction;
      return task.target.column.kind === 'category'
        ? scoreClasses(task.target, found, input.stream('calibration').split(model, trainedOn))
        : scoreNumbers(task.target, found);
    };
    const scores = { real: scoresOn('real'), synthetic: scoresOn('synthetic') };
    const variant = task.target.column.kind === 'number' && model === 'logistic' ? 'ridge' : model;
    const members = (['synthetic', 'real'] as const).flatMap((role) => toMetrics(variant, role, scores));
    return [...members, ...ratioMetric(variant, scores)];
  });
}

/** The linear model of a number is a ridge regression. */
type ModelVariant = ModelName | 'ridge';

function toMetrics(
  model: ModelVariant,
  role: TrainingRole,
  scores: Readonly<Record<TrainingRole, Scores>>,
): readonly Metric[] {
  return Object.entries(scores[role]).map(([id, score]) =>
    privateMetric({
      id: `${PREFIX[role]}-${id}`,
      variant: model,
      scope: null,
      value: score.value,
      baseline: role === 'synthetic' ? (scores.real[id]?.value ?? null) : null,
      interval: score.interval,
      better: SCORES.find((known) => known.id === id)?.better ?? 'higher',
      ...(score.value === null
        ? { note: 'undefined: the test rows have one class only, or nobody is positive or selected' }
        : {}),
    }),
  );
}

function ratioMetric(model: ModelVariant, scores: Readonly<Record<TrainingRole, Scores>>): readonly Metric[] {
  const id = 'auc' in scores.real ? 'auc' : 'r2';
  const real = scores.real[id];
  const synthetic = scores.synthetic[id];
  if (!real || !synthetic || real.value === null || synthetic.value === null || real.value <= 0) return [];
  const value = synthetic.value / real.value;
  // Both are tested on the same rows, so they err together: adding the variances overstates the error.
  const relative = (score: typeof real) => (score.interval ? (score.interval[1] - score.interval[0]) / (2 * Z_95) : 0);
  const error = Math.hypot(relative(synthetic), value * relative(real)) / real.value;
  return [
    privateMetric({
      id: 'tstr-ratio',
      variant: model,
      scope: null,
      value,
      // The model trained on real rows stands in the place of the holdout here: against itself it is 1.
      baseline: 1,
      interval: [value - Z_95 * error, value + Z_95 * error],
      better: 'higher',
    }),
  ];
}

function scoreClasses(target: Target, prediction: Prediction, stream: Stream): Scores {
  const at = { role: target.testRole, rows: target.testRows };
  const perClass = target.classes.map((positive, index) => {
    const labels = labelsOf(target, positive, at);
    const outputs = prediction.outputs[index] as Float64Array;
    return { ...scoreClassification(outputs, labels), calibration: calibrationInterval(outputs, labels, stream) };
  });
  const [only] = perClass;
  if (perClass.length === 1 && only) return binaryScores(only);
  const defined = perClass.filter((scores) => scores.auc !== null);
  const mean = (read: (scores: CalibratedScores) => number) =>
    defined.length > 0 ? defined.reduce((t, s) => t + read(s), 0) / defined.length : null;
  const correct = countCorrect(target, prediction);
  const n = target.testRows.length;
  return {
    auc: { value: mean((s) => s.auc ?? 0), interval: meanOfIntervals(defined.map((s) => s.aucInterval)) },
    accuracy: { value: correct / n, interval: wilsonInterval(correct, n) },
    'calibration-error': {
      value: mean((s) => s.calibrationError),
      interval: meanOfIntervals(defined.map((s) => s.calibration)),
    },
  };
}

function meanOfIntervals(given: readonly (Interval | null)[]): Interval | null {
  const intervals = given.filter((interval) => interval !== null);
  if (intervals.length === 0) return null;
  const mean = (side: 0 | 1) => intervals.reduce((t, interval) => t + interval[side], 0) / intervals.length;
  return [mean(0), mean(1)];
}

/** Scores with the interval of the calibration error. */
type CalibratedScores = ClassificationScores & { readonly calibration: Interval | null };

function binaryScores(scores: CalibratedScores): Scores {
  const n = scores.rows;
  const right = Math.round(scores.accuracy * n);
  return {
    auc: { value: scores.auc, interval: scores.aucInterval },
    accuracy: { value: scores.accuracy, interval: wilsonInterval(right, n) },
    f1: { value: scores.positives + scores.selectionRate > 0 ? scores.f1 : null, interval: f1Interval(scores) },
    'log-loss': { value: scores.logLoss, interval: scores.logLossInterval },
    brier: { value: scores.brier, interval: scores.brierInterval },
    'calibration-error': { value: scores.calibrationError, interval: scores.calibration },
  };
}

/** Wilson interval of the share of hits among true or predicted positives, mapped to F1 = 2J/(1 + J). */
function f1Interval(scores: ClassificationScores): Interval | null {
  const selected = scores.selectionRate * scores.rows;
  const hits = (scores.f1 * (selected + scores.positives)) / 2;
  const interval = wilsonInterval(hits, selected + scores.positives - hits);
  return interval ? [(2 * interval[0]) / (1 + interval[0]), (2 * interval[1]) / (1 + interval[1])] : null;
}

/** Rows whose most probable class is the true one; true classes that are not predicted at all never are. */
function countCorrect(target: Target, prediction: Prediction): number {
  const truths = target.classes.map((positive) =>
    labelsOf(target, positive, { role: target.testRole, rows: target.testRows }),
  );
  let correct = 0;
  for (let row = 0; row < target.testRows.length; row += 1) {
    let best = 0;
    for (let index = 1; index < prediction.outputs.length; index += 1) {
      if ((prediction.outputs[index]?.[row] ?? 0) > (prediction.outputs[best]?.[row] ?? 0)) best = index;
    }
    correct += truths[best]?.[row] ?? 0;
  }
  return correct;
}

function scoreNumbers(target: Target, prediction: Prediction): Scores {
  if (target.column.kind !== 'number') return {};
  const truth = valuesAt(valuesOf(target.column, target.testRole), target.testRows);
  const scores = scoreRegression(prediction.outputs[0] as Float64Array, truth);
  return {
    r2: { value: scores.r2, interval: scores.r2Interval },
    mae: { value: scores.mae, interval: scores.maeInterval },
  };
}
