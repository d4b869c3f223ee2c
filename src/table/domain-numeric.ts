import { parseIsoDate, parseIsoDatetime } from './calendar.ts';
import type { FieldType, NumericDomain } from './schema.ts';
import { show } from './schema-problems.ts';
import type { FieldFile } from './schema-shape.ts';

/** Most decimals a step may have; beyond them doubles no longer tell neighbours apart. */
const MOST_DECIMALS = 15;
/** Decimals of a number field that declares none. */
const DEFAULT_DECIMALS = 2;
/** Steps may miss a whole number by this much, which is rounding of decimal fractions and nothing else. */
const STEP_TOLERANCE = 1e-6;

type Say = (sentence: string) => void;

/** Digits after the decimal point that write the value exactly (15 at most). */
export function decimalsOf(value: number): number {
  for (let decimals = 0; decimals < MOST_DECIMALS; decimals++) {
    if (Number(value.toFixed(decimals)) === value) return decimals;
  }
  return MOST_DECIMALS;
}

/** The domain of a number, date or datetime field, or undefined after saying why not. */
export function numericDomain(file: FieldFile, say: Say): NumericDomain | undefined {
  const domain = axisDomain(file, say);
  const binning = file.privacy?.binning;
  if (binning === undefined || domain === undefined) return domain;
  if (domain.edges !== undefined) {
    say(': privacy.bins declares the edges and privacy.binning asks to choose them; take one of the two out');
  }
  return { ...domain, binning };
}

function axisDomain(file: FieldFile, say: Say): NumericDomain | undefined {
  const edges = readEdges(file, say);
  const limits = readLimits(file, edges, say);
  if (edges === null || limits === null) return undefined;
  const precision = readPrecision(file, [...(edges ?? []), ...(limits ?? [])], say);
  if (precision === undefined) return undefined;
  if (file.privacy?.bounds === 'learn') {
    if (edges === undefined && limits === undefined) return { kind: 'numeric', bounds: { status: 'learn' }, precision };
    say(': privacy.bounds is "learn", but minimum, maximum or bins are declared too; take one of the two out');
    return undefined;
  }
  if (limits === undefined) {
    say(
      ' has no constraints.minimum and constraints.maximum; declare both (then they are public), or set privacy.bounds to "learn" (then they are bought from the budget), or list its values in constraints.enum',
    );
    return undefined;
  }
  const [minimum, maximum] = closedLimits(file, limits, precision);
  const problem = gridProblem(minimum, maximum, precision, edges);
  if (problem !== undefined) say(`: ${problem}`);
  const bounds = { status: 'public', value: { minimum, maximum } } as const;
  return edges === undefined ? { kind: 'numeric', bounds, precision } : { kind: 'numeric', bounds, precision, edges };
}

/** A limit on the axis of its type, or undefined when it is not one. */
function onAxis(value: number | string, type: FieldType): number | undefined {
  if (type === 'date') return typeof value === 'string' ? parseIsoDate(value) : undefined;
  if (type === 'datetime') return typeof value === 'string' ? parseIsoDatetime(value) : undefined;
  const number = typeof value === 'number' ? value : Number.NaN;
  const isRight = type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number);
  return isRight ? number : undefined;
}

const LIMIT_KIND: Readonly<Record<string, string>> = {
  integer: 'a whole number below 2^53',
  number: 'a number',
  date: 'a date such as "2024-12-31"',
  datetime: 'a datetime such as "2024-12-31T23:59:59"',
};

/** Edges on the axis, undefined when there are none, null after saying what is wrong with them. */
function readEdges(file: FieldFile, say: Say): number[] | undefined | null {
  const bins = file.privacy?.bins;
  if (bins === undefined) return undefined;
  const type = file.type === 'integer' ? 'number' : file.type;
  const edges = bins.map((edge) => onAxis(edge, type));
  const bad = edges.indexOf(undefined);
  if (bad >= 0) say(`: privacy.bins holds ${show(bins[bad])}; each edge is ${LIMIT_KIND[type]}`);
  const values = edges.filter((edge) => edge !== undefined);
  const fall = values.findIndex((edge, index) => index > 0 && edge <= (values[index - 1] ?? edge));
  if (bad < 0 && fall >= 0) say(`: privacy.bins holds ${show(bins[fall])} after ${show(bins[fall - 1])}; edges ascend`);
  return bad >= 0 || fall >= 0 ? null : values;
}

/** Declared limits, filled from the bins; undefined when one is absent, null after saying what is wrong. */
function readLimits(
  file: FieldFile,
  edges: number[] | undefined | null,
  say: Say,
): [number, number] | undefined | null {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = file.constraints ?? {};
  const read = (value: number | string | undefined, name: string, edge: number | undefined) => {
    if (value === undefined) return edge;
    const limit = onAxis(value, file.type);
    if (limit === undefined) say(`: constraints.${name} is ${show(value)}; it must be ${LIMIT_KIND[file.type]}`);
    return limit ?? null;
  };
  const low = read(minimum ?? exclusiveMinimum, 'minimum', edges?.[0]);
  const high = read(maximum ?? exclusiveMaximum, 'maximum', edges?.at(-1));
  if (low === null || high === null) return null;
  if ((low === undefined) !== (high === undefined)) {
    say(`: constraints.${low === undefined ? 'minimum' : 'maximum'} is absent; declare both limits`);
    return null;
  }
  return low === undefined || high === undefined ? undefined : [low, high];
}

function readPrecision(file: FieldFile, declared: readonly number[], say: Say): number | undefined {
  const step = file.privacy?.precision ?? file.constraints?.multipleOf;
  const isWhole = file.type === 'integer' || file.type === 'date';
  if (step !== undefined && isWhole && !Number.isSafeInteger(step)) {
    say(
      `: the precision is ${step}; for type ${file.type} it is a whole number${file.type === 'date' ? ' of days' : ''}`,
    );
    return undefined;
  }
  if (isWhole) return step ?? 1;
  if (file.type === 'datetime') return Math.max(1, Math.round((step ?? 1) * 1000));
  return step ?? Number(`1e-${Math.max(DEFAULT_DECIMALS, ...declared.map(decimalsOf))}`);
}

/** Limits with exclusive ones moved one step inwards. */
function closedLimits(file: FieldFile, [low, high]: [number, number], precision: number): [number, number] {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = file.constraints ?? {};
  const round = (value: number) =>
    Number(value.toFixed(Math.max(decimalsOf(precision), decimalsOf(low), decimalsOf(high))));
  return [
    minimum === undefined && exclusiveMinimum !== undefined ? round(low + precision) : low,
    maximum === undefined && exclusiveMaximum !== undefined ? round(high - precision) : high,
  ];
}

function gridProblem(
  minimum: number,
  maximum: number,
  precision: number,
  edges: readonly number[] | undefined,
): string | undefined {
  if (minimum > maximum) return 'the minimum is above the maximum; swap them';
  const steps = (maximum - minimum) / precision;
  if (steps > Number.MAX_SAFE_INTEGER) return 'minimum to maximum holds more than 2^53 steps; raise the precision';
  if (Math.abs(steps - Math.round(steps)) > STEP_TOLERANCE) {
    return `minimum to maximum is not a whole number of steps of ${precision}; change a limit or the precision`;
  }
  if (edges === undefined) return undefined;
  const last = edges.at(-1) ?? Number.NaN;
  const isCovered =
    edges[0] === minimum && (last === maximum || Math.abs(last - maximum - precision) <= precision * 1e-9);
  return isCovered
    ? undefined
    : 'privacy.bins must start at the minimum and end at the maximum (or one step above it); or leave the limits out, then the bins set them';
}
