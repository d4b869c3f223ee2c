import { findSynthesizer } from './registry.ts';
import type { PlanShape, Synthesizer } from './synthesizer.ts';

/** A synthesizer chosen for the user, with the reason in words. */
export interface Choice {
  readonly synthesizer: Synthesizer;
  readonly reason: string;
}

/** Rows times epsilon per column below which pairs cannot be told from noise; measured on German credit at epsilon 0.1. */
const FAINT_SIGNAL = 4;

/** Columns from which a tree of pairs is preferred for its speed. */
const VERY_WIDE = 250;

/** Rows assumed when the schema declares no population. */
const ASSUMED_ROWS = 20_000;

/**
 * Picks a synthesizer by schema, declared population and epsilon.
 *
 * **Privacy**: a function of public facts alone; trying several and keeping the best would cost budget.
 */
export function chooseSynthesizer(shape: PlanShape): Choice {
  const { columns, budget, population } = shape;
  const rows = population ?? ASSUMED_ROWS;
  const source = population === undefined ? 'assumed; declare privacy.population' : 'declared';
  const signal = (budget.epsilon * rows) / columns.length;
  if (columns.length < 2) return choose('independent', 'there is one column, so there are no relations to learn');
  if (signal < FAINT_SIGNAL) {
    return choose(
      'independent',
      `epsilon ${budget.epsilon} for ${rows} rows (${source}) over ${columns.length} columns leaves only single columns above the noise`,
    );
  }
  if (columns.length > VERY_WIDE) {
    return choose(
      'mst',
      `${columns.length} columns make adaptive rounds slow; a tree of pairs learns them in one pass`,
    );
  }
  return choose(
    'aim',
    `epsilon ${budget.epsilon} for ${rows} rows (${source}) over ${columns.length} columns can carry joint marginals`,
  );
}

function choose(name: string, reason: string): Choice {
  return { synthesizer: findSynthesizer(name), reason: `${name}: ${reason}` };
}
