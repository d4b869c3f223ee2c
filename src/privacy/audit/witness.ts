import { TabveilError } from '../../errors.ts';
import { rationalToNumber } from '../../math/rational.ts';
import { exactParameter } from '../accounting/costs/event-cost.ts';
import type { PrivacyEvent, SubsampledGaussianEvent } from '../events.ts';
import type {
  ExponentialByPartRequest,
  Mechanisms,
  PrivacyPlan,
  Released,
  RowSum,
  SubsampledGaussianRequest,
} from '../mechanisms.ts';
import { noiseExponent } from '../noise/subsampled-gaussian.ts';
import type { Private } from '../private.ts';
import type { MechanismFactory } from './mechanism-cases.ts';

/** The public part of a call; selections are all seen as selections by part. */
type WitnessedRequest = { readonly label: string } | ExponentialByPartRequest | SubsampledGaussianRequest;

/** Values that a mechanism releases. */
type Output = Float64Array | readonly number[] | ReadonlyMap<string, number>;

/** What one call released, and the exact statistic it was computed from. */
interface Sighting {
  readonly request: WitnessedRequest;
  readonly statistic: Float64Array;
  /** Number of private rows, where the statistic is the sum of all of them. */
  readonly rows?: number;
  readonly released: Released<Output>;
}

/**
 * Watches a run on one of two neighbouring tables, replays its outputs on the other, and says how much better the one
 * explains them: the score of the strongest test that anyone who sees all outputs could run.
 *
 * Histograms over unknown keys are replayed but do not add to the score.
 * **Privacy**: sees exact statistics, so it is for made-up tables only. It opens nothing itself: it looks at what passes
 * through the mechanisms.
 */
export class LikelihoodWitness {
  readonly #plan: PrivacyPlan;
  readonly #create: MechanismFactory;
  readonly #sightings: Sighting[] = [];
  #logRatio = 0;

  /** @param create makes the mechanisms that are watched. */
  constructor(plan: PrivacyPlan, create: MechanismFactory) {
    this.#plan = plan;
    this.#create = create;
  }

  /** Log-likelihood of the outputs under the watched table minus that under the other one; complete after the replay. */
  get logLikelihoodRatio(): number {
    return this.#logRatio;
  }

  /** Mechanisms for the run on the table that is really used. */
  watch(): Mechanisms {
    return this.#present((sighting) => {
      this.#sightings.push(sighting);
      return sighting.released;
    });
  }

  /**
   * Mechanisms for the run on the other table: they give the outputs of the first run, in order.
   * @throws TabveilError (bug), from a call, when the two runs make different calls.
   */
  replay(): Mechanisms {
    let next = 0;
    return this.#present(({ request, statistic, rows }) => {
      const seen = this.#sightings[next++];
      if (seen === undefined || seen.request.label !== request.label || seen.statistic.length !== statistic.length) {
        throw new TabveilError(
          'bug',
          'audit.diverged',
          `audit: the call "${request.label}" on the neighbouring table has no counterpart; calls depend on private data.`,
        );
      }
      const event = this.#eventOf(request.label);
      this.#logRatio +=
        event.kind === 'subsampled-gaussian'
          ? stepLogRatio(event, seen, { statistic, rows: rows ?? 0 })
          : logLikelihood(event, seen, seen.statistic) - logLikelihood(event, seen, statistic);
      return seen.released;
    });
  }

  #eventOf(label: string): PrivacyEvent {
    const planned = this.#plan.find((line) => line.label === label);
    if (planned === undefined) throw new TabveilError('bug', 'audit.label', `audit: no event is labelled "${label}".`);
    return planned.event;
  }

  /** All mechanisms around one handler, which learns each statistic because it passes through on its way. */
  #present(handle: (sighting: Sighting) => Released<Output>): Mechanisms {
    const run = this.#create(this.#plan);
    const byPart = (scores: Private<Float64Array>, request: ExponentialByPartRequest) =>
      passThrough(
        { request, statistic: scores, release: (watched) => run.exponentialByPart(watched, request) },
        handle,
      );
    return {
      discreteGaussian: (counts, request) =>
        passThrough(
          { request, statistic: counts, release: (watched) => run.discreteGaussian(watched, request) },
          handle,
        ),
      discreteLaplace: (counts, request) =>
        passThrough(
          { request, statistic: counts, release: (watched) => run.discreteLaplace(watched, request) },
          handle,
        ),
      exponential: async (scores, request) => {
        const { value, entry } = await byPart(scores, { ...request, candidates: [request.candidates] });
        return { value: value[0]!, entry };
      },
      exponentialByPart: byPart,
      stabilityHistogram: async (counts, request) => {
        const released = await run.stabilityHistogram(counts, request);
        const sighting = { request, statistic: new Float64Array(0), released };
        return handle(sighting) as Released<ReadonlyMap<string, number>>;
      },
      subsampledGaussian: async (sealed, request) => {
        let seen: { statistic: Float64Array; rows: number } = { statistic: new Float64Array(0), rows: 0 };
        const watched = sealed.map(async (opened) => {
          seen = { statistic: await sumOfAll(opened), rows: opened.rows };
          return opened;
        });
        const released = await run.subsampledGaussian(watched, request);
        return handle({ request, released, ...seen }) as Released<Float64Array>;
      },
    };
  }
}

