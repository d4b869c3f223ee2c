import { z } from 'zod';
import { type ErrorKind, TabveilError } from '../../errors.ts';
import { worstUniqueKeyDelta } from '../../math/discrete-gaussian-tail.ts';
import { worstUniqueKeyDeltaL1 } from '../../math/discrete-laplace-tail.ts';
import { parseRational, rationalToNumber } from '../../math/rational.ts';
import type { LaplaceThresholdEvent, PrivacyEvent, StabilityThresholdEvent } from '../events.ts';

/** Most events of one kind a line may claim: beyond it a count is a mistake or an attack on the verifier's time. */
const MOST_EVENTS = 1e9;
/** Range in which every formula keeps its error bound; parameters outside are refused rather than trusted. */
const SMALLEST = 1e-12;
const LARGEST = 1e15;

const inRange = (what: string) =>
  z
    .number({ error: (issue) => `${what} is ${shown(issue.input)}; it must be a number` })
    .refine((value) => value >= SMALLEST && value <= LARGEST, {
      error: (issue) => `${what} is ${shown(issue.input)}; it must lie between ${SMALLEST} and ${LARGEST}`,
    });

const exact = (what: string) =>
  z.string({ error: (issue) => `${what} is ${shown(issue.input)}; write a rational "n/d"` }).refine(isRationalInRange, {
    error: (issue) =>
      `${what} is ${shown(issue.input)}; it must be a rational "n/d" between ${SMALLEST} and ${LARGEST}`,
  });

const count = (what: string) =>
  z
    .number({ error: (issue) => `${what} is ${shown(issue.input)}; it must be a whole number` })
    .refine((value) => Number.isSafeInteger(value) && value >= 1 && value <= MOST_EVENTS, {
      error: (issue) => `${what} is ${shown(issue.input)}; it must be a whole number from 1 to ${MOST_EVENTS}`,
    });

const probability = (what: string, isClosed: boolean) =>
  z
    .number({ error: (issue) => `${what} is ${shown(issue.input)}; it must be a number` })
    .refine((value) => value > 0 && (isClosed ? value <= 1 : value < 1), {
      error: (issue) => `${what} is ${shown(issue.input)}; it must be above 0 and ${isClosed ? 'at most' : 'below'} 1`,
    });

/** A sensitivity of a threshold: how many keys of one unit it counts is walked through. */
const ofFewRows = (what: string) =>
  inRange(what).refine((value) => value <= MOST_UNIT_ROWS, {
    error: (issue) => `${what} is ${shown(issue.input)}; it must be at most ${MOST_UNIT_ROWS} here`,
  });

/** Largest threshold whose arithmetic on doubles is exact. */
const threshold = z
  .number({ error: (issue) => `threshold is ${shown(issue.input)}; it must be a whole number` })
  .refine((value) => Number.isSafeInteger(value) && value >= 1, {
    error: (issue) => `threshold is ${shown(issue.input)}; it must be a positive whole number`,
  });

/** Rows of one unit beyond which a threshold's delta takes too long to recompute. */
const MOST_UNIT_ROWS = 1e4;

const SCHEMAS = {
  gaussian: z.strictObject({
    kind: z.literal('gaussian'),
    sigma: inRange('sigma'),
    l2Sensitivity: inRange('l2Sensitivity'),
    count: count('count'),
  }),
  'discrete-gaussian': z.strictObject({
    kind: z.literal('discrete-gaussian'),
    variance: exact('variance'),
    l2Sensitivity: inRange('l2Sensitivity'),
    oneCell: z.boolean({ error: (issue) => `oneCell is ${shown(issue.input)}; it must be true or false` }),
    count: count('count'),
  }),
  'discrete-laplace': z.strictObject({
    kind: z.literal('discrete-laplace'),
    scale: exact('scale'),
    l1Sensitivity: inRange('l1Sensitivity'),
    count: count('count'),
  }),
  exponential: z.strictObject({ kind: z.literal('exponential'), epsilon: exact('epsilon'), count: count('count') }),
  'subsampled-gaussian': z.strictObject({
    kind: z.literal('subsampled-gaussian'),
    samplingRate: probability('samplingRate', true),
    noiseMultiplier: inRange('noiseMultiplier'),
    steps: count('steps'),
  }),
  'stability-threshold': z.strictObject({
    kind: z.literal('stability-threshold'),
    variance: exact('variance'),
    threshold,
    l2Sensitivity: ofFewRows('l2Sensitivity'),
    delta: probability('delta', false),
    count: count('count'),
  }),
  'laplace-threshold': z.strictObject({
    kind: z.literal('laplace-threshold'),
    scale: exact('scale'),
    threshold,
    l1Sensitivity: ofFewRows('l1Sensitivity'),
    delta: probability('delta', false),
    count: count('count'),
  }),
  zcdp: z.strictObject({ kind: z.literal('zcdp'), rho: inRange('rho'), count: count('count') }),
  pure: z.strictObject({ kind: z.literal('pure'), epsilon: inRange('epsilon'), count: count('count') }),
} as const satisfies Record<PrivacyEvent['kind'], z.ZodType>;

