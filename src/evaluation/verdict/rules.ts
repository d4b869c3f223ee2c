import { SECTIONS } from '../families.ts';
import type { Metric } from '../metric.ts';
import { nameOf, nameScope } from '../metric-name.ts';
import type { Rule, RuleResult } from './rule.ts';
import type { VerdictInput } from './verdict.ts';

const ATTACKS: readonly string[] = ['singling-out', 'linkability', 'inference'];
const PASSED = 'passed' as const;
/** Groups or columns named in a finding at most. */
const MAX_NAMED = 5;

/** Every rule, in the order of the decision sheet. */
export const RULES: readonly Rule[] = [
  {
    id: 'certificate',
    title: 'A certificate states what was spent',
    about: 'guarantee',
    gate: (policy) => (policy.withoutCertificate === 'hold' ? 'HOLD' : 'REVIEW'),
    judge: ({ claim, policy }) => {
      if (claim) return { state: PASSED, finding: `Certificate: epsilon ${claim.epsilon}, delta ${claim.delta}.` };
      const isIgnored = policy.withoutCertificate === 'ignore';
      return {
        state: isIgnored ? 'not-tested' : 'fired',
        finding:
          'No certificate was given: there is no guarantee to rely on, only attacks that may have missed something.',
      };
    },
  },
  {
    id: 'epsilon',
    title: 'The empirical epsilon stays below the certified one',
    about: 'guarantee',
    gate: 'HOLD',
    judge: (input) => {
      const shadow = judgeShadows(input);
      if (shadow) return shadow;
      const [bound] = find(input.metrics, 'membership-epsilon-lower');
      if (!bound || bound.value === null || !input.claim) return untested(input);
      const isBroken = bound.value > input.claim.epsilon;
      return {
        state: isBroken ? 'fired' : PASSED,
        finding: `Membership inference proves epsilon of at least ${show(bound.value)}; certified are ${input.claim.epsilon}.${isBroken ? ' That is a bug.' : ''}`,
      };
    },
  },
  { id: 'complete', title: 'Every part was measured', about: 'evaluation', gate: 'REVIEW', judge: judgeParts },
  { id: 'holdout', title: 'The holdout holds other people', about: 'leakage', gate: 'REVIEW', judge: judgeHoldout },
  { id: 'attack-risk', title: 'No attack clearly succeeds', about: 'leakage', gate: 'HOLD', judge: judgeAttacks },
  { id: 'attack-doubt', title: 'Every attack is clearly weak', about: 'leakage', gate: 'REVIEW', judge: judgeDoubts },
  {
    id: 'membership',
    title: 'Membership cannot be told',
    about: 'leakage',
    gate: 'HOLD',
    judge: (input) => {
      const found = find(input.metrics, 'membership-auc');
      const worst = largest(found, (metric) => metric.interval?.[0] ?? 0);
      if (!worst?.interval) return untested(input);
      const low = worst.interval[0];
      const isClear = low > input.policy.holdMembershipAuc;
      return {
        state: isClear ? 'fired' : PASSED,
        finding: `Membership is told with AUC ${show(worst.value)} (${worst.variant} rows; 0.5 is guessing), at least ${show(low)}; the limit is ${input.policy.holdMembershipAuc}.`,
      };
    },
  },
  {
    id: 'replay',
    title: 'Nothing is copied more than by chance',
    about: 'leakage',
    gate: 'HOLD',
    judge: judgeReplay,
  },
  {
    id: 'identifiers',
    title: 'No direct identifier or reversible pseudonym stands in it',
    about: 'leakage',
    gate: 'HOLD',
    judge: judgeIdentifiers,
  },
  {
    id: 'usefulness',
    title: 'Models trained on it remain useful',
    about: 'usefulness',
    gate: 'REVIEW',
    judge: ({ metrics, policy }) => {
      const worst = largest(find(metrics, 'tstr-ratio'), (metric) => -(metric.value ?? 1));
      if (worst?.value == null)
        return { state: 'not-tested', finding: 'No target was named, so usefulness was not measured.' };
      const isPoor = worst.value < policy.reviewUsefulness;
      return {
        state: isPoor ? 'fired' : PASSED,
        finding: `A model (${worst.variant}) keeps ${show(worst.value)} of the usefulness of real rows; the limit is ${policy.reviewUsefulness}.`,
      };
    },
  },
  {
    id: 'discriminator',
    title: 'Synthetic rows are not told from real ones',
    about: 'usefulness',
    gate: 'REVIEW',
    judge: ({ metrics, policy }) => {
      const worst = largest(find(metrics, 'discriminator-auc'), (metric) => metric.value ?? 0);
      if (worst?.value == null) return { state: 'not-tested', finding: 'The discriminator was not run.' };
      const isTold = worst.value > policy.reviewDiscriminatorAuc;
      return {
        state: isTold ? 'fired' : PASSED,
        finding: `Trees tell synthetic rows from real ones with AUC ${show(worst.value)} (0.5 is guessing, 1 is certain); the limit is ${policy.reviewDiscriminatorAuc}.`,
      };
    },
  },
  {
    id: 'representation',
    title: 'No group is lost, invented, inflated or shrunk',
    about: 'groups',
    gate: 'REVIEW',
    judge: judgeRepresentation,
  },
  {
    id: 'group-usefulness',
    title: 'No group loses more usefulness than the rest',
    about: 'groups',
    gate: 'REVIEW',
    judge: judgeGroups,
  },
];

