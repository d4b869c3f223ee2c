import { TabveilError } from '../errors.ts';
import { worstUniqueKeyDelta } from '../math/discrete-gaussian-tail.ts';
import { worstUniqueKeyDeltaL1 } from '../math/discrete-laplace-tail.ts';
import { formatRational, parseRational, rationalToNumber } from '../math/rational.ts';
import type { BitSource } from '../random/bit-source.ts';
import { SecureBits } from '../random/secure-bits.ts';
import type { LaplaceThresholdEvent, StabilityThresholdEvent } from './events.ts';
import type {
  DiscreteGaussianRequest,
  ExponentialByPartRequest,
  ExponentialRequest,
  Mechanisms,
  PlannedEvent,
  PrivacyPlan,
  Released,
  RowSum,
  StabilityHistogramRequest,
  SubsampledGaussianRequest,
} from './mechanisms.ts';
import { compareCodePoints } from './noise/code-points.ts';
import { DiscreteGaussianSampler } from './noise/discrete-gaussian.ts';
import { DiscreteLaplaceSampler } from './noise/discrete-laplace.ts';
import { chooseExponential } from './noise/exponential.ts';
import { isSamplingRate } from './noise/poisson-sample.ts';
import { sanitiseInteger, sanitiseVector } from './noise/sanitise.ts';
import { noiseExponent, releaseSubsampledSum } from './noise/subsampled-gaussian.ts';
import { PlanCursor, type PlannedEntry } from './plan.ts';
import { openPrivate, type Private } from './private.ts';

/** What a run needs besides private values. */
export interface PrivacyRunOptions {
  /** Events that the ledger has reserved: everything this run may spend. */
  readonly plan: PrivacyPlan;
  /** `new SecureBits()`; anything else makes test noise. */
  readonly bits: BitSource;
}

/** Draws one integer of noise. */
interface NoiseSampler {
  draw(): number;
}

/**
 * The real mechanisms: spends planned events, opens private values, adds exact noise.
 *
 * Every check of a request happens before the door is opened and depends on public facts alone. After that nothing throws
 * because of a value: statistics that are not what was announced are made so cell by cell (see `sanitiseInteger`).
 *
 * **Privacy**: add/remove of one unit; the caller vouches for the sensitivity that its event states. Noise is drawn only
 * for events of the plan, each at most once.
 */
export class PrivacyRun implements Mechanisms {
  /** True when noise came from anything but the operating system: such a model refuses release. */
  readonly testNoise: boolean;
  readonly #bits: BitSource;
  readonly #cursor: PlanCursor;

  /** @throws TabveilError (bug) when two planned events share a label. */
  constructor({ plan, bits }: PrivacyRunOptions) {
    this.#cursor = new PlanCursor(plan);
    this.#bits = bits;
    this.testNoise = !SecureBits.isGenuine(bits);
  }

  /** Planned events that were not spent, in plan order; they are paid for all the same. */
  get unspent(): readonly PlannedEvent[] {
    return this.#cursor.unspent;
  }

