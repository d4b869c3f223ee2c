import type { Metric } from '../evaluation/metric.ts';

/** Below this a number of three decimals would read as zero. */
const SMALL = 0.0005;
/** Below this nobody tells a number from zero. */
const NOTHING = 1e-7;

/**
 * A number as people read it: up to three decimals for shares and scores, one digit for smaller ones, so that only zero reads as
 * zero, groups for large ones, a dash for none.
 */
export function formatValue(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-GB');
  if (Number.isInteger(value)) return String(value);
  if (Math.abs(value) < NOTHING) return '0';
  if (Math.abs(value) < SMALL) return value.toFixed(-Math.floor(Math.log10(Math.abs(value))));
  const decimals = Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 10 ? 2 : 3;
  return value.toFixed(decimals);
}

/** An interval in brackets, or nothing. */
export function formatInterval(interval: Metric['interval']): string {
  return interval ? `${formatValue(interval[0])} to ${formatValue(interval[1])}` : '';
}
