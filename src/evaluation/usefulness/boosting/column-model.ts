import { pickRows, rowsOf, type SelectedColumn } from '../../selected-rows.ts';
import { type BoostingOptions, fitBoosting, predictBoosting } from './boosting.ts';
import type { BoostingLoss } from './loss.ts';
import { seedOfState } from './mersenne-twister.ts';
import { fitTreeBins } from './tree-matrix.ts';
import { splitAtRandom, splitByLabel, type ValidationSplit } from './validation-split.ts';

/** Above this many rows a tenth of them is kept apart to end growing early. */
const MOST_ROWS_WITHOUT_STOPPING = 10_000;

/**
 * Fits boosted trees on columns: bins, trees, and above 10,000 rows early stopping on a tenth of the rows kept apart, in
 * proportion to the labels for the log loss. The model of published usefulness scores, with their fixed seed.
 * @returns a function that predicts rows of the same columns: probabilities of label 1, or numbers.
 * @source checked against scikit-learn's `HistGradientBoostingClassifier` and `HistGradientBoostingRegressor` with `random_state` 0
 * and otherwise their defaults: equal predictions.
 */
export function fitColumnModel(
  columns: readonly SelectedColumn[],
  targets: Float64Array,
  { loss, options }: { readonly loss: BoostingLoss; readonly options: BoostingOptions },
): (rows: readonly SelectedColumn[]) => Float64Array {
  const split = rowsOf(columns) > MOST_ROWS_WITHOUT_STOPPING ? splitRows(targets, loss) : undefined;
  const grownOn = split ? pickRows(columns, split.train) : columns;
  const bin = fitTreeBins(columns, grownOn);
  const pick = (rows: Int32Array) => Float64Array.from(rows, (row) => targets[row]!);
  const validation = split && {
    matrix: bin(pickRows(columns, split.validation)),
    targets: pick(split.validation),
  };
  const model = fitBoosting(bin(grownOn), split ? pick(split.train) : targets, {
    loss,
    options,
    ...(validation && { validation }),
  });
  return (rows) => predictBoosting(model, bin(rows));
}

function splitRows(targets: Float64Array, loss: BoostingLoss): ValidationSplit {
  const seed = seedOfState(0);
  return loss === 'logistic' ? splitByLabel(targets, seed) : splitAtRandom(targets.length, seed);
}
