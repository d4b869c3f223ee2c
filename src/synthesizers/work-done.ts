/** What a fit between rounds had to do with; public or released sizes. */
export interface FitSize {
  /** Cells of the model's junction tree. */
  readonly cells: number;
  /** Candidates that were answered before it, and their cells. */
  readonly candidates: number;
  readonly candidateCells: number;
}

/** What is known of the fits before the first one. */
export interface FitPlan {
  /** Fits between rounds; one more ends the training. */
  readonly fits: number;
  readonly rounds: number;
  readonly columns: number;
  /** Cells that the junction tree may grow to. */
  readonly mostCells: number;
}

/** What costs as much as a cell of the tree: measured on tables of 15 to 50 columns, where the time left then was right within a factor of two. */
const FIXED_CELLS = 20_000;
const CELLS_PER_CANDIDATE = 33;
const CELLS_PER_CANDIDATE_CELL = 1 / 6;

/**
 * With fewer rounds than columns most measured cliques hang together like a tree. Then cycles close and the tree grows
 * quickly, until at about twice as many rounds it fills what the round allows.
 */
const FULL_AT = 2;

/** How far one training may be from others: what it shows of its growth counts within this factor. */
const MOST_DEVIATION = 4;

/** Part of what the round of a fit allows that the tree of a usual training fills. */
function usualPart(fit: number, { fits, rounds, columns }: FitPlan): number {
  const perColumn = (fit * rounds) / fits / columns;
  return Math.min(1, Math.max(0, (perColumn - 1) / (FULL_AT - 1)));
}

const allowed = (fit: number, { fits, mostCells }: FitPlan) => (mostCells * fit) / fits;

/**
 * Part of the work of adaptive rounds that is done, 0 to 1: a fit and the answers before it cost what the model has cells
 * and what candidates there are. Models to come grow as they did so far, or fill what their rounds allow, as others do.
 *
 * @param done sizes of the fits so far.
 * **Privacy**: a function of the plan and of released sizes; no clock.
 */
export function workDone(done: readonly FitSize[], plan: FitPlan): number {
  const last = done.at(-1);
  if (last === undefined) return 0;
  const present = done.length;
  const others = (size: FitSize) =>
    FIXED_CELLS + CELLS_PER_CANDIDATE * size.candidates + CELLS_PER_CANDIDATE_CELL * size.candidateCells;
  const usual = usualPart(present, plan) * allowed(present, plan);
  // A training whose tree grows more slowly than others goes on so, and the other way round.
  const deviation = usual === 0 ? 1 : Math.min(MOST_DEVIATION, Math.max(1 / MOST_DEVIATION, last.cells / usual));
  const expected = (fit: number) => {
    const filled = Math.min(1, deviation * usualPart(fit, plan)) * allowed(fit, plan);
    return Math.max((last.cells / present) * fit, filled) + others(last);
  };
  const spent = done.reduce((sum, size) => sum + size.cells + others(size), 0);
  // The fit that ends the training is as long as a round.
  let left = expected(plan.fits);
  for (let fit = present + 1; fit <= plan.fits; fit++) left += expected(fit);
  return spent / (spent + left);
}
