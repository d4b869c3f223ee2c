import { TabveilError } from '../../errors.ts';
import { type Guarantee, impliedMu, largestTruePositiveRate, type PrivacyClaim } from './claim.ts';
import type { Guesses } from './one-run.ts';
import { type AuditEffort, type AuditTest, expectedBound, smallestDetected } from './power.ts';
import { deltaNeeded, epsilonNeeded, type Hits, limitRates, muNeeded, type RateLimits } from './rates.ts';

/** Whether the unit took part in a run. */
export type Side = 'without' | 'with';

/** A mechanism or pipeline on a pair of worst-case neighbours, with everything it releases turned into one score. */
export interface AuditSubject {
  readonly name: string;
  /** The pair of neighbours and the score, in words. */
  readonly setting: string;
  readonly test: AuditTest;
  readonly claim: PrivacyClaim;
  /** One fresh run; larger scores speak for `with`. */
  readonly run: (side: Side) => Promise<number>;
}

/** A point of a trade-off curve. */
export interface RatePoint {
  readonly falsePositive: number;
  readonly truePositive: number;
}

/** What an audit found. */
export interface AuditFinding extends AuditEffort {
  readonly name: string;
  readonly setting: string;
  /** What the attacker guessed, where one run on many canaries was judged instead of runs on both sides. */
  readonly canaries?: Guesses;
  /** `violated` when the runs refute the claim with confidence 1 - alpha. */
  readonly verdict: 'consistent' | 'violated';
  /** At each claimed delta: the claimed epsilon and the epsilon that the runs prove to be needed. */
  readonly bounds: readonly (Guarantee & { readonly epsilonLowerBound: number })[];
  /** The quantity that the pair proves best. */
  readonly proof: Proof;
  readonly curve: {
    /** The most that the claim allows. */
    readonly claimed: readonly RatePoint[];
    /** What the runs showed, without confidence limits. */
    readonly measured: readonly RatePoint[];
  };
}

/** Claimed and proven size of a leak, and what such an audit can prove at all. */
export interface Proof {
  readonly quantity: 'mu' | 'epsilon' | 'delta';
  readonly claimed: number;
  /** The runs prove that the leak is at least this. */
  readonly lowerBound: number;
  /** The lower bound to expect when the whole claim is used up. */
  readonly expectedLowerBound: number;
  /** The smallest leak whose expected lower bound exceeds the claim: what this audit would notice. */
  readonly smallestDetected: number;
}

/** Thresholds chosen on the first part of the runs and judged on the rest. */
const CHOSEN_THRESHOLDS = 3;
/** Share of the runs used to choose thresholds. */
const CHOOSING_SHARE = 0.2;
/** Candidate thresholds. */
const CANDIDATES = 96;
/** Delta at which one of the thresholds is chosen to prove the largest epsilon. */
const SMALL_DELTA = 1e-5;

/** How `runAudit` is cancelled and observed. */
export interface AuditHooks {
  readonly signal?: AbortSignal;
  /** Called after each run with the runs done so far, of all; the next run waits for it. */
  readonly onRun?: (done: number, total: number) => void | Promise<void>;
}

/**
 * Runs a subject many times with and without a unit and tests its claim.
 *
 * Three thresholds are chosen on a fifth of the runs (for the largest excess over the claim, the largest mu, the largest
 * epsilon); on the others their rates get Clopper–Pearson limits that all hold at once. So a true claim is called
 * violated with probability at most alpha.
 * @throws TabveilError when there are fewer than 100 runs a side or alpha is not between 0 and 1.
 */
export async function runAudit(
  subject: AuditSubject,
  effort: AuditEffort,
  hooks: AuditHooks = {},
): Promise<AuditFinding> {
  const { runsPerSide, alpha } = effort;
  if (!Number.isSafeInteger(runsPerSide) || runsPerSide < 100 || !(alpha > 0 && alpha < 1)) {
    throw new TabveilError(
      'usage',
      'audit.effort',
      `audit: ${runsPerSide} runs a side at false-alarm rate ${alpha}; at least 100 runs and a rate between 0 and 1 are needed.`,
    );
  }
  const without = new Float64Array(runsPerSide);
  const withUnit = new Float64Array(runsPerSide);
  for (let run = 0; run < runsPerSide; run++) {
    hooks.signal?.throwIfAborted();
    without[run] = await subject.run('without');
    withUnit[run] = await subject.run('with');
    await hooks.onRun?.(run + 1, runsPerSide);
  }
  return judgeScores(subject, { without, with: withUnit }, effort);
}

/** Scores of both sides, one per run, in the order of the runs. */
export interface Scores {
  readonly without: Float64Array;
  readonly with: Float64Array;
}

/** Tests a claim on scores; see `runAudit`. */
export function judgeScores(subject: Omit<AuditSubject, 'run'>, scores: Scores, effort: AuditEffort): AuditFinding {
  const { name, setting, claim } = subject;
  const limits = provenLimits(claim, scores, effort.alpha);
  const epsilonAt = (delta: number) => Math.max(...limits.map((rates) => epsilonNeeded(rates, delta)));
  return {
    name,
    setting,
    ...effort,
    verdict: refutes(claim, limits) ? 'violated' : 'consistent',
    bounds: claim.map((guarantee) => ({ ...guarantee, epsilonLowerBound: epsilonAt(guarantee.delta) })),
    proof: proofOf(subject, limits, effort),
    curve: drawCurves(claim, scores),
  };
}

