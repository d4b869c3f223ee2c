import type { BitSource } from '../../random/bit-source.ts';
import { gaussianEpsilon } from '../accounting/costs/gaussian.ts';
import { type AuditFinding, type AuditHooks, drawCurves } from './audit.ts';
import { type Guarantee, impliedMu, type PrivacyClaim } from './claim.ts';
import { countCorrect, epsilonOfGuesses, planGuesses, planRefutation } from './one-run.ts';

/** A training on many canaries, with everything it releases turned into one score for each of them. */
export interface OneRunSubject {
  readonly name: string;
  /** The canaries and their scores, in words. */
  readonly setting: string;
  readonly claim: PrivacyClaim;
  /** The guarantee that is tested; guesses refute none whose delta times the number of canaries is not far below alpha. */
  readonly tested: Guarantee;
  /** Number of canaries; each is a unit of privacy. */
  readonly canaries: number;
  /**
   * One fresh run on the canaries that are included (1) and no others. Scores are functions of what the run releases and of
   * public facts alone; larger ones speak for a canary.
   */
  readonly run: (included: Uint8Array) => Promise<Float64Array>;
}

/**
 * Audits a training by one run: every canary takes part by a fair coin, the attacker guesses from the scores which did, and
 * abstains where they do not tell. It guesses twice: as often as proves most when the claim is used up, and as often as refutes
 * the claim when the smallest leak beyond it is there that can be refuted; both numbers are settled before the run.
 *
 * A true claim is called violated with probability at most alpha, which both share. Such an audit proves less than thousands
 * of runs of a pair of neighbours, but of a training of its real size at once.
 * @param coins who takes part; must be independent of everything the run knows.
 */
export async function runOneRunAudit(
  subject: OneRunSubject,
  { alpha, coins }: { readonly alpha: number; readonly coins: BitSource },
  hooks: Pick<AuditHooks, 'onRun'> = {},
): Promise<AuditFinding> {
  const { name, setting, claim, tested, canaries } = subject;
  const test = { delta: tested.delta, alpha: alpha / 2 };
  const proving = planGuesses(canaries, impliedMu(claim), test);
  const refuting = planRefutation(canaries, tested, test.alpha);
  const included = Uint8Array.from({ length: canaries }, () => coins.below(2));
  await hooks.onRun?.(0, 1);
  const scores = await subject.run(included);
  await hooks.onRun?.(1, 1);
  const side = (value: number) => scores.filter((_, canary) => included[canary] === value);
  const judged = [proving, refuting].map(({ guesses }) => {
    const found = countCorrect(scores, included, guesses);
    return { found, epsilon: epsilonOfGuesses(found, test.delta, test.alpha) };
  });
  const best = judged.reduce((left, right) => (right.epsilon > left.epsilon ? right : left));
  return {
    ...{ name, setting, runsPerSide: 1, alpha, canaries: best.found },
    verdict: best.epsilon > tested.epsilon ? 'violated' : 'consistent',
    bounds: [{ ...tested, epsilonLowerBound: best.epsilon }],
    proof: {
      quantity: 'epsilon',
      claimed: tested.epsilon,
      lowerBound: best.epsilon,
      expectedLowerBound: proving.epsilon,
      smallestDetected: gaussianEpsilon(refuting.mu, tested.delta),
    },
    curve: drawCurves(claim, { without: side(0), with: side(1) }),
  };
}
