/**
 * What a mechanism did to the private table, precise enough for anyone to recompute what it cost.
 * An event says what happened; an accountant says what it cost. All events are for add/remove of one unit.
 *
 * Exact parameters are rationals written `n/d` (see `math/rational.ts`); `count` is the number of such events, a
 * positive safe integer. The discriminated union is closed: an accountant refuses a kind it does not know.
 */
export type PrivacyEvent =
  | GaussianEvent
  | DiscreteGaussianEvent
  | DiscreteLaplaceEvent
  | ExponentialEvent
  | SubsampledGaussianEvent
  | StabilityThresholdEvent
  | LaplaceThresholdEvent
  | ZcdpEvent
  | PureEvent;

/** Continuous Gaussian noise of standard deviation `sigma` on a statistic of the given L2 sensitivity. */
export interface GaussianEvent {
  readonly kind: 'gaussian';
  readonly sigma: number;
  readonly l2Sensitivity: number;
  readonly count: number;
}

/**
 * Discrete Gaussian noise of parameter `variance` on every cell of an integer vector.
 * `oneCell` states that neighbours differ in exactly one cell by at most `l2Sensitivity` units, so that the privacy
 * loss is exactly that of the one-dimensional mechanism (needed for PLD; zCDP does not need it).
 */
export interface DiscreteGaussianEvent {
  readonly kind: 'discrete-gaussian';
  readonly variance: string;
  readonly l2Sensitivity: number;
  readonly oneCell: boolean;
  readonly count: number;
}

/** Discrete Laplace noise of rational `scale` on an integer vector of the given L1 sensitivity. */
export interface DiscreteLaplaceEvent {
  readonly kind: 'discrete-laplace';
  readonly scale: string;
  readonly l1Sensitivity: number;
  readonly count: number;
}

/** The exponential mechanism proper (`epsilon`-bounded range, hence `epsilon`²/8 zCDP); not permute-and-flip. */
export interface ExponentialEvent {
  readonly kind: 'exponential';
  readonly epsilon: string;
  readonly count: number;
}

/** `steps` Poisson-subsampled Gaussian releases (DP-SGD) with public sampling rate and noise multiplier. */
export interface SubsampledGaussianEvent {
  readonly kind: 'subsampled-gaussian';
  readonly samplingRate: number;
  readonly noiseMultiplier: number;
  readonly steps: number;
}

/**
 * A histogram over unknown keys, released where count + discrete Gaussian(`variance`) ≥ `threshold`.
 * Costs the noise of the shared keys plus `delta` for keys that exist in only one neighbour.
 */
export interface StabilityThresholdEvent {
  readonly kind: 'stability-threshold';
  readonly variance: string;
  readonly threshold: number;
  readonly l2Sensitivity: number;
  readonly delta: number;
  readonly count: number;
}

/**
 * A histogram over unknown keys, released where count + discrete Laplace(`scale`) ≥ `threshold`.
 * Costs the noise of the shared keys, l1Sensitivity/scale, plus `delta` for keys that exist in only one neighbour.
 */
export interface LaplaceThresholdEvent {
  readonly kind: 'laplace-threshold';
  readonly scale: string;
  readonly threshold: number;
  readonly l1Sensitivity: number;
  readonly delta: number;
  readonly count: number;
}

/** A mechanism proven `rho`-zCDP by other means. */
export interface ZcdpEvent {
  readonly kind: 'zcdp';
  readonly rho: number;
  readonly count: number;
}

/** A mechanism proven `epsilon`-DP by other means. */
export interface PureEvent {
  readonly kind: 'pure';
  readonly epsilon: number;
  readonly count: number;
}