function proofOf(
  { test, claim }: Omit<AuditSubject, 'run'>,
  limits: readonly RateLimits[],
  effort: AuditEffort,
): Proof {
  const { quantity, worth, claimed } = measureOf(test, claim);
  const judged = {
    runsPerSide: Math.floor((1 - CHOOSING_SHARE) * effort.runsPerSide),
    alpha: effort.alpha / CHOSEN_THRESHOLDS,
  };
  return {
    quantity,
    claimed,
    lowerBound: Math.max(...limits.map(worth)),
    expectedLowerBound: expectedBound(test, claimed, judged),
    smallestDetected: smallestDetected(test, claimed, judged),
  };
}

interface Measure {
  readonly quantity: Proof['quantity'];
  readonly worth: (rates: RateLimits) => number;
  readonly claimed: number;
}

/** What a test measures, and how much of it the claim allows; pure and failing claims begin with their own delta. */
function measureOf(test: AuditTest, claim: PrivacyClaim): Measure {
  const [first] = claim;
  switch (test) {
    case 'gaussian':
      return { quantity: 'mu', worth: muNeeded, claimed: impliedMu(claim) };
    case 'pure':
      return { quantity: 'epsilon', worth: (rates) => epsilonNeeded(rates, 0), claimed: first?.epsilon ?? 0 };
    case 'failure':
      return { quantity: 'delta', worth: deltaNeeded, claimed: first?.delta ?? 0 };
  }
}

/** Whether any proven rates lie outside the claimed region. */
export function refutes(claim: PrivacyClaim, limits: readonly RateLimits[]): boolean {
  return limits.some(({ truePositive, falsePositive }) => truePositive > largestTruePositiveRate(claim, falsePositive));
}

/** Limits at the chosen thresholds that hold all at once with confidence 1 - alpha. */
export function provenLimits(claim: PrivacyClaim, scores: Scores, alpha: number): RateLimits[] {
  const choosing = Math.floor(CHOOSING_SHARE * scores.with.length);
  const share = alpha / CHOSEN_THRESHOLDS;
  const part = (from: number, to?: number) => ({
    without: scores.without.slice(from, to),
    with: scores.with.slice(from, to),
  });
  const [first, rest] = [part(0, choosing), part(choosing)];
  const candidates = candidateThresholds(first).map((threshold) => ({
    threshold,
    // Limits of the small part, so that thresholds reached by few runs are not chosen for a lucky rate.
    rates: limitRates(countHits(first, threshold), share),
  }));
  const best = (worth: (rates: RateLimits) => number) =>
    candidates.reduce((left, right) => (worth(right.rates) > worth(left.rates) ? right : left)).threshold;
  const chosen = [
    best((rates) => relativeExcess(claim, rates)),
    best(muNeeded),
    best((rates) => epsilonNeeded(rates, SMALL_DELTA)),
  ];
  return chosen.map((threshold) => limitRates(countHits(rest, threshold), share));
}

/** Excess in units that weigh rates near 0 and near 1 like those in the middle. */
function relativeExcess(claim: PrivacyClaim, rates: RateLimits): number {
  const allowed = largestTruePositiveRate(claim, rates.falsePositive);
  return (rates.truePositive - allowed) / Math.sqrt(allowed * (1 - allowed) + Number.EPSILON);
}

function candidateThresholds(scores: Scores): number[] {
  const all = [...scores.without, ...scores.with].sort((a, b) => a - b);
  const picked = Array.from({ length: CANDIDATES }, (_, k) => all[Math.floor((k * all.length) / CANDIDATES)]!);
  return [...new Set([...picked, all.at(-1)!])];
}

function countHits(scores: Scores, threshold: number): Hits {
  const count = (side: Float64Array) => ({
    successes: side.reduce((hits, score) => hits + (score >= threshold ? 1 : 0), 0),
    trials: side.length,
  });
  return { without: count(scores.without), with: count(scores.with) };
}

/** False-positive rates at which the claimed curve is drawn: dense near the ends. */
const CURVE_POINTS = Array.from({ length: 101 }, (_, k) => (1 - Math.cos((Math.PI * k) / 100)) / 2);

/** The curve that a claim allows, and that of the scores. */
export function drawCurves(claim: PrivacyClaim, scores: Scores): AuditFinding['curve'] {
  const measured = candidateThresholds(scores).map((threshold) => {
    const hits = countHits(scores, threshold);
    return {
      falsePositive: hits.without.successes / hits.without.trials,
      truePositive: hits.with.successes / hits.with.trials,
    };
  });
  return {
    claimed: CURVE_POINTS.map((falsePositive) => ({
      falsePositive,
      truePositive: largestTruePositiveRate(claim, falsePositive),
    })),
    measured: [{ falsePositive: 0, truePositive: 0 }, ...measured.reverse()],
  };
}
