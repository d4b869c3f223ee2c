import { sigmoid } from '../../math/logistic.ts';
import { valuesOf } from '../aligned-tables.ts';
import { selectRows } from '../selected-rows.ts';
import { DEFAULT_BOOSTING } from './boosting/boosting.ts';
import { fitColumnModel } from './boosting/column-model.ts';
import { fitDesign, valuesAt } from './design-matrix.ts';
import { fitLinear, predictLinear } from './linear-model.ts';
import { labelsOf, type Target } from './target.ts';

/** The two models of every usefulness number. */
export const MODEL_NAMES = ['logistic', 'boosting'] as const;
/** A linear model (logistic or least squares, L2) or boosted trees. */
export type ModelName = (typeof MODEL_NAMES)[number];

/** The table a model was trained on. */
export type TrainingRole = 'real' | 'synthetic';

/** Predictions of one model for the test rows: one probability per class and row, or one number per row. */
export interface Prediction {
  readonly model: ModelName;
  readonly trainedOn: TrainingRole;
  /** One array per class of the target; a single one for numbers. */
  readonly outputs: readonly Float64Array[];
}

/** Fits both models on the real and on the synthetic rows and predicts the test rows. */
export function predictTarget(target: Target): readonly Prediction[] {
  return (['real', 'synthetic'] as const).flatMap((trainedOn) => [
    { model: 'logistic' as const, trainedOn, outputs: predictWithLinear(target, trainedOn) },
    { model: 'boosting' as const, trainedOn, outputs: predictWithTrees(target, trainedOn) },
  ]);
}

function predictWithLinear(target: Target, role: TrainingRole): readonly Float64Array[] {
  const rows = target.trainRows[role];
  const encoder = fitDesign(target.features, role, rows);
  const train = encoder.encode(role, rows);
  const test = encoder.encode(target.testRole, target.testRows);
  return fitOutputs(target, role, ({ targets, isClass }) => {
    const model = fitLinear(train, targets, isClass ? 'logistic' : 'squared');
    const predictors = predictLinear(test, model);
    return isClass ? predictors.map(sigmoid) : predictors;
  });
}

/** What boosted trees fitted on one table predict for the test rows: one array per class, or one for a numeric target. */
export function predictWithTrees(target: Target, role: TrainingRole): readonly Float64Array[] {
  const train = selectRows(target.features, role, target.trainRows[role]);
  const test = selectRows(target.features, target.testRole, target.testRows);
  const trees = Math.max(20, Math.floor(DEFAULT_BOOSTING.trees / Math.max(target.classes.length / 2, 1)));
  const options = { ...DEFAULT_BOOSTING, trees };
  return fitOutputs(target, role, ({ targets, isClass }) =>
    fitColumnModel(train, targets, { loss: isClass ? 'logistic' : 'squared', options })(test),
  );
}

/** One fit per class, or one for a numeric target, standardised so that the penalty does not depend on its unit. */
function fitOutputs(
  target: Target,
  role: TrainingRole,
  fitOne: (task: { readonly targets: Float64Array; readonly isClass: boolean }) => Float64Array,
): readonly Float64Array[] {
  const rows = target.trainRows[role];
  if (target.column.kind === 'category') {
    return target.classes.map((positive) =>
      fitOne({ targets: Float64Array.from(labelsOf(target, positive, { role, rows })), isClass: true }),
    );
  }
  const values = valuesAt(valuesOf(target.column, role), rows);
  const mean = values.reduce((t, v) => t + v, 0) / values.length;
  const scale = Math.sqrt(values.reduce((t, v) => t + (v - mean) ** 2, 0) / values.length) || 1;
  const predicted = fitOne({ targets: values.map((value) => (value - mean) / scale), isClass: false });
  return [predicted.map((value) => value * scale + mean)];
}
