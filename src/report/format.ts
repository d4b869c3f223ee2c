import type { Metric } from '../evaluation/metric.ts';

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