  /** @inheritdoc */
  async discreteGaussian(
    counts: Private<Float64Array>,
    request: DiscreteGaussianRequest,
  ): Promise<Released<Float64Array>> {
    requireSize(request.label, 'cells', request.cells);
    const planned = this.#cursor.spend(request.label, 'discrete-gaussian');
    const sampler = new DiscreteGaussianSampler(this.#bits, parseRational(planned.event.variance));
    return { value: addNoise(await openStatistic(counts, planned), request.cells, sampler), entry: planned.entry };
  }

  /** @inheritdoc */
  async discreteLaplace(
    counts: Private<Float64Array>,
    request: DiscreteGaussianRequest,
  ): Promise<Released<Float64Array>> {
    requireSize(request.label, 'cells', request.cells);
    const planned = this.#cursor.spend(request.label, 'discrete-laplace');
    const sampler = new DiscreteLaplaceSampler(this.#bits, parseRational(planned.event.scale));
    return { value: addNoise(await openStatistic(counts, planned), request.cells, sampler), entry: planned.entry };
  }

  /** @inheritdoc */
  async exponential(scores: Private<Float64Array>, request: ExponentialRequest): Promise<Released<number>> {
    const { value, entry } = await this.exponentialByPart(scores, { ...request, candidates: [request.candidates] });
    return { value: value[0]!, entry };
  }

  /** @inheritdoc */
  async exponentialByPart(
    scores: Private<Float64Array>,
    request: ExponentialByPartRequest,
  ): Promise<Released<readonly number[]>> {
    const { label, candidates, sensitivity } = request;
    requireSize(label, 'parts', candidates.length);
    for (const size of candidates) requireSize(label, 'candidates', size);
    if (sensitivity.numerator <= 0n) {
      throw refuse(label, `the sensitivity of scores is ${formatRational(sensitivity)}; it must be positive`);
    }
    const planned = this.#cursor.spend(label, 'exponential');
    requireSingle(planned);
    const choice = { epsilon: parseRational(planned.event.epsilon), sensitivity };
    const total = candidates.reduce((sum, size) => sum + size, 0);
    const integers = sanitiseVector(await openStatistic(scores, planned), total);
    let end = 0;
    const chosen = candidates.map((size) => {
      end += size;
      return chooseExponential(this.#bits, integers.subarray(end - size, end), choice);
    });
    return { value: chosen, entry: planned.entry };
  }

  /** @inheritdoc */
  async stabilityHistogram(
    counts: Private<ReadonlyMap<string, number>>,
    request: StabilityHistogramRequest,
  ): Promise<Released<ReadonlyMap<string, number>>> {
    const planned = this.#cursor.spend(request.label, 'stability-threshold', 'laplace-threshold');
    requireSingle(planned);
    requireThreshold(planned);
    const { event } = planned;
    const sampler =
      event.kind === 'laplace-threshold'
        ? new DiscreteLaplaceSampler(this.#bits, parseRational(event.scale))
        : new DiscreteGaussianSampler(this.#bits, parseRational(event.variance));
    const statistic = await openStatistic(counts, planned);
    return { value: releaseKeys(statistic, planned.event.threshold, sampler), entry: planned.entry };
  }

  /** @inheritdoc */
  async subsampledGaussian(rows: Private<RowSum>, request: SubsampledGaussianRequest): Promise<Released<Float64Array>> {
    const { label, coordinates, l2Bound } = request;
    requireSize(label, 'coordinates', coordinates);
    requireSize(label, 'l2Bound', l2Bound);
    const { samplingRate, noiseMultiplier } = this.#cursor.find(label, 'subsampled-gaussian').event;
    if (!isSamplingRate(samplingRate)) throw refuse(label, `rate ${samplingRate} is no multiple of 2^-32`);
    const exponent = noiseExponent(noiseMultiplier, l2Bound);
    if (exponent === undefined) {
      throw refuse(label, `noise for a norm of ${l2Bound} is out of range; scale the vectors down`);
    }
    const planned = this.#cursor.spendStep(label);
    // The sum is computed after opening; a failure in it must not carry private values in its text either.
    const step = { samplingRate, coordinates, exponent };
    const sealed = rows.map((opened) => releaseSubsampledSum(this.#bits, opened, step));
    return { value: await openStatistic(sealed, planned), entry: planned.entry };
  }
}

function addNoise(counts: Float64Array, cells: number, sampler: NoiseSampler): Float64Array {
  const noisy = sanitiseVector(counts, cells);
  for (let cell = 0; cell < cells; cell++) noisy[cell]! += sampler.draw();
  return noisy;
}

/** Keys are visited in code point order, so that neither noise nor result depends on the order of rows. */
function releaseKeys(
  counts: ReadonlyMap<string, number>,
  threshold: number,
  sampler: NoiseSampler,
): ReadonlyMap<string, number> {
  const released = new Map<string, number>();
  for (const key of [...counts.keys()].sort(compareCodePoints)) {
    const count = sanitiseInteger(counts.get(key) ?? 0);
    if (count <= 0) continue;
    const noisy = count + sampler.draw();
    if (noisy >= threshold) released.set(key, noisy);
  }
  return released;
}

/**
 * Opens the door. A failure inside may carry private values in its text, so only errors whose text is safe by contract
 * and cancellations pass.
 */
async function openStatistic<T>(statistic: Private<T>, { label }: PlannedEntry): Promise<T> {
  try {
    return await openPrivate(statistic);
  } catch (error) {
    if (error instanceof TabveilError) throw error;
    if (error instanceof Error && error.name === 'AbortError') throw new DOMException('Aborted.', 'AbortError');
    throw refuse(label, 'the private statistic could not be computed (the reason is withheld: it may hold data)');
  }
}

function requireSize(label: string, what: string, size: number): void {
  if (!Number.isSafeInteger(size) || size < 1) throw refuse(label, `${what} is ${size}; it must be a positive integer`);
}

function requireSingle({ label, event }: PlannedEntry<Extract<PlannedEvent['event'], { count: number }>>): void {
  if (event.count !== 1) throw refuse(label, `the event counts ${event.count} releases, but one call makes one`);
}

/** Relative error that the tail of the noise may have been computed with. */
const TAIL_ERROR = 1e-9;

/** The threshold must keep what the event promises, whoever planned it. */
function requireThreshold({ label, event }: PlannedEntry<StabilityThresholdEvent | LaplaceThresholdEvent>): void {
  const { threshold, delta } = event;
  const [worst, sensitivity] =
    event.kind === 'laplace-threshold'
      ? [worstUniqueKeyDeltaL1(toNumber(event.scale), threshold, event.l1Sensitivity), event.l1Sensitivity]
      : [worstUniqueKeyDelta(toNumber(event.variance), threshold, event.l2Sensitivity), event.l2Sensitivity];
  if (worst <= delta * (1 + TAIL_ERROR)) return;
  throw refuse(
    label,
    `threshold ${threshold} does not keep delta ${delta} at sensitivity ${sensitivity}; use stabilityThreshold`,
  );
}

const toNumber = (exact: string) => rationalToNumber(parseRational(exact));

function refuse(label: string, what: string): TabveilError {
  return new TabveilError('bug', 'privacy-run.request', `privacy run: "${label}": ${what}.`);
}