/** The kinds of events that exist. */
export const EVENT_KINDS = Object.keys(SCHEMAS) as readonly PrivacyEvent['kind'][];

/** Where a value came from and whose mistake a bad one is: a flag is usage, a file is input. */
export interface EventOrigin {
  readonly where: string;
  readonly kind: ErrorKind;
}

/**
 * Reads an event from outside (a file, a certificate, flags): known kind, known fields only, every parameter finite and
 * in the range where the accountants' error bounds hold, and for a stability threshold a delta that can be true.
 * @throws TabveilError naming place, field, value found and values allowed.
 */
export function validateEvent(value: unknown, origin: EventOrigin = { where: 'event', kind: 'input' }): PrivacyEvent {
  const { where, kind: errorKind } = origin;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TabveilError(
      errorKind,
      'event.not-an-object',
      `${where}: found ${shown(value)}; an event is an object with a "kind".`,
    );
  }
  const kind = (value as { kind?: unknown }).kind;
  if (typeof kind !== 'string' || !Object.hasOwn(SCHEMAS, kind)) {
    throw new TabveilError(
      errorKind,
      'event.unknown-kind',
      `${where}: kind ${shown(kind)} is unknown; kinds are ${EVENT_KINDS.join(', ')}.`,
    );
  }
  const parsed = SCHEMAS[kind as PrivacyEvent['kind']].safeParse(value);
  const problem = parsed.success ? uncovered(parsed.data) : (parsed.error.issues[0]?.message ?? 'invalid');
  if (parsed.success && problem === undefined) return parsed.data;
  throw new TabveilError(errorKind, 'event.invalid', `${where} (${kind}): ${problem}.`);
}

/**
 * Reads a list of events: an array, `{events: […]}`, or a certificate, whose entries hold the event under `event`.
 * @throws TabveilError naming the first bad event.
 */
export function validateEvents(
  value: unknown,
  origin: EventOrigin = { where: 'events', kind: 'input' },
): PrivacyEvent[] {
  const list = Array.isArray(value) ? value : (value as { events?: unknown } | null | undefined)?.events;
  if (!Array.isArray(list)) {
    throw new TabveilError(
      origin.kind,
      'event.not-a-list',
      `${origin.where}: found ${shown(value)}; write an array of events, {"events": [...]} or a certificate.`,
    );
  }
  return list.map((item: unknown, index) => {
    const inner: unknown = typeof item === 'object' && item !== null && 'event' in item ? item.event : item;
    return validateEvent(inner, { where: `${origin.where}: event ${index}`, kind: origin.kind });
  });
}

function isRationalInRange(text: string): boolean {
  if (!/^\d{1,60}(\/\d{1,60})?$/.test(text) || /\/0+$/.test(text)) return false;
  const value = rationalToNumber(parseRational(text));
  return value >= SMALLEST && value <= LARGEST;
}

/** Relative error that a tail may have been computed with. */
const TAIL_ERROR = 1e-9;

function uncovered(event: PrivacyEvent): string | undefined {
  if (!('threshold' in event) || coversUniqueKeys(event)) return undefined;
  return 'delta is below the probability that keys of one unit alone reach the threshold';
}

/**
 * Keys of one unit that nobody else has must stay hidden with probability 1 − delta, however its rows are spread. Asked of
 * events with parameters in range only: outside it the sums would take for ever.
 */
function coversUniqueKeys(event: StabilityThresholdEvent | LaplaceThresholdEvent): boolean {
  const number = (text: string) => rationalToNumber(parseRational(text));
  const worst =
    event.kind === 'laplace-threshold'
      ? worstUniqueKeyDeltaL1(number(event.scale), event.threshold, Math.max(1, event.l1Sensitivity))
      : worstUniqueKeyDelta(number(event.variance), event.threshold, Math.max(1, event.l2Sensitivity));
  return worst <= event.delta * (1 + TAIL_ERROR);
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
