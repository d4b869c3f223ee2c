import { estimate } from '../marginals/estimate.ts';
import { openGraphical, storeGraphical } from './graphical-parts.ts';
import { estimateOptions, planOneWay, runOneWayPhase } from './one-way-phase.ts';
import type { Synthesizer } from './synthesizer.ts';

/**
 * Every column on its own: one noisy marginal per column, no relation between columns. The floor that every other
 * synthesizer must beat, and the right choice when only single columns matter.
 */
export const independent: Synthesizer = {
  name: 'independent',
  summary: 'each column on its own; the floor to compare with',
  options: {},
  planShares: (shape) => planOneWay(shape, 1),
  fit: async (input) => {
    const phase = await runOneWayPhase(input);
    const model = await estimate(phase.input.domain, phase.measurements, estimateOptions(phase));
    return storeGraphical(model, phase, phase.measurements);
  },
  open: openGraphical,
};
