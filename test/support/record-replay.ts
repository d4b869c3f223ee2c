import { isDeepStrictEqual } from 'node:util';
import type { Rational } from '../../src/math/rational.ts';
import { rationalToNumber } from '../../src/math/rational.ts';
import type { PrivacyEvent } from '../../src/privacy/events.ts';
import type {
  DiscreteGaussianRequest,
  ExponentialByPartRequest,
  ExponentialRequest,
  Mechanisms,
  PrivacyPlan,
  Released,
  RowSum,
  StabilityHistogramRequest,
  SubsampledGaussianRequest,
} from '../../src/privacy/mechanisms.ts';
import { PrivacyRun } from '../../src/privacy/privacy-run.ts';
import { openPrivate, Private } from '../../src/privacy/private.ts';
import { StreamBits } from './stream-bits.ts';

/** What a mechanism is computed from. */
export type Statistic = Float64Array | ReadonlyMap<string, number>;

/** The public part of a call: which mechanism, which planned event, which announced facts. */
export interface PublicRequest {
  readonly method: keyof Mechanisms;
  readonly label: string;
  readonly cells?: number;
  readonly coordinates?: number;
  readonly l2Bound?: number;
  readonly candidates?: number | readonly number[];
  readonly sensitivity?: Rational;
}

/** One call with the exact private statistic behind it and the output that was released. */
export interface RecordedCall {
  readonly request: PublicRequest;
  readonly statistic: Statistic;
  /** What each unit alone adds to a drawn sum, in no order; only for the first step of an event. */
  readonly units?: readonly string[];
  readonly output: Released<unknown>;
}

/** A way in which a run on a neighbouring table differed more than its plan allows. */
export interface Divergence {
  readonly kind:
    | 'extra call'
    | 'missing call'
    | 'request'
    | 'shape'
    | 'not integer'
    | 'sensitivity'
    | 'units'
    | 'result'
    | 'failure';
  /** What was run, and on which pair of tables. */
  readonly where: string;
  readonly what: string;
}

/** Tables that differ by the given number of privacy units; 0 for the same rows in another order. */
export interface NeighbourPair<D> {
  readonly name: string;
  readonly from: D;
  readonly to: D;
  readonly units: number;
}

/** Something that learns from private data through mechanisms: a synthesizer, a preprocessor. */
export interface ReplaySubject<D> {
  readonly name: string;
  readonly plan: PrivacyPlan;
  /**
   * Runs to the end and returns everything that becomes public: artefacts, logs, progress. It must be a function of its
   * arguments, so any other randomness is seeded inside.
   */
  run(data: Private<D>, mechanisms: Mechanisms): Promise<unknown>;
}

/** Stops a run whose calls no longer match the recording. */
class ReplayStopped extends Error {}

type Handler = (
  request: PublicRequest,
  statistic: Private<Statistic>,
  units?: Private<readonly string[]>,
) => Promise<Released<unknown>>;

/** The sum of all rows: what one row adds to it is what it adds to any drawn sum. */
export async function sumOfAll(rows: RowSum): Promise<Float64Array> {
  return Float64Array.from(await rows.sum(Int32Array.from({ length: rows.rows }, (_, row) => row)));
}

/** What each unit adds when it is drawn alone: amplification counts on a unit being drawn whole or not at all. */
async function unitsAlone(rows: RowSum): Promise<readonly string[]> {
  const texts: string[] = [];
  for (let unit = 0; unit < rows.rows; unit++) {
    const { buffer, byteOffset, byteLength } = Float64Array.from(await rows.sum(Int32Array.of(unit)));
    texts.push(Buffer.from(buffer, byteOffset, byteLength).toString('base64'));
  }
  return texts.sort();
}

