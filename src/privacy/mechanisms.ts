import type { Rational } from '../math/rational.ts';
import type { PrivacyEvent } from './events.ts';
import type { Private } from './private.ts';

/** A value that left through a mechanism; `entry` is the index of the certificate event that paid for it. */
export interface Released<T> {
  readonly value: T;
  readonly entry: number;
}

/** One line of a privacy plan: which event will be spent and what for. Fixed before any private value is read. */
export interface PlannedEvent {
  /** Unique within a plan, for example `measure:age` or `select:round-3`. */
  readonly label: string;
  /** For people: `one-way marginals`, `row count`, `selection of pairs`. */
  readonly purpose: string;
  readonly event: PrivacyEvent;
}

/** All events of one run, in the order they may be spent; a mechanism call with no matching line is refused. */
export type PrivacyPlan = readonly PlannedEvent[];

/** Integer counts under `discreteGaussian`: cell counts of one or more marginals. */
export interface DiscreteGaussianRequest {
  /** Label of the planned event that pays. */
  readonly label: string;
  /** Number of cells of the vector: public, checked against the data only by the test harness. */
  readonly cells: number;
}

/** Integer scores of candidates under the exponential mechanism. */
export interface ExponentialRequest {
  readonly label: string;
  /** Number of candidates. */
  readonly candidates: number;
  /** How far one unit can move one score (all scores may move, up or down). */
  readonly sensitivity: Rational;
}

/** Several selections at once, each over candidates scored on its own part of the rows. */
export interface ExponentialByPartRequest {
  readonly label: string;
  /** Number of candidates of each part, every one positive. */
  readonly candidates: readonly number[];
  /** How far one unit can move one score of its part. */
  readonly sensitivity: Rational;
}

/** A histogram over keys that are not public. */
export interface StabilityHistogramRequest {
  readonly label: string;
}

/** Vectors of private rows that can be summed over any of them; rows are numbered 0 … rows-1. */
export interface RowSum {
  /** Number of private rows; as secret as they are. */
  readonly rows: number;
  /**
   * The sum of the vectors of the drawn rows: integers held in doubles. Each row's vector depends on this row and public
   * values alone, not on which others are drawn, and has at most the announced norm.
   * @param drawn row numbers in ascending order; possibly none.
   */
  sum(drawn: Int32Array): Float64Array | Promise<Float64Array>;
}

/** One step of DP-SGD. */
export interface SubsampledGaussianRequest {
  /** Label of the planned event; it pays for as many calls as it has steps. */
  readonly label: string;
  /** Length of the vectors. */
  readonly coordinates: number;
  /** Largest L2 norm of one row's vector: a positive integer, in units of the vectors. */
  readonly l2Bound: number;
}

/**
 * The only ways out of `Private<T>`. An implementation spends the planned event named by `label` (each at most as often
 * as planned),
 * computes the private statistic, adds the planned noise and returns a released value.
 *
 * Implementations: `PrivacyRun` (real, pays a ledger reservation) and, in tests, recorders and replayers that freeze
 * the outputs and compare the requests of neighbouring tables.
 */
export interface Mechanisms {
  /**
   * Adds exact discrete Gaussian noise to an integer vector. The planned event fixes variance and sensitivity.
   * @returns noisy integers, same length.
   */
  discreteGaussian(counts: Private<Float64Array>, request: DiscreteGaussianRequest): Promise<Released<Float64Array>>;

  /** Adds exact discrete Laplace noise to an integer vector. */
  discreteLaplace(counts: Private<Float64Array>, request: DiscreteGaussianRequest): Promise<Released<Float64Array>>;

  /**
   * Exact exponential mechanism: index i with probability proportional to exp(epsilon·score_i / (2·sensitivity)).
   * Scores are integers held in doubles.
   */
  exponential(scores: Private<Float64Array>, request: ExponentialRequest): Promise<Released<number>>;

  /**
   * One exact exponential mechanism per part, paid by one event because the parts are disjoint (parallel composition).
   * The caller vouches that one unit moves scores of at most one part, which holds for units of one row only.
   * @param scores scores of all parts, one part after the other.
   * @returns the chosen candidate of each part.
   */
  exponentialByPart(
    scores: Private<Float64Array>,
    request: ExponentialByPartRequest,
  ): Promise<Released<readonly number[]>>;

  /**
   * Keys whose noisy count reaches the planned threshold (discrete Gaussian or Laplace noise, as planned), sorted by code point, with their noisy counts.
   * The map must hold no zero counts.
   */
  stabilityHistogram(
    counts: Private<ReadonlyMap<string, number>>,
    request: StabilityHistogramRequest,
  ): Promise<Released<ReadonlyMap<string, number>>>;

  /**
   * One step of DP-SGD: draws each row independently at the planned rate, sums the vectors of the drawn rows and adds
   * rounded Gaussian noise of at least the planned multiplier times the bound. Each call takes one step of the event.
   * @returns noisy integers, `coordinates` long.
   */
  subsampledGaussian(rows: Private<RowSum>, request: SubsampledGaussianRequest): Promise<Released<Float64Array>>;
}
