import { z } from 'zod';
import { type ErrorKind, TabveilError } from '../../errors.ts';
import { discreteGaussianTail } from '../../math/discrete-gaussian-tail.ts';
import { parseRational, rationalToNumber } from '../../math/rational.ts';
import type { PrivacyEvent } from '../events.ts';

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

/** Largest threshold whose arithmetic on doubles is exact. */
const threshold = z
  .number({ error: (issue) => `threshold is ${shown(issue.input)}; it must be a whole number` })
  .refine((value) => Number.isSafeInteger(value) && value >= 1, {
    error: (issue) => `threshold is ${shown(issue.input)}; it must be a positive whole number`,
  });

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
  'stability-threshold': z
    .strictObject({
      kind: z.literal('stability-threshold'),
      variance: exact('variance'),
      threshold,
      l2Sensitivity: inRange('l2Sensitivity'),
      delta: probability('delta', false),
      count: count('count'),
    })
    .refine(coversUniqueKey, {
      error: 'delta is below the probability that a key of one unit alone reaches the threshold',
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
  if (parsed.success) return parsed.data;
  throw new TabveilError(
    errorKind,
    'event.invalid',
    `${where} (${kind}): ${parsed.error.issues[0]?.message ?? 'invalid'}.`,
  );
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

/** Necessary condition: a unit whose rows share one key nobody else has must stay hidden with probability 1 − delta. */
function coversUniqueKey(event: {
  variance: string;
  threshold: number;
  l2Sensitivity: number;
  delta: number;
}): boolean {
  const rows = Math.max(1, Math.floor(event.l2Sensitivity));
  const tail = discreteGaussianTail(rationalToNumber(parseRational(event.variance)), event.threshold - rows);
  return tail <= event.delta * (1 + 1e-9);
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
