import { readFile, stat } from 'node:fs/promises';
import { describeReadFailure, TabveilError } from '../errors.ts';
import { calibrateDpSgd, calibrateGaussian, calibrateZcdp } from '../privacy/accounting/calibrate-noise.ts';
import { householdRisk, type MembershipRisk, membershipRisk } from '../privacy/accounting/membership-risk.ts';
import { tightestEpsilon } from '../privacy/accounting/tightest.ts';
import { validateEvent, validateEvents } from '../privacy/accounting/validate-event.ts';
import type { PrivacyEvent } from '../privacy/events.ts';

/** Share of non-members a test may flag in the officer's reading of epsilon. */
const FALSE_POSITIVE_RATE = 0.01;

/** Largest file of events that is read; a certificate of 100,000 events is smaller. */
const LARGEST_FILE_BYTES = 64e6;

/** Most lines of events in one file. */
const MOST_LINES = 100_000;

/** What a composition of events costs and means. */
export interface AccountResult {
  /** Smallest proven epsilon at `delta`. */
  readonly epsilon: number;
  readonly delta: number;
  /** The accountant that proved it. */
  readonly accountant: string;
  readonly adjacency: 'add-remove';
  /** For one person, and for a household whose rows come and go together. */
  readonly onePerson: MembershipRisk;
  readonly household: MembershipRisk;
}

/** What to account. */
export interface AccountOptions {
  readonly events: readonly PrivacyEvent[];
  readonly delta: number;
  /** People of one household, from 1 to 64. */
  readonly household: number;
}

/**
 * The cost of events under the tightest valid accountant, and what it means to a person and to a household. Reads no data.
 * @throws TabveilError when delta or the household makes no sense, or no epsilon is finite at this delta.
 */
export function accountEvents({ events, delta, household }: AccountOptions): AccountResult {
  const { epsilon, accountant } = tightestEpsilon(events, delta);
  if (!Number.isFinite(epsilon)) {
    throw new TabveilError(
      'usage',
      'account.no-epsilon',
      `no finite epsilon holds at delta ${delta}: the events' own deltas use it up, or their noise is too small to account; raise delta.`,
    );
  }
  const ask = { delta, falsePositiveRate: FALSE_POSITIVE_RATE };
  const one = membershipRisk(events, { ...ask, people: 1 });
  const together = household === 1 ? one : householdRisk(events, { ...ask, people: household });
  return {
    epsilon,
    delta,
    accountant,
    adjacency: 'add-remove',
    // One number for one thing: the accountant's epsilon is the tightest.
    onePerson: { ...one, epsilon, posteriorOdds: Math.exp(epsilon) },
    household: household === 1 ? { ...one, epsilon, posteriorOdds: Math.exp(epsilon) } : together,
  };
}

/** Which noise to find, for which target. */
export type CalibrateOptions = { readonly epsilon: number; readonly delta: number } & (
  | { readonly mechanism: 'gaussian'; readonly count: number }
  | { readonly mechanism: 'zcdp' }
  | { readonly mechanism: 'dpsgd'; readonly sampleRate: number; readonly steps: number }
);

/** A parameter that meets the target, and what it costs. */
export interface CalibrateResult {
  readonly parameter: 'sigma' | 'rho' | 'noiseMultiplier';
  readonly value: number;
  /** Cost of the returned value; at most the target. */
  readonly epsilon: number;
  readonly delta: number;
  readonly accountant: string;
}

/**
 * The least noise (or largest rho) that meets a target, on the side that satisfies it. Reads no data.
 * @throws TabveilError when the target or a parameter makes no sense.
 */
export function calibrateNoise(options: CalibrateOptions): CalibrateResult {
  const { value, parameter, event } = findNoise(options);
  const { epsilon, accountant } = tightestEpsilon([event], options.delta);
  return { parameter, value, epsilon, delta: options.delta, accountant };
}

function findNoise(
  options: CalibrateOptions,
): Pick<CalibrateResult, 'parameter' | 'value'> & { readonly event: PrivacyEvent } {
  const origin = { where: `account calibrate ${options.mechanism}`, kind: 'usage' } as const;
  switch (options.mechanism) {
    case 'gaussian': {
      const value = calibrateGaussian(options, options.count);
      const event = validateEvent({ kind: 'gaussian', sigma: value, l2Sensitivity: 1, count: options.count }, origin);
      return { parameter: 'sigma', value, event };
    }
    case 'zcdp': {
      const value = calibrateZcdp(options);
      return { parameter: 'rho', value, event: validateEvent({ kind: 'zcdp', rho: value, count: 1 }, origin) };
    }
    case 'dpsgd': {
      const { sampleRate: samplingRate, steps } = options;
      const value = calibrateDpSgd(options, samplingRate, steps);
      const event = validateEvent({ kind: 'subsampled-gaussian', samplingRate, noiseMultiplier: value, steps }, origin);
      return { parameter: 'noiseMultiplier', value, event };
    }
  }
}

/**
 * Reads events from a file: an array of events, `{"events": […]}`, or a certificate.
 * @throws TabveilError (input) when the file is missing, not a file, too large, not JSON, or holds a bad event.
 */
export async function readEvents(path: string): Promise<PrivacyEvent[]> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TabveilError('input', 'account.not-json', `${path}: this is not JSON; write an array of events.`);
  }
  const events = validateEvents(value, { where: path, kind: 'input' });
  if (events.length <= MOST_LINES) return events;
  throw new TabveilError(
    'input',
    'account.too-many',
    `${path}: ${events.length} lines of events; at most ${MOST_LINES} are accounted, use "count" for equal ones.`,
  );
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= LARGEST_FILE_BYTES) return await readFile(path, 'utf8');
  } catch (error) {
    throw new TabveilError(
      'input',
      'account.unreadable',
      `${path}: ${describeReadFailure(error)}; give a JSON file of events.`,
    );
  }
  throw new TabveilError(
    'input',
    'account.too-large',
    `${path}: larger than ${LARGEST_FILE_BYTES / 1e6} MB; this is no list of events.`,
  );
}