function find(metrics: readonly Metric[], id: string): readonly Metric[] {
  return metrics.filter((metric) => metric.id === id);
}

function largest(metrics: readonly Metric[], read: (metric: Metric) => number): Metric | undefined {
  return metrics.reduce<Metric | undefined>(
    (best, metric) => (best === undefined || read(metric) > read(best) ? metric : best),
    undefined,
  );
}

function show(value: number | null): string {
  return value === null ? 'undefined' : String(Number(value.toFixed(3)));
}

function untested({ hasHoldout }: VerdictInput): RuleResult {
  return hasHoldout
    ? { state: 'not-tested', finding: 'Not measured.' }
    : { state: 'undetermined', finding: 'There is no holdout: a verdict on attacks would be a guess.' };
}

function attacksOf({ metrics }: VerdictInput): readonly Metric[] {
  return metrics.filter((metric) => ATTACKS.includes(metric.id) && metric.interval !== null);
}

/** Nobody should release a table of which a part was not looked at. */
function judgeParts({ sections = SECTIONS }: VerdictInput): RuleResult {
  const absent = SECTIONS.filter((section) => !sections.includes(section));
  if (absent.length === 0) return { state: PASSED, finding: `${SECTIONS.join(', ')}.` };
  return { state: 'fired', finding: `This evaluation left out ${absent.join(', ')}.` };
}

/** More equal rows than this between training and holdout, beyond coincidence, mean shared people. */
const SHARED_PEOPLE = 0.01;

function judgeHoldout(input: VerdictInput): RuleResult {
  const [overlap] = find(input.metrics, 'holdout-overlap');
  const low = overlap?.details?.excessLow;
  if (overlap?.value == null || typeof low !== 'number') return untested(input);
  const text = `${show(overlap.value)} of the holdout rows equal a training row; ${show(overlap.baseline)} of the training rows equal another one.`;
  if (low <= SHARED_PEOPLE) return { state: PASSED, finding: text };
  return { state: 'fired', finding: `${text} The tables share people, so every risk is understated: keep them apart.` };
}

function judgeAttacks(input: VerdictInput): RuleResult {
  const worst = largest(attacksOf(input), (metric) => metric.interval?.[0] ?? 0);
  if (!worst?.interval) return untested(input);
  const isClear = worst.interval[0] > input.policy.holdRisk;
  return {
    state: isClear ? 'fired' : PASSED,
    finding: `${nameOf(worst)}: risk ${show(worst.value)}, at least ${show(worst.interval[0])}; the limit is ${input.policy.holdRisk}.`,
  };
}

function judgeDoubts(input: VerdictInput): RuleResult {
  const worst = largest(attacksOf(input), (metric) => metric.interval?.[1] ?? 0);
  if (!worst?.interval) return untested(input);
  const [low, high] = worst.interval;
  const text = `${nameOf(worst)}: risk ${show(worst.value)}, between ${show(low)} and ${show(high)}; the limit is ${input.policy.reviewRisk}.`;
  if (high <= input.policy.reviewRisk) return { state: PASSED, finding: text };
  if (low > input.policy.reviewRisk) return { state: 'fired', finding: text };
  const attacksNeeded = Number(worst.details?.attacksNeeded ?? 0);
  return { state: 'undetermined', finding: `${text} About ${attacksNeeded} attacks would settle it.`, attacksNeeded };
}

function judgeReplay(input: VerdictInput): RuleResult {
  const excesses = [...find(input.metrics, 'duplicate-excess'), ...find(input.metrics, 'near-duplicate-excess')].map(
    (metric) => ({
      metric,
      low: metric.interval?.[0] ?? null,
    }),
  );
  const [values] = find(input.metrics, 'unique-value-replay').filter((metric) => metric.scope === null);
  const all = values ? [...excesses, { metric: values, low: Number(values.details?.excessLow ?? 0) }] : excesses;
  const known = all.filter(({ low }) => low !== null);
  if (known.length === 0) return untested(input);
  const worst = known.reduce((a, b) => ((b.low ?? 0) > (a.low ?? 0) ? b : a));
  const isClear = (worst.low ?? 0) > input.policy.holdExcess;
  return {
    state: isClear ? 'fired' : PASSED,
    finding: `${nameOf(worst.metric)}: excess over holdout of at least ${show(worst.low)}; the limit is ${input.policy.holdExcess}.`,
  };
}