/** The sum of all rows: what one row adds to it is what it adds to any drawn sum. */
async function sumOfAll(rows: RowSum): Promise<Float64Array> {
  return Float64Array.from(await rows.sum(Int32Array.from({ length: rows.rows }, (_, row) => row)));
}

/**
 * One step of DP-SGD: how much better the released sum is explained by the watched table, projected onto what the unit
 * adds; the rows both tables share are drawn too, so their expected sum is taken off.
 */
function stepLogRatio(
  { samplingRate, noiseMultiplier }: SubsampledGaussianEvent,
  { request, released, statistic, rows = 0 }: Sighting,
  other: { readonly statistic: Float64Array; readonly rows: number },
): number {
  const isWith = rows > other.rows;
  const [larger, smaller] = isWith ? [statistic, other.statistic] : [other.statistic, statistic];
  const sigma = 2 ** (noiseExponent(noiseMultiplier, (request as SubsampledGaussianRequest).l2Bound) ?? 0);
  const values = released.value as Float64Array;
  const unit = larger.map((value, index) => value - smaller[index]!);
  const along = sumOver(unit, (part, index) => part * (values[index]! - samplingRate * smaller[index]!));
  const square = sumOver(unit, (part) => part * part);
  const gain = (2 * along - square) / (2 * sigma * sigma);
  // log(1 - q + q·exp(gain)) without overflow.
  const top = Math.max(0, gain);
  const ratio = top + Math.log((1 - samplingRate) * Math.exp(-top) + samplingRate * Math.exp(gain - top));
  return isWith ? ratio : -ratio;
}

/** A call that is about to be made. */
interface Call<T extends Output> {
  readonly request: WitnessedRequest;
  readonly statistic: Private<Float64Array>;
  readonly release: (statistic: Private<Float64Array>) => Promise<Released<T>>;
}

/** Makes a call and hands the handler what it saw: the statistic, copied on its way in, and the output. */
async function passThrough<T extends Output>(
  { request, statistic, release }: Call<T>,
  handle: (sighting: Sighting) => Released<Output>,
): Promise<Released<T>> {
  let seen = new Float64Array(0);
  const watched = statistic.map((values) => {
    seen = values.slice();
    return values;
  });
  const released = await release(watched);
  return handle({ request, statistic: seen, released }) as Released<T>;
}

/** Log-probability of the released values if the statistic had been this one, up to a constant of the event. */
function logLikelihood(event: PrivacyEvent, { request, released }: Sighting, statistic: Float64Array): number {
  const values = released.value;
  if (values instanceof Map) return 0;
  const outputs = values as Float64Array | readonly number[];
  switch (event.kind) {
    case 'discrete-gaussian': {
      const variance = exactParameter(event.variance);
      return sumOver(statistic, (exact, cell) => -((outputs[cell]! - exact) ** 2) / (2 * variance));
    }
    case 'discrete-laplace': {
      const scale = exactParameter(event.scale);
      return sumOver(statistic, (exact, cell) => -Math.abs(outputs[cell]! - exact) / scale);
    }
    case 'exponential':
      return 'candidates' in request ? logSelection(exactParameter(event.epsilon), request, { outputs, statistic }) : 0;
    default:
      return 0;
  }
}

function logSelection(
  epsilon: number,
  { candidates, sensitivity }: ExponentialByPartRequest,
  { outputs, statistic }: { readonly outputs: ArrayLike<number>; readonly statistic: Float64Array },
): number {
  const rate = epsilon / (2 * rationalToNumber(sensitivity));
  let [total, start] = [0, 0];
  for (const [part, size] of candidates.entries()) {
    const scores = statistic.subarray(start, start + size);
    const best = scores.reduce((left, right) => Math.max(left, right));
    const weights = sumOver(scores, (score) => Math.exp(rate * (score - best)));
    total += rate * (scores[outputs[part]!]! - best) - Math.log(weights);
    start += size;
  }
  return total;
}

function sumOver(values: Float64Array, term: (value: number, index: number) => number): number {
  return values.reduce((sum, value, index) => sum + term(value, index), 0);
}
