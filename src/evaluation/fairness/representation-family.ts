import type { TableRole } from '../aligned-tables.ts';
import type { EvaluationInput, MetricFamily } from '../families.ts';
import { groupScores, K_MARGINAL_MAX } from '../fidelity/k-marginal.ts';
import { type Interval, normalInterval, Z_95 } from '../intervals.ts';
import { type Metric, privateMetric, type Scope } from '../metric.ts';
import { differenceInterval, type Trials } from '../privacy/excess.ts';
import { labelsOf } from '../usefulness/target.ts';
import { groupDistance } from './group-distance.ts';
import { type Grouping, groupSizes, protectedGroupings, rowsInGroup } from './groups.ts';

/** How each group of people fares in the synthetic table itself. */
export const representationFamily: MetricFamily = {
  name: 'groups',
  definitions: [
    {
      id: 'representation-ratio',
      title: 'Representation ratio',
      section: 'fairness',
      better: 'near-one',
      definition: 'Share of a group in the synthetic table divided by its share in the real one.',
      criticism: 'Very uncertain for small groups: read the interval. Noise clipped at zero inflates tiny groups.',
    },
    {
      id: 'base-rate-drift',
      title: 'Base-rate drift',
      section: 'fairness',
      better: 'near-zero',
      definition: 'Share of the positive target class within a group, synthetic minus real.',
      criticism: 'A gap that shrinks may be noise washing out a real relation, not fairness.',
    },
    {
      id: 'group-fidelity-excess',
      title: 'Group fidelity excess',
      section: 'fairness',
      better: 'near-zero',
      definition:
        'Mean one-way distance within a group between synthetic and real rows, minus the same for holdout rows; negative values are a sign of overfitting.',
      criticism: 'Smaller groups have larger distances by sampling alone; the holdout has its own group size.',
    },
    {
      id: 'group-k-marginal',
      title: 'k-marginal score of a group',
      section: 'fairness',
      better: 'higher',
      definition: '1000 · (1 − mean over pairs of columns of the share of the group’s real mass that is displaced).',
      criticism: 'Falls with the size of the group: read it only next to the holdout in the same group.',
    },
  ],
  compute: groupMetrics,
};

function groupMetrics(input: EvaluationInput): readonly Metric[] {
  const groupings = protectedGroupings(input.quantileBinned, input.settings.protectedColumns);
  return groupings.flatMap((grouping) => [
    ...representation(input, grouping),
    ...baseRates(input, grouping),
    ...fidelityExcess(input, grouping),
    ...(grouping.names.length === 1 ? kMarginals(input, grouping.names[0] ?? '') : []),
  ]);
}

function scopeOf(grouping: Grouping, group: number): Scope {
  return { group: grouping.groups[group] ?? {} };
}

function representation(input: EvaluationInput, grouping: Grouping): readonly Metric[] {
  const rows = (role: TableRole) => input.aligned.rowCounts[role] ?? 0;
  const sizes = (role: TableRole) => groupSizes(grouping, role);
  const [real, synthetic, holdout] = [sizes('real'), sizes('synthetic'), sizes('holdout')];
  return grouping.groups.map((_, group) => {
    const own: Trials = { successes: real[group] as number, trials: rows('real') };
    const other: Trials = { successes: synthetic[group] as number, trials: rows('synthetic') };
    const control: Trials = { successes: holdout[group] as number, trials: rows('holdout') };
    const value = own.successes > 0 ? shareRatio(other, own) : null;
    return privateMetric({
      id: 'representation-ratio',
      scope: scopeOf(grouping, group),
      value,
      baseline: own.successes > 0 && input.hasHoldout ? shareRatio(control, own) : null,
      interval: value === null ? null : ratioInterval(other, own),
      better: 'near-one',
      details: {
        real: own.successes,
        synthetic: other.successes,
        holdout: input.hasHoldout ? control.successes : null,
      },
      ...(value === null
        ? { note: 'invented: no real row is in this group' }
        : value === 0
          ? { note: 'lost: no synthetic row is in this group' }
          : {}),
    });
  });
}

