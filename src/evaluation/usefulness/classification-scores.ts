import type { Stream } from '../../random/stream.ts';
import { mean } from '../average.ts';
import { bootstrapInterval } from '../bootstrap.ts';
import { type Interval, normalInterval } from '../intervals.ts';
import { rocAuc } from './roc-auc.ts';

/** Equal-width bins of the predicted probability for calibration. */
const CALIBRATION_BINS = 10;
/** Probabilities are kept this far from 0 and 1 in the log loss. */
const LOG_LOSS_CLIP = 1e-15;

/** How well probabilities predict labels 0 and 1. */
export interface ClassificationScores {
  readonly rows: number;
  readonly positives: number;
  /** `null` when all labels are equal. */
  readonly auc: number | null;
  readonly aucInterval: Interval | null;
  /** Predictions above ½ are positive. */
  readonly accuracy: number;
  readonly f1: number;
  readonly logLoss: number;
  readonly logLossInterval: Interval;
  readonly brier: number;
  readonly brierInterval: Interval;
  /** Expected calibration error over ten equal-width bins. */
  readonly calibrationError: number;
  readonly selectionRate: number;
  readonly meanProbability: number;
  /** Accuracy of always naming the more frequent label. */
  readonly majorityAccuracy: number;
}

/** Scores probabilities of label 1 against labels; both of the same length. */
export function scoreClassification(probabilities: Float64Array, labels: Uint8Array): ClassificationScores {
  const n = labels.length;
  let truePositives = 0;
  let selected = 0;
  let positives = 0;
  const losses = new Float64Array(n);
  const squares = new Float64Array(n);
  for (let row = 0; row < n; row += 1) {
    const p = probabilities[row] as number;
    const y = labels[row] as number;
    const clipped = Math.min(Math.max(p, LOG_LOSS_CLIP), 1 - LOG_LOSS_CLIP);
    positives += y;
    squares[row] = (p - y) ** 2;
    losses[row] = y === 1 ? -Math.log(clipped) : -Math.log1p(-clipped);
    if (p > 0.5) {
      selected += 1;
      truePositives += y;
    }
  }
  const errors = selected - truePositives + (positives - truePositives);
  const { auc, interval } = rocAuc(probabilities, labels);
  return {
    rows: n,
    positives,
    auc,
    aucInterval: interval,
    accuracy: (n - errors) / n,
    f1: positives + selected > 0 ? (2 * truePositives) / (positives + selected) : 0,
    logLoss: mean(losses),
    logLossInterval: meanInterval(losses, Number.POSITIVE_INFINITY),
    brier: mean(squares),
    brierInterval: meanInterval(squares, 1),
    calibrationError: expectedCalibrationError(probabilities, labels),
    selectionRate: selected / n,
    meanProbability: probabilities.reduce((t, p) => t + p, 0) / n,
    majorityAccuracy: Math.max(positives, n - positives) / n,
  };
}

/** Normal 95 % interval of a mean of values between 0 and `high`. */
function meanInterval(values: Float64Array, high: number): Interval {
  return normalInterval(mean(values), Math.sqrt(varianceOf(values) / values.length), { high });
}

function varianceOf(values: Float64Array): number {
  const centre = mean(values);
  return values.length < 2 ? 0 : values.reduce((t, v) => t + (v - centre) ** 2, 0) / (values.length - 1);
}

/** Bootstrap 95 % interval of the expected calibration error; `null` without rows. */
export function calibrationInterval(probabilities: Float64Array, labels: Uint8Array, stream: Stream): Interval | null {
  const [p, y] = [new Float64Array(probabilities.length), new Uint8Array(labels.length)];
  return bootstrapInterval(expectedCalibrationError(probabilities, labels), labels.length, {
    stream,
    statistic: (rows) => {
      for (let at = 0; at < rows.length; at += 1) {
        const row = rows[at] as number;
        p[at] = probabilities[row] as number;
        y[at] = labels[row] as number;
      }
      return expectedCalibrationError(p, y);
    },
  });
}

/**
 * Σ over ten equal-width bins of (rows in bin / rows) · |mean probability − share of positives|.
 * @source Naeini, Cooper, Hauskrecht, AAAI 2015.
 */
export function expectedCalibrationError(probabilities: Float64Array, labels: Uint8Array): number {
  const gaps = new Float64Array(CALIBRATION_BINS);
  for (let row = 0; row < labels.length; row += 1) {
    const p = probabilities[row] as number;
    const bin = Math.min(Math.floor(p * CALIBRATION_BINS), CALIBRATION_BINS - 1);
    gaps[bin]! += p - (labels[row] as number);
  }
  return gaps.reduce((total, gap) => total + Math.abs(gap), 0) / labels.length;
}
