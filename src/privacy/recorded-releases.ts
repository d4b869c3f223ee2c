import { TabveilError } from '../errors.ts';
import type {
  DiscreteGaussianRequest,
  ExponentialByPartRequest,
  ExponentialRequest,
  Mechanisms,
  Released,
  RowSum,
  StabilityHistogramRequest,
  SubsampledGaussianRequest,
} from './mechanisms.ts';
import type { Private } from './private.ts';

/** A released value as plain data. */
export type ReleasedData =
  | { readonly kind: 'numbers'; readonly numbers: readonly number[] }
  | { readonly kind: 'keys'; readonly keys: readonly (readonly [string, number])[] };

/** A released value with the planned event that paid for it. */
export interface RecordedRelease {
  readonly label: string;
  readonly entry: number;
  readonly data: ReleasedData;
}

/** Takes down a release; it is awaited before the value goes on. */
export type Recorder = (release: RecordedRelease) => Promise<void>;

/**
 * Mechanisms that take down what they release. Steps of DP-SGD are not taken down: a run has thousands of them, each as long
 * as the network; what they have made of the network is kept instead.
 *
 * **Privacy**: what is taken down is released, so the record holds nothing private; sealed values only pass through.
 */
export function recordReleases(inner: Mechanisms, record: Recorder): Mechanisms {
  const note = async <T>(label: string, released: Released<T>, data: ReleasedData): Promise<Released<T>> => {
    await record({ label, entry: released.entry, data });
    return released;
  };
  const numbers = (values: Iterable<number>): ReleasedData => ({ kind: 'numbers', numbers: [...values] });
  return {
    discreteGaussian: async (counts, request) => {
      const released = await inner.discreteGaussian(counts, request);
      return note(request.label, released, numbers(released.value));
    },
    discreteLaplace: async (counts, request) => {
      const released = await inner.discreteLaplace(counts, request);
      return note(request.label, released, numbers(released.value));
    },
    exponential: async (scores, request) => {
      const released = await inner.exponential(scores, request);
      return note(request.label, released, numbers([released.value]));
    },
    exponentialByPart: async (scores, request) => {
      const released = await inner.exponentialByPart(scores, request);
      return note(request.label, released, numbers(released.value));
    },
    stabilityHistogram: async (counts, request) => {
      const released = await inner.stabilityHistogram(counts, request);
      return note(request.label, released, { kind: 'keys', keys: [...released.value] });
    },
    subsampledGaussian: (rows, request) => inner.subsampledGaussian(rows, request),
  };
}

/**
 * Mechanisms that give out recorded releases and nothing else.
 *
 * **Privacy**: never opens a private value and draws no noise.
 */
export class ReplayedReleases implements Mechanisms {
  readonly #releases: ReadonlyMap<string, RecordedRelease>;

  /** @param releases at most one per label. */
  constructor(releases: readonly RecordedRelease[]) {
    this.#releases = new Map(releases.map((release) => [release.label, release]));
  }

  /** Whether a release of this label is recorded. */
  has(label: string): boolean {
    return this.#releases.has(label);
  }

  /** @inheritdoc */
  discreteGaussian(_: Private<Float64Array>, request: DiscreteGaussianRequest): Promise<Released<Float64Array>> {
    return this.#vector(request.label, request.cells);
  }

  /** @inheritdoc */
  discreteLaplace(_: Private<Float64Array>, request: DiscreteGaussianRequest): Promise<Released<Float64Array>> {
    return this.#vector(request.label, request.cells);
  }

  /** @inheritdoc */
  async exponential(_: Private<Float64Array>, request: ExponentialRequest): Promise<Released<number>> {
    const { entry, numbers } = this.#choices(request.label, [request.candidates]);
    return { entry, value: numbers[0]! };
  }

  /** @inheritdoc */
  async exponentialByPart(
    _: Private<Float64Array>,
    request: ExponentialByPartRequest,
  ): Promise<Released<readonly number[]>> {
    const { entry, numbers } = this.#choices(request.label, request.candidates);
    return { entry, value: numbers };
  }

  /** @inheritdoc */
  async stabilityHistogram(
    _: Private<ReadonlyMap<string, number>>,
    request: StabilityHistogramRequest,
  ): Promise<Released<ReadonlyMap<string, number>>> {
    const { entry, data } = this.#find(request.label);
    if (data.kind !== 'keys') throw unfit(request.label);
    return { entry, value: new Map(data.keys) };
  }

  /** Always refused: steps of DP-SGD are not recorded. */
  async subsampledGaussian(_: Private<RowSum>, request: SubsampledGaussianRequest): Promise<Released<Float64Array>> {
    throw missing(request.label);
  }

  async #vector(label: string, cells: number): Promise<Released<Float64Array>> {
    const { entry, numbers } = this.#numbers(label);
    if (numbers.length !== cells) throw unfit(label);
    return { entry, value: Float64Array.from(numbers) };
  }

  #choices(
    label: string,
    candidates: readonly number[],
  ): { readonly entry: number; readonly numbers: readonly number[] } {
    const { entry, numbers } = this.#numbers(label);
    const fits = numbers.every((choice, part) => Number.isInteger(choice) && choice >= 0 && choice < candidates[part]!);
    if (numbers.length !== candidates.length || !fits) throw unfit(label);
    return { entry, numbers };
  }

  #numbers(label: string): { readonly entry: number; readonly numbers: readonly number[] } {
    const { entry, data } = this.#find(label);
    if (data.kind !== 'numbers') throw unfit(label);
    return { entry, numbers: data.numbers };
  }

  #find(label: string): RecordedRelease {
    const found = this.#releases.get(label);
    if (found === undefined) throw missing(label);
    return found;
  }
}

function missing(label: string): TabveilError {
  return new TabveilError(
    'input',
    'checkpoint.incomplete',
    `checkpoint: "${label}" is not recorded. Remove the checkpoint and train again with fresh budget.`,
  );
}

function unfit(label: string): TabveilError {
  return new TabveilError(
    'input',
    'checkpoint.corrupt',
    `checkpoint: what is recorded for "${label}" does not fit what the training asks for. Remove the checkpoint and train again with fresh budget.`,
  );
}