function shareRatio(a: Trials, b: Trials): number {
  return a.successes / a.trials / (b.successes / b.trials);
}

/**
 * Log-normal 95 % interval of a ratio of shares, half a row added to empty groups.
 * @source Katz, Baptista, Azen, Pike, Biometrics 34 (1978) 469-474.
 */
function ratioInterval(a: Trials, b: Trials): Interval {
  const x = Math.max(a.successes, 0.5);
  const y = Math.max(b.successes, 0.5);
  const error = Z_95 * Math.sqrt(Math.max(1 / x - 1 / a.trials + 1 / y - 1 / b.trials, 0));
  const centre = x / a.trials / (y / b.trials);
  return [a.successes === 0 ? 0 : centre * Math.exp(-error), centre * Math.exp(error)];
}

function baseRates(input: EvaluationInput, grouping: Grouping): readonly Metric[] {
  const target = input.target();
  if (target?.classes.length !== 1) return [];
  const positive = target.classes[0] as number;
  const trials = (role: TableRole, group: number): Trials => {
    const rows = rowsInGroup(grouping, role, group);
    const labels = labelsOf(target, positive, { role, rows });
    return { successes: labels.reduce((n, label) => n + label, 0), trials: rows.length };
  };
  return grouping.groups.map((_, group) => {
    const [real, synthetic] = [trials('real', group), trials('synthetic', group)];
    const holdout = input.hasHoldout ? trials('holdout', group) : { successes: 0, trials: 0 };
    const rate = ({ successes, trials: n }: Trials) => (n > 0 ? successes / n : null);
    const [base, own, control] = [rate(real), rate(synthetic), rate(holdout)];
    const isDefined = base !== null && own !== null;
    return privateMetric({
      id: 'base-rate-drift',
      scope: scopeOf(grouping, group),
      value: isDefined ? own - base : null,
      baseline: base !== null && control !== null ? control - base : null,
      interval: isDefined ? differenceInterval(synthetic, real) : null,
      better: 'near-zero',
      details: { real: base, synthetic: own, holdout: control },
      ...(isDefined ? {} : { note: 'undefined: a table has no rows in this group' }),
    });
  });
}

function fidelityExcess(input: EvaluationInput, grouping: Grouping): readonly Metric[] {
  if (!input.hasHoldout) return [];
  return grouping.groups.map((_, group) => {
    const synthetic = groupDistance(input.quantileBinned, grouping, { role: 'synthetic', group });
    const holdout = groupDistance(input.quantileBinned, grouping, { role: 'holdout', group });
    const isDefined = synthetic !== null && holdout !== null;
    return privateMetric({
      id: 'group-fidelity-excess',
      scope: scopeOf(grouping, group),
      value: isDefined ? synthetic.value - holdout.value : null,
      baseline: isDefined ? 0 : null,
      interval: isDefined
        ? normalInterval(synthetic.value - holdout.value, Math.hypot(synthetic.standardError, holdout.standardError), {
            low: -1,
          })
        : null,
      better: 'near-zero',
      details: { synthetic: synthetic?.value ?? null, holdout: holdout?.value ?? null },
      ...(isDefined ? {} : { note: 'undefined: a table has no rows in this group, or there is no other column' }),
    });
  });
}

function kMarginals(input: EvaluationInput, name: string): readonly Metric[] {
  const tables = input.quantileBinned;
  const index = tables.columns.findIndex((column) => column.name === name);
  const synthetic = groupScores(tables, index, 'synthetic');
  const holdout = input.hasHoldout ? groupScores(tables, index, 'holdout') : [];
  return synthetic.flatMap(({ group, score, standardError }, at) => {
    if (score === null) return [];
    const baseline = holdout[at]?.score ?? null;
    return [
      privateMetric({
        id: 'group-k-marginal',
        scope: { group: { [name]: group } },
        value: score,
        baseline,
        interval: normalInterval(score, standardError, { high: K_MARGINAL_MAX }),
        better: 'higher',
      }),
    ];
  });
}
