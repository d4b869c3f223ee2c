import type { Measurement } from '../../marginals/measurement.ts';
import type { GeneratorShape } from '../../neural/generator.ts';
import type { Parameters } from '../../neural/parameters.ts';
import type { PlanShare } from '../../privacy/accounting/calibrate-plan.ts';
import type { RareMerge } from '../rare-merge.ts';
import type { FitCost, FitInput, JsonObject, PlanShape } from '../synthesizer.ts';
import type { LatentBank } from './latent-bank.ts';

/** A trained generator with what it takes to sample from it: released and public values only. */
export interface TrainedGenerator {
  /** Released estimate of the number of rows. */
  readonly rows: number;
  /** By column, how the cells of its head split into original codes; undefined where they are the same. */
  readonly merges: readonly (RareMerge | undefined)[];
  /** The network; one head per column, over merged cells. */
  readonly shape: GeneratorShape;
  readonly parameters: Parameters;
  /** Inputs whose heads are the components of the finished mixture. */
  readonly bank: LatentBank;
  /** What was measured, over merged cells: for error bars. */
  readonly measurements: readonly Measurement[];
  /** Error of the generator on released quantities from time to time, non-negative; its last entry is that of the result. */
  readonly errors: Float64Array;
  /** What else there is to tell people. */
  readonly notes: JsonObject;
}

/** A way to train the generator. */
export interface CtganTrainer {
  /** One line for help texts. */
  readonly summary: string;
  /** Every privacy event of a training; a function of public facts only. */
  planShares(shape: PlanShape): readonly PlanShare[];
  /** Rough cost of a training. */
  expectCost(shape: PlanShape, expected: { readonly cells: number; readonly rows: number }): FitCost;
  /**
   * Trains a generator.
   * **Privacy**: spends exactly planned events; everything between them depends on public facts and released values only.
   */
  train(input: FitInput): Promise<TrainedGenerator>;
}
