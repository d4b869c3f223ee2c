import { PASS_ROWS } from '../../neural/clipped-gradients.ts';
import { countRounds, listPairs, roundsPerBatch } from '../adaptive-rounds.ts';
import type { FitCost, PlanShape } from '../synthesizer.ts';
import { FIRST_STEPS, readNumber } from './options.ts';

/** What the schema lets expect of a table. */
interface Expected {
  /** Cells of all columns together. */
  readonly cells: number;
  readonly rows: number;
}

/** Floating-point operations per second of the wasm backend on one core, as measured in whole trainings. */
const OPERATIONS_PER_SECOND = 1.5e10;

/** Seconds of a discriminator step per row in it, drawn or made; measured in whole trainings on wasm. */
const SECONDS_PER_DISCRIMINATED_ROW = 2.5e-5;

/** Bytes that a neural backend takes, beside the copies of its largest matrices. */
const BACKEND_BYTES = 250 * 2 ** 20;

/** Matrices of bank × cells and of cells × cells that a step of the fit holds at once. */
const HELD_COPIES = 24;

/** Cost of fitting noisy marginals: one product of the bank's shares with themselves per step, and its gradient. */
export function marginalCost(shape: PlanShape, { cells }: Expected): FitCost {
  const { options } = shape;
  const rounds = countRounds(shape);
  const fits = Math.ceil(rounds / roundsPerBatch(rounds, listPairs(shape).length));
  const steps = readNumber(options, 'steps') * (FIRST_STEPS + fits) + readNumber(options, 'finalSteps');
  const bank = readNumber(options, 'components');
  const hidden = readNumber(options, 'hidden');
  const weights = hidden * (readNumber(options, 'latent') + readNumber(options, 'blocks') * hidden + cells);
  // A product of n × m × k takes 2nmk operations; the gradient takes two more of its size.
  const operations = 6 * bank * (cells * cells + weights) * steps;
  return {
    seconds: operations / OPERATIONS_PER_SECOND,
    bytes: BACKEND_BYTES + 4 * HELD_COPIES * cells * (bank + cells),
  };
}

/** Cost of DP-SGD: its steps see one row in so many and a fixed number of generated ones. */
export function adversarialCost({ options }: PlanShape, { cells, rows }: Expected): FitCost {
  const batch = rows / readNumber(options, 'oneRowIn') + readNumber(options, 'fakes');
  return {
    seconds: readNumber(options, 'adversarySteps') * batch * SECONDS_PER_DISCRIMINATED_ROW,
    bytes: BACKEND_BYTES + 4 * HELD_COPIES * cells * Math.max(PASS_ROWS, readNumber(options, 'components')),
  };
}
