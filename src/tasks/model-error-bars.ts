import { stat } from 'node:fs/promises';
import type { MeasuredCorrelations, ModelErrorBars } from '../evaluation/error-bars.ts';
import type { JsonObject } from '../synthesizers/synthesizer.ts';
import { showModel } from './show-model.ts';

/**
 * Error bars of a model, when the certificate was named by its folder.
 *
 * **Privacy**: post-processing of released values.
 * @returns undefined when the path is no folder.
 * @throws TabveilError (input) when the model is damaged.
 */
export async function readErrorBars(path: string | undefined): Promise<ModelErrorBars | undefined> {
  const isFolder = path !== undefined && ((await stat(path).catch(() => undefined))?.isDirectory() ?? false);
  if (!isFolder) return undefined;
  const { rows, uncertainty, details } = await showModel(path);
  const marginals = uncertainty.map(({ columns, sigmaRows, distance, noiseOnly, cells }) => ({
    columns,
    sigmaRows,
    distance,
    noiseOnly,
    cells,
  }));
  const correlations = correlationsOf(details);
  return { rows, marginals, ...(correlations && { correlations }) };
}

/** Latent correlations of a copula, of the columns that have some. */
function correlationsOf({ columns, correlations, standardErrors }: JsonObject): MeasuredCorrelations | undefined {
  if (!isList(columns, isText) || !isMatrix(correlations) || !isMatrix(standardErrors)) return undefined;
  const kept = columns.flatMap((_, at) => (standardErrors[at]?.some((error) => error > 0) ? [at] : []));
  if (kept.length < 2) return undefined;
  const cut = (matrix: readonly (readonly number[])[]) =>
    kept.map((row) => kept.map((column) => matrix[row]?.[column] ?? 0));
  return { columns: kept.map((at) => columns[at] ?? ''), values: cut(correlations), errors: cut(standardErrors) };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';

function isList<T>(value: unknown, isEntry: (entry: unknown) => entry is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isEntry);
}

function isMatrix(value: unknown): value is readonly (readonly number[])[] {
  return Array.isArray(value) && value.every((row) => isList(row, isNumber));
}
