import type { CodedMarginal } from '../encode/apply-knowledge.ts';
import type { SamplingMethod } from '../marginals/block-sampler.ts';
import type { Codes, CountSource } from '../marginals/count-source.ts';
import type { Domain } from '../marginals/domain.ts';
import type { Factor } from '../marginals/marginal-oracle.ts';
import type { PlanShare } from '../privacy/accounting/calibrate-plan.ts';
import type { Mechanisms, PrivacyPlan } from '../privacy/mechanisms.ts';
import type { Private } from '../privacy/private.ts';
import type { MarginalUncertainty } from './uncertainty.ts';

/** Settings of a synthesizer as given by the user; each synthesizer names those it knows. */
export type SynthesizerOptions = Readonly<Record<string, string | number | boolean>>;

/** What is public before training: enough to fix every privacy event. */
export interface PlanShape {
  /** Names of the modelled columns, in schema order. */
  readonly columns: readonly string[];
  /** Name of the declared target column, if any. */
  readonly target?: string;
  /** Most rows one unit of privacy contributes: 1 for rows, the declared cap for entities. */
  readonly unitRows: number;
  readonly options: SynthesizerOptions;
  /** What the whole training may cost. */
  readonly budget: { readonly epsilon: number; readonly delta: number };
  /** Declared number of rows of the population, if any: guides the plan, never taken from the data. */
  readonly population?: number;
}

/** State of a training that is on its way: released values and what was made of them. */
export interface KeptState {
  /** Steps of the training that went into it. */
  readonly steps: number;
  readonly arrays: ReadonlyMap<string, Float64Array>;
}

/** Where a training of many steps keeps its state, so that it can be taken up again. */
export interface TrainingMemory {
  /** What was kept last by the training that is taken up again. */
  readonly kept?: KeptState;
  /** Steps of an event that have begun before, lost ones among them: they are spent and cannot be taken again. */
  readonly begunSteps: (label: string) => number;
  /** Keeps a state in place of the one before; it is on disk when this resolves. */
  readonly keep: (state: KeptState) => Promise<void>;
}

/** What `fit` works with. Everything but `source` is public or released. */
export interface FitInput extends PlanShape {
  /** Exact counts over `domain`, behind the door. */
  readonly source: Private<CountSource>;
  /**
   * Codes of the rows themselves over `domain`, one array per attribute, behind the door; absent where the rows cannot be
   * had and only counts can. One row is one unit of privacy only when there are no `entities`.
   */
  readonly rows?: Private<readonly Codes[]>;
  /** For each row the number of its entity, from 0, negative for rows of none; absent when the unit is a row. */
  readonly entities?: Private<Int32Array>;
  readonly domain: Domain;
  /**
   * For each attribute, how many of its leading codes lie on an axis in their order: all bins of a number, all values of
   * an ordered category; 0 for names without an order. Codes after them (other, missing) lie beside the axis.
   */
  readonly orderedCells: readonly number[];
  /** For each attribute, the code of missing values; undefined where the schema rules them out. */
  readonly missingCodes: readonly (number | undefined)[];
  /**
   * For each attribute that is a number or a date, the ends of its bins as distances from zero in steps of its precision:
   * one more than there are bins, ascending; undefined for categories.
   */
  readonly binEnds: readonly (Float64Array | undefined)[];
  readonly mechanisms: Mechanisms;
  /** Combinations that the schema declares impossible, as log potentials over `domain`. */
  readonly zeros: readonly Factor[];
  /** Published tables that the schema declares. */
  readonly publicMarginals: readonly CodedMarginal[];
  /** The calibrated plan: noise parameters are read from here, so that what is spent is what was planned. */
  readonly plan: PrivacyPlan;
  readonly signal?: AbortSignal;
  /** Where steps are kept that are not released values of their own; absent when the training cannot be taken up again. */
  readonly memory?: TrainingMemory;
  /**
   * Told how far the fit is; where there is one, its error on released quantities; and where it is known how work grows,
   * the part of the work that is done, 0 to 1, from public and released sizes.
   */
  readonly onProgress?: (done: number, total: number, error?: number, workDone?: number) => void;
  /** Told in one line what the machine lent to the fit, such as a neural backend; public. */
  readonly onNotice?: (notice: string) => void;
}

