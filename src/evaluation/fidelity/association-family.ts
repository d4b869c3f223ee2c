import { mean } from '../average.ts';
import { combinations } from '../contingency.ts';
import type { EvaluationInput, MetricFamily } from '../families.ts';
import { normalInterval } from '../intervals.ts';
import { type Metric, privateMetric } from '../metric.ts';
import { type Association, associationMatrix, associations } from './association.ts';
import { scopeOf } from './marginal-family.ts';

/** Cramér's V of every pair of columns, real against synthetic. */
export const associationFamily: MetricFamily = {
  name: 'association',
  definitions: [
    {
      id: 'cramers-v-difference',
      title: "Difference of Cramér's V",
      section: 'fidelity',
      better: 'lower',
      definition:
        "Absolute difference between the real and the synthetic Cramér's V of a pair on the schema's bins; over the whole table the mean over all pairs.",
      criticism: 'Two different relations of equal strength look the same; V has an upward bias in sparse tables.',
    },
  ],
  compute: associationMetrics,
};

function associationMetrics(input: EvaluationInput): readonly Metric[] {
  const { binned } = input;
  const real = associations(binned, 'real');
  const synthetic = associations(binned, 'synthetic');
  const holdout = input.hasHoldout ? associationMatrix(binned, 'holdout') : undefined;
  const errors: number[] = [];
  const members = combinations(binned.columns.length, 2).map((pair, index) => {
    const { value: a, standardError: errorA } = real[index] as Association;
    const { value: b, standardError: errorB } = synthetic[index] as Association;
    errors.push(Math.hypot(errorA, errorB));
    return privateMetric({
      id: 'cramers-v-difference',
      scope: scopeOf(binned, pair),
      value: Math.abs(a - b),
      baseline: holdout ? Math.abs(a - (holdout[index] as number)) : null,
      interval: normalInterval(Math.abs(a - b), Math.hypot(errorA, errorB)),
      better: 'lower',
      details: { real: a, synthetic: b, holdout: holdout?.[index] ?? null },
    });
  });
  const worst = members.reduce<Metric | undefined>((w, m) => ((m.value ?? 0) > (w?.value ?? -1) ? m : w), undefined);
  if (!worst) return [];
  const value = mean(members.map((member) => member.value ?? 0));
  const whole = privateMetric({
    id: 'cramers-v-difference',
    scope: null,
    value,
    // Pairs share columns: the mean of the errors holds whatever their correlation.
    interval: normalInterval(value, mean(errors)),
    baseline: holdout ? mean(members.map((member) => member.baseline ?? 0)) : null,
    better: 'lower',
    worst: { scope: worst.scope, value: worst.value ?? 0 },
  });
  return [whole, ...members];
}
