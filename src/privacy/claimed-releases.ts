import type { Mechanisms } from './mechanisms.ts';
import type { ReplayedReleases } from './recorded-releases.ts';

/** Books draws of a label before they happen; it is awaited, and throws when they are not to happen. */
export type DrawClaim = (label: string, draws: number) => Promise<void>;

/** Into how many parts the steps of a stepwise event are divided: what a crash loses is at most one of them. */
const PARTS = 50;

/** How many steps are claimed at once: booking each would take longer than the step. */
export function stepsPerClaim(steps: number): number {
  return Math.max(1, Math.ceil(steps / PARTS));
}

/** What draws cost a claim. */
export interface ClaimTerms {
  readonly claim: DrawClaim;
  /** Planned steps of a stepwise event, and how many of them no earlier run has claimed. */
  readonly steps: (label: string) => { readonly planned: number; readonly left: number };
}

/**
 * Mechanisms that claim every draw before it happens.
 *
 * **Privacy**: with claims kept where they cannot be taken back (the ledger), every draw happens at most once over all
 * processes that go on with a run, so that all they show together is one run of the plan, chosen step by step: a step that was
 * claimed and lost is spent, not repeated.
 */
export function claimReleases(inner: Mechanisms, { claim, steps }: ClaimTerms): Mechanisms {
  const ahead = new Map<string, { left: number; claimed: number }>();
  const claimStep = async (label: string): Promise<void> => {
    const { planned, left } = steps(label);
    const state = ahead.get(label) ?? { left, claimed: 0 };
    ahead.set(label, state);
    if (state.claimed === 0) {
      // One more than is left is asked for all the same: refusing it is the ledger's part.
      const draws = Math.max(1, Math.min(stepsPerClaim(planned), state.left));
      await claim(label, draws);
      state.claimed = draws;
    }
    state.claimed--;
    state.left--;
  };
  return {
    discreteGaussian: async (counts, request) => {
      await claim(request.label, 1);
      return inner.discreteGaussian(counts, request);
    },
    discreteLaplace: async (counts, request) => {
      await claim(request.label, 1);
      return inner.discreteLaplace(counts, request);
    },
    exponential: async (scores, request) => {
      await claim(request.label, 1);
      return inner.exponential(scores, request);
    },
    exponentialByPart: async (scores, request) => {
      await claim(request.label, 1);
      return inner.exponentialByPart(scores, request);
    },
    stabilityHistogram: async (counts, request) => {
      await claim(request.label, 1);
      return inner.stabilityHistogram(counts, request);
    },
    subsampledGaussian: async (rows, request) => {
      await claimStep(request.label);
      return inner.subsampledGaussian(rows, request);
    },
  };
}

/** Mechanisms of a run that is taken up again: what was released is given out again, everything else goes to `live`. */
export function continueReleases(replayed: ReplayedReleases, live: Mechanisms): Mechanisms {
  const of = (label: string): Mechanisms => (replayed.has(label) ? replayed : live);
  return {
    discreteGaussian: (counts, request) => of(request.label).discreteGaussian(counts, request),
    discreteLaplace: (counts, request) => of(request.label).discreteLaplace(counts, request),
    exponential: (scores, request) => of(request.label).exponential(scores, request),
    exponentialByPart: (scores, request) => of(request.label).exponentialByPart(scores, request),
    stabilityHistogram: (counts, request) => of(request.label).stabilityHistogram(counts, request),
    subsampledGaussian: (rows, request) => live.subsampledGaussian(rows, request),
  };
}