/** What a fit takes, roughly. */
export interface FitCost {
  /** Seconds on one core, without reading the table. */
  readonly seconds: number;
  /** Bytes of memory beside the table. */
  readonly bytes: number;
}

/** A fitted model as plain released data: scalars in `settings`, numbers in `arrays`. Sizes depend on public facts only. */
export interface ModelParts {
  /** Released estimate of the number of rows. */
  readonly rows: number;
  /** Error bars of released marginals, if the synthesizer can state them. */
  readonly uncertainty?: readonly MarginalUncertainty[];
  readonly settings: JsonObject;
  readonly arrays: ReadonlyMap<string, Float64Array>;
}

/** Values that survive JSON. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Uniform randomness of one block of rows. */
export interface BlockStream {
  nextUint32(): number;
  fillUint32(out: Uint32Array): void;
  nextFloat(): number;
}

/** Fills the first `rows` entries of one code array per column; a block depends on its stream only. */
export type BlockGenerator = (rows: number, stream: BlockStream, out: readonly Codes[]) => void;

/** A condition on one column of the rows to draw. */
export interface CellCondition {
  /** Index of the column. */
  readonly attribute: number;
  /**
   * For each code, the probability that a value of it meets the condition: 0 never, 1 always, between where an interval
   * cuts a bin. Drawing a value that meets it inside the bin is the decoder's part.
   */
  readonly weights: Float64Array;
}

/** A generator of rows under conditions with what is to be said of it. */
export interface ConditionalGenerator {
  readonly generateBlock: BlockGenerator;
  /** One sentence for people: how the rows relate to the model's distribution, and by what method. */
  readonly statement: string;
  /** Probability that the model gives the conditions, if it is known. */
  readonly probability?: number;
}

/** A model opened for use; knows nothing of private rows. */
export interface OpenModel {
  readonly domain: Domain;
  createGenerator(method: SamplingMethod): BlockGenerator;
  /**
   * Rows under conditions, at most one per column, if the model can draw them without throwing whole rows away: a row has
   * its probability under the model times the weights of its codes, over the sum of that over all rows. Models that leave
   * this out are sampled by rejection.
   * @throws TabveilError (usage, `conditions.impossible`, see `impossibleConditions`) when no row can be drawn.
   */
  createConditionalGenerator?(conditions: readonly CellCondition[], method: SamplingMethod): ConditionalGenerator;
  /** Expected share of every code of every column, if the model knows them without drawing rows. */
  shares?(): readonly Float64Array[];
  /** For people: cliques, sizes and the like. */
  describe(): JsonObject;
}

/**
 * A way to learn a discrete table through `Mechanisms` alone. Adding one costs its file, one line in the registry and
 * its test; the contract suite checks it by record and replay on neighbouring tables.
 */
export interface Synthesizer {
  readonly name: string;
  /** One line for help texts. */
  readonly summary: string;
  /** Names of accepted options with their meaning. */
  readonly options: Readonly<Record<string, string>>;
  /**
   * Options that make a training quick enough to be repeated thousands of times, as audits do; absent when it always is.
   * Audits plan with them too, so what is claimed is what is run.
   */
  readonly quickOptions?: SynthesizerOptions;
  /** Every privacy event of a fit with its share of the budget; a function of public facts only. */
  planShares(shape: PlanShape): readonly PlanShare[];
  /**
   * Rough cost of a fit, for synthesizers whose work is not that of counting and of their events; `cells` and `rows` are what
   * the schema lets expect.
   */
  expectCost?(shape: PlanShape, expected: { readonly cells: number; readonly rows: number }): FitCost;
  /**
   * Learns a model.
   * **Privacy**: spends exactly planned events; requests to mechanisms depend on public facts and released values only.
   */
  fit(input: FitInput): Promise<ModelParts>;
  /** Opens stored parts; they come from an untrusted file and are checked. */
  open(domain: Domain, parts: ModelParts): OpenModel;
}
