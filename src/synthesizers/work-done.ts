/** Cells that cost as much as what every fit costs beside them; measured. */
const FIXED_CELLS = 20_000;

/**
 * The last fit is exact where those between rounds are rough; measured, in rounds of the largest model. In wide tables most of
 * a round goes into answering candidates, so the last fit is fewer of them.
 */
const LAST_FIT = 8;
const LAST_WIDE_FIT = 2.5;
const WIDE_COLUMNS = 24;

/**
 * Part of the work of adaptive rounds that is done, 0 to 1: a fit costs what its model has cells, and models grow with the
 * rounds, so later fits are expected to grow as the present ones did.
 *
 * @param cells of the model after every fit so far.
 * @param plan fits in all, the last one apart, and the number of columns.
 * **Privacy**: a function of the plan and of released sizes; no clock.
 */
export function workDone(
  cells: readonly number[],
  { fits, columns }: { readonly fits: number; readonly columns: number },
): number {
  if (cells.length === 0) return 0;
  const costs = cells.map((count) => count + FIXED_CELLS);
  const done = costs.reduce((sum, cost) => sum + cost, 0);
  const growth = (cells.at(-1) ?? 0) / cells.length;
  const expected = (fit: number) => growth * fit + FIXED_CELLS;
  let left = (columns > WIDE_COLUMNS ? LAST_WIDE_FIT : LAST_FIT) * expected(fits);
  for (let fit = cells.length + 1; fit <= fits; fit++) left += expected(fit);
  return done / (done + left);
}
