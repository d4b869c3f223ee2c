import type { EvaluationResult } from '../evaluation/evaluate-tables.ts';
import type { Metric, Scope } from '../evaluation/metric.ts';
import { METRIC_DEFINITIONS } from '../evaluation/registry.ts';

/** Kinds of scope. */
export type ScopeKind = 'whole' | 'column' | 'columns' | 'group' | 'secret';

/** Kind of a scope. */
export function scopeKind(scope: Scope): ScopeKind {
  if (scope === null) return 'whole';
  if ('column' in scope) return 'column';
  if ('columns' in scope) return 'columns';
  return 'group' in scope ? 'group' : 'secret';
}

/** Metrics of an identifier, optionally of one kind of scope or one variant, in the order they were measured. */
export function findMetrics(
  result: Pick<EvaluationResult, 'metrics'>,
  id: string,
  only: { readonly kind?: ScopeKind; readonly variant?: string } = {},
): readonly Metric[] {
  return result.metrics.filter(
    (metric) =>
      metric.id === id &&
      (only.kind === undefined || scopeKind(metric.scope) === only.kind) &&
      (only.variant === undefined || metric.variant === only.variant),
  );
}

/** Title of a metric, with its variant. */
export function titleOf(metric: Metric): string {
  const title = METRIC_DEFINITIONS.get(metric.id)?.title ?? metric.id;
  return metric.variant === undefined ? title : `${title}, ${metric.variant}`;
}

/** What a metric misses. */
export function criticismOf(id: string): string {
  return METRIC_DEFINITIONS.get(id)?.criticism ?? '';
}
