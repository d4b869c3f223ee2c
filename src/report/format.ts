import type { Metric, Scope } from '../evaluation/metric.ts';

/** A number as people read it: up to three decimals for shares and scores, thin groups for large ones, a dash for none. */
export function formatValue(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-GB');
  if (Number.isInteger(value)) return String(value);
  const decimals = Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 10 ? 2 : 3;
  return value.toFixed(decimals);
}

/** An interval in brackets, or nothing. */
export function formatInterval(interval: Metric['interval']): string {
  return interval ? `${formatValue(interval[0])} to ${formatValue(interval[1])}` : '';
}

/** A scope in words. */
export function formatScope(scope: Scope): string {
  if (scope === null) return 'whole table';
  if ('column' in scope) return scope.column;
  if ('columns' in scope) return scope.columns.join(' × ');
  if ('secret' in scope) return `secret ${scope.secret}`;
  return Object.entries(scope.group)
    .map(([column, value]) => `${column} = ${value}`)
    .join(', ');
}