/** Presents one handler of requests as all mechanisms. */
function mechanismsOf(handle: Handler): Mechanisms {
  const call = async <T>(
    request: PublicRequest,
    statistic: Private<Statistic>,
    units?: Private<readonly string[]>,
  ): Promise<Released<T>> => (await handle(request, statistic, units)) as Released<T>;
  const stepped = new Set<string>();
  return {
    discreteGaussian: (counts, request) => call({ method: 'discreteGaussian', ...request }, counts),
    discreteLaplace: (counts, request) => call({ method: 'discreteLaplace', ...request }, counts),
    exponential: (scores, request) => call({ method: 'exponential', ...request }, scores),
    exponentialByPart: (scores, request) => call({ method: 'exponentialByPart', ...request }, scores),
    stabilityHistogram: (counts, request) => call({ method: 'stabilityHistogram', ...request }, counts),
    subsampledGaussian: (rows, request) => {
      const units = stepped.has(request.label) ? undefined : rows.map(unitsAlone);
      stepped.add(request.label);
      return call({ method: 'subsampledGaussian', ...request }, rows.map(sumOfAll), units);
    },
  };
}

/** Mechanisms that note every request, private statistic and output of the mechanisms they wrap. */
export class Recorder {
  readonly calls: RecordedCall[] = [];
  readonly mechanisms: Mechanisms;

  constructor(inner: Mechanisms) {
    this.mechanisms = mechanismsOf(async (request, sealed, sealedUnits) => {
      const statistic = await openPrivate(sealed);
      const units = sealedUnits === undefined ? {} : { units: await openPrivate(sealedUnits) };
      const output = await forward(inner, request, statistic);
      this.calls.push({ request, statistic: structuredClone(statistic), ...units, output });
      return structuredClone(output);
    });
  }
}

function forward(inner: Mechanisms, request: PublicRequest, statistic: Statistic): Promise<Released<unknown>> {
  const sealed = Private.seal(statistic);
  switch (request.method) {
    case 'discreteGaussian':
      return inner.discreteGaussian(sealed as Private<Float64Array>, request as DiscreteGaussianRequest);
    case 'discreteLaplace':
      return inner.discreteLaplace(sealed as Private<Float64Array>, request as DiscreteGaussianRequest);
    case 'exponential':
      return inner.exponential(sealed as Private<Float64Array>, request as ExponentialRequest);
    case 'exponentialByPart':
      return inner.exponentialByPart(sealed as Private<Float64Array>, request as ExponentialByPartRequest);
    case 'stabilityHistogram':
      return inner.stabilityHistogram(
        sealed as Private<ReadonlyMap<string, number>>,
        request as StabilityHistogramRequest,
      );
    case 'subsampledGaussian':
      // Every row drawn or none, at the rate's odds: enough for outputs that are frozen.
      return inner.subsampledGaussian(
        Private.seal({ rows: 1, sum: (drawn) => (drawn.length > 0 ? statistic : empty(statistic)) as Float64Array }),
        request as SubsampledGaussianRequest,
      );
  }
}

function empty(statistic: Statistic): Float64Array {
  return new Float64Array(sizeOf(statistic));
}

/** What a replay needs besides the recorded calls. */
export interface ReplayTerms {
  readonly plan: PrivacyPlan;
  /** Privacy units by which the two tables differ. */
  readonly units: number;
  readonly where: string;
}

/**
 * Mechanisms that give the recorded outputs in order, and note every request that differs from the recorded one and every
 * private statistic that is further from the recorded one than its planned event allows.
 */
export class Replayer {
  readonly divergences: Divergence[] = [];
  readonly mechanisms: Mechanisms;
  readonly #recorded: readonly RecordedCall[];
  readonly #terms: ReplayTerms;
  #next = 0;

