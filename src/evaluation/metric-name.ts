import type { Metric, Scope } from './metric.ts';

/** A scope in words. */
export function nameScope(scope: Scope): string {
  if (scope === null) return 'whole table';
  if ('column' in scope) return scope.column;
  if ('columns' in scope) return scope.columns.join(' × ');
  if ('secret' in scope) return `secret ${scope.secret}`;
  return Object.entries(scope.group)
    .map(([column, value]) => `${column} = ${value}`)
    .join(', ');
}

/** A metric in words: identifier, variant and scope. */
export function nameOf(metric: Metric): string {
  const variant = metric.variant === undefined ? '' : `, ${metric.variant}`;
  const scope = metric.scope === null ? '' : ` (${nameScope(metric.scope)})`;
  return `${metric.id}${variant}${scope}`;
}