/** Fires when refitted models leak more than they claim; undefined when they were not refitted or did not. */
function judgeShadows({ metrics }: VerdictInput): RuleResult | undefined {
  const [bound] = find(metrics, 'shadow-epsilon-lower');
  const claimed = bound?.details?.epsilon;
  if (bound?.value == null || typeof claimed !== 'number' || bound.value <= claimed) return undefined;
  return {
    state: 'fired',
    finding: `The shadow-model attack proves epsilon of at least ${show(bound.value)} of ${bound.details?.generator} at ${claimed}. That is a bug.`,
  };
}

function judgeIdentifiers({ identifiers }: VerdictInput): RuleResult {
  if (!identifiers) return { state: 'not-tested', finding: 'The synthetic table was not scanned for identifiers.' };
  if (identifiers.length === 0)
    return { state: PASSED, finding: 'A scan of the synthetic table found none; it knows some forms, not all.' };
  const shown = identifiers.slice(0, MAX_NAMED).map(({ column, finding }) => `${column}: ${finding}`);
  const more = identifiers.length > MAX_NAMED ? ` ${identifiers.length - MAX_NAMED} more.` : '';
  return { state: 'fired', finding: `${shown.join(' ')}${more}` };
}

function judgeRepresentation({ metrics, policy }: VerdictInput): RuleResult {
  const groups = find(metrics, 'representation-ratio');
  if (groups.length === 0) return { state: 'not-tested', finding: 'No protected column was named.' };
  const [low, high] = policy.reviewRepresentation;
  const isOutside = (metric: Metric) =>
    metric.value === null ||
    metric.value === 0 ||
    (metric.interval !== null && (metric.interval[0] > high || metric.interval[1] < low));
  const outside = groups.filter(isOutside);
  const names = outside
    .slice(0, MAX_NAMED)
    .map(
      ({ scope, value }) => `${nameScope(scope)} ${value === null ? 'invented' : value === 0 ? 'lost' : show(value)}`,
    );
  const more = outside.length > MAX_NAMED ? ` and ${outside.length - MAX_NAMED} more` : '';
  return outside.length > 0
    ? {
        state: 'fired',
        finding: `Share against the real share, outside ${low} to ${high}: ${names.join('; ')}${more}.`,
      }
    : { state: PASSED, finding: `All ${groups.length} groups may lie within ${low} to ${high}.` };
}

/** Judged by intervals: the loss is certain, ruled out, or the test rows cannot tell. */
function judgeGroups({ metrics, policy }: VerdictInput): RuleResult {
  const limit = policy.reviewGroupAucDrop;
  const groups = find(metrics, 'group-auc-drop').filter((metric) => metric.interval !== null);
  const certain = largest(groups, (metric) => metric.interval?.[0] ?? 0);
  const doubtful = largest(groups, (metric) => metric.interval?.[1] ?? 0);
  if (!certain || !doubtful)
    return { state: 'not-tested', finding: 'No group is large enough to measure a model on it.' };
  const tell = (metric: Metric) => {
    const [low, high] = metric.interval ?? [0, 0];
    return `${nameScope(metric.scope)} (${metric.variant}): the AUC falls by ${show(metric.value)}, between ${show(low)} and ${show(high)}; the limit is ${limit}.`;
  };
  if ((certain.interval?.[0] ?? 0) > limit) return { state: 'fired', finding: tell(certain) };
  if ((doubtful.interval?.[1] ?? 0) <= limit) return { state: PASSED, finding: tell(doubtful) };
  const needed = rowsNeeded(doubtful, limit);
  const advice = needed === undefined ? '' : ` About ${needed} test rows of this group would settle it.`;
  return { state: 'undetermined', finding: `${tell(doubtful)}${advice}` };
}

/** Rows at which an interval around the same value would leave the limit out; undefined where the value is the limit. */
function rowsNeeded({ value, interval, details }: Metric, limit: number): number | undefined {
  const rows = Number(details?.rows ?? 0);
  const distance = Math.abs((value ?? limit) - limit);
  if (distance === 0 || rows === 0 || !interval) return undefined;
  // Half widths shrink with the square root of the rows.
  const factor = ((interval[1] - interval[0]) / 2 / distance) ** 2;
  return Number(Math.ceil(rows * factor).toPrecision(2));
}