  constructor(recorded: readonly RecordedCall[], terms: ReplayTerms) {
    this.#recorded = recorded;
    this.#terms = terms;
    this.mechanisms = mechanismsOf((request, statistic, units) => this.#replay(request, statistic, units));
  }

  /** Notes recorded calls that the replay never made. */
  finish(): void {
    for (const { request } of this.#recorded.slice(this.#next)) this.note('missing call', describe(request));
  }

  /** Adds a divergence. */
  note(kind: Divergence['kind'], what: string): void {
    this.divergences.push({ kind, where: this.#terms.where, what });
  }

  async #replay(
    request: PublicRequest,
    sealed: Private<Statistic>,
    sealedUnits: Private<readonly string[]> | undefined,
  ): Promise<Released<unknown>> {
    const recorded = this.#recorded[this.#next];
    if (recorded === undefined) {
      this.note('extra call', describe(request));
      throw new ReplayStopped();
    }
    this.#next++;
    if (!isDeepStrictEqual(request, recorded.request)) {
      this.note('request', `${describe(request)} instead of ${describe(recorded.request)}`);
      if (request.method !== recorded.request.method) throw new ReplayStopped();
    }
    this.#compare(recorded, await openPrivate(sealed));
    if (sealedUnits !== undefined) this.#compareUnits(recorded, await openPrivate(sealedUnits));
    return structuredClone(recorded.output);
  }

  #compare({ request, statistic }: RecordedCall, found: Statistic): void {
    const announced = request.cells ?? request.coordinates ?? partsOf(request)?.reduce((sum, size) => sum + size, 0);
    for (const values of [statistic, found]) {
      if (announced !== undefined && sizeOf(values) !== announced) {
        this.note('shape', `${describe(request)}: the statistic has ${sizeOf(values)} entries`);
        return;
      }
      const odd = [...values.values()].find((value) => !Number.isSafeInteger(value));
      if (odd !== undefined) this.note('not integer', `${describe(request)}: the statistic holds ${odd}`);
    }
    const event = this.#terms.plan.find(({ label }) => label === request.label)?.event;
    if (event === undefined) return;
    const { units } = this.#terms;
    for (const excess of excesses(differences(statistic, found), { event, request, units })) {
      this.note('sensitivity', `${describe(request)}: ${excess}`);
    }
    const changed = changedParts(request, statistic, found);
    if (changed > units) this.note('sensitivity', `${describe(request)}: ${changed} parts change, not ${units}`);
  }

  #compareUnits({ request, units = [] }: RecordedCall, found: readonly string[]): void {
    const unshared = countUnshared(units, found);
    if (unshared <= this.#terms.units) return;
    this.note('units', `${describe(request)}: ${unshared} drawn one by one differ, not ${this.#terms.units}`);
  }
}

/** How many texts two lists do not share, each counted as often as it is there. */
function countUnshared(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const text of a) counts.set(text, (counts.get(text) ?? 0) + 1);
  for (const text of b) counts.set(text, (counts.get(text) ?? 0) - 1);
  return [...counts.values()].reduce((sum, count) => sum + Math.abs(count), 0);
}

/** Candidates of each part of a selection; undefined for other mechanisms. */
function partsOf({ candidates }: PublicRequest): readonly number[] | undefined {
  return typeof candidates === 'number' ? [candidates] : candidates;
}

/** Number of parts of a selection in which any score differs. */
function changedParts(request: PublicRequest, a: Statistic, b: Statistic): number {
  if (!(a instanceof Float64Array && b instanceof Float64Array)) return 0;
  let start = 0;
  const isChanged = (partsOf(request) ?? []).map((size) => {
    const scores = a.subarray(start, start + size);
    const others = b.subarray(start, start + size);
    start += size;
    return scores.some((score, index) => score !== others[index]);
  });
  return isChanged.filter(Boolean).length;
}

function sizeOf(statistic: Statistic): number {
  return statistic instanceof Float64Array ? statistic.length : statistic.size;
}

/** Non-zero entries of the difference of two statistics. */
function differences(a: Statistic, b: Statistic): number[] {
  if (a instanceof Float64Array && b instanceof Float64Array) {
    return Array.from(a, (value, cell) => value - b[cell]!).filter((difference) => difference !== 0);
  }
  const [left, right] = [a as ReadonlyMap<string, number>, b as ReadonlyMap<string, number>];
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((key) => (left.get(key) ?? 0) - (right.get(key) ?? 0))
    .filter((difference) => difference !== 0);
}

/** Room for the rounding of square roots; statistics are integers. */
const ROUNDING = 1 + 1e-9;

/** In words, every bound that the difference of two statistics breaks. */
function excesses(
  difference: readonly number[],
  claim: { readonly event: PrivacyEvent; readonly request: PublicRequest; readonly units: number },
): string[] {
  const { event, request, units } = claim;
  const l1 = difference.reduce((sum, value) => sum + Math.abs(value), 0);
  const l2 = Math.hypot(...difference);
  const largest = Math.max(0, ...difference.map(Math.abs));
  const check = (name: string, measured: number, allowed: number) =>
    measured <= allowed * units * ROUNDING ? [] : [`${name} is ${measured}, declared ${allowed} for ${units} units`];
  switch (event.kind) {
    case 'discrete-gaussian':
      return [
        ...check('L2 distance', l2, event.l2Sensitivity * Math.sqrt(event.count)),
        ...(event.oneCell ? check('number of cells changed', difference.length, event.count) : []),
        ...(event.oneCell ? check('change of one cell', largest, event.l2Sensitivity) : []),
      ];
    case 'discrete-laplace':
      return check('L1 distance', l1, event.l1Sensitivity * event.count);
    case 'exponential':
      return check('change of a score', largest, request.sensitivity ? rationalToNumber(request.sensitivity) : 0);
    case 'stability-threshold':
      return check('L2 distance', l2, event.l2Sensitivity);
    case 'subsampled-gaussian':
      return check('L2 distance', l2, request.l2Bound ?? 0);
    default:
      return [`event kind ${event.kind} has no distance that is checked here`];
  }
}

function describe({ method, label, cells, coordinates, l2Bound, candidates, sensitivity }: PublicRequest): string {
  const facts = Object.entries({
    cells,
    coordinates,
    l2Bound,
    candidates,
    sensitivity: sensitivity && rationalToNumber(sensitivity),
  });
  const shown = facts.filter(([, value]) => value !== undefined).map(([name, value]) => `${name} ${value}`);
  return [`${method} "${label}"`, ...shown].join(', ');
}

/** How a run ended: its public result, or the text of its error. */
type Outcome = { readonly result: unknown } | { readonly error: string };

async function outcomeOf(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { result: await run() };
  } catch (error) {
    if (error instanceof ReplayStopped) throw error;
    return { error: String(error) };
  }
}

interface Recording {
  readonly calls: readonly RecordedCall[];
  readonly outcome: Outcome;
}

async function record<D>(subject: ReplaySubject<D>, data: D): Promise<Recording> {
  const recorder = new Recorder(new PrivacyRun({ plan: subject.plan, bits: new StreamBits(subject.name) }));
  const outcome = await outcomeOf(() => subject.run(Private.seal(data), recorder.mechanisms));
  return { calls: recorder.calls, outcome };
}

async function replay<D>(
  subject: ReplaySubject<D>,
  pair: NeighbourPair<D>,
  recording: Recording,
): Promise<Divergence[]> {
  const where = `${subject.name}: ${pair.name}`;
  const replayer = new Replayer(recording.calls, { plan: subject.plan, units: pair.units, where });
  try {
    const outcome = await outcomeOf(() => subject.run(Private.seal(pair.to), replayer.mechanisms));
    replayer.finish();
    compareOutcomes(recording.outcome, outcome, replayer);
  } catch (error) {
    if (!(error instanceof ReplayStopped)) throw error;
  }
  return replayer.divergences;
}

function compareOutcomes(recorded: Outcome, found: Outcome, replayer: Replayer): void {
  if (isDeepStrictEqual(recorded, found)) return;
  if ('error' in recorded || 'error' in found) {
    const text = (outcome: Outcome) => ('error' in outcome ? outcome.error : 'no error');
    replayer.note('failure', `${text(found)} instead of ${text(recorded)}`);
  } else {
    replayer.note('result', 'what becomes public differs although every released value is the same');
  }
}

/**
 * Runs the subject on one table of each pair, freezes what its mechanisms released, and replays it on the other, in both
 * directions.
 * @returns every divergence; none when the run touches private data through its planned mechanisms only.
 * @source Cebere et al., "Re:cord-play", PETS 2026 (arXiv 2602.17454): the idea of freezing outputs on neighbours.
 */
export async function replayNeighbours<D>(
  subject: ReplaySubject<D>,
  pairs: readonly NeighbourPair<D>[],
): Promise<Divergence[]> {
  const recordings = new Map<D, Promise<Recording>>();
  const divergences: Divergence[] = [];
  for (const pair of pairs) {
    const reversed = { ...pair, name: `${pair.name}, backwards`, from: pair.to, to: pair.from };
    for (const directed of [pair, reversed]) {
      const recording = recordings.get(directed.from) ?? record(subject, directed.from);
      recordings.set(directed.from, recording);
      divergences.push(...(await replay(subject, directed, await recording)));
    }
  }
  return divergences;
}
