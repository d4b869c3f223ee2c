import { TabveilError } from '../errors.ts';
import type { Clique } from '../marginals/domain.ts';
import { countCells } from '../marginals/domain.ts';
import type { Factor } from '../marginals/marginal-oracle.ts';
import type { PublicMarginal, SchemaValue, ValueCondition, ZeroRule } from '../table/schema.ts';
import { cellOfStep, stepDecoder } from './numeric-grid.ts';
import {
  type Attribute,
  coarseDomain,
  coarseMap,
  countCoarseCells,
  isNumeric,
  type TableCodec,
} from './table-codec.ts';

/** A published marginal over coarse codes: shares that sum to 1, row-major, last attribute fastest. */
export interface CodedMarginal {
  readonly clique: Clique;
  readonly shares: Float64Array;
  /** Standard deviation of a share. */
  readonly error: number;
}

/**
 * Log potentials that forbid combinations: -Infinity where a rule holds for every value of a coarse cell, 0 elsewhere.
 * A bin that a rule covers only in part stays possible; align bins with rules to enforce them fully.
 */
export function codeZeros(codec: TableCodec, rules: readonly ZeroRule[]): Factor[] {
  const domain = coarseDomain(codec);
  const tables = new Map<string, Factor>();
  for (const rule of rules) {
    const clique = [...rule.keys()].map((name) => domain.names.indexOf(name)).sort((a, b) => a - b);
    const key = clique.join();
    const factor = tables.get(key) ?? { clique, values: new Float64Array(countCells(domain, clique)) };
    tables.set(key, factor);
    const holds = clique.map((attribute) =>
      coveredCells(codec.attributes[attribute]!, rule.get(domain.names[attribute]!)!),
    );
    forbid(factor.values, holds);
  }
  return [...tables.values()];
}

/** Sets -Infinity in the cells whose every digit is covered. */
function forbid(values: Float64Array, holds: readonly (readonly boolean[])[]): void {
  for (let cell = 0; cell < values.length; cell++) {
    let rest = cell;
    let isForbidden = true;
    for (let digit = holds.length - 1; digit >= 0; digit--) {
      const size = holds[digit]!.length;
      isForbidden &&= holds[digit]![rest % size]!;
      rest = Math.floor(rest / size);
    }
    if (isForbidden) values[cell] = Number.NEGATIVE_INFINITY;
  }
}

/** For each coarse code, whether the condition holds for all of its values. */
function coveredCells(attribute: Attribute, condition: ValueCondition): boolean[] {
  return Array.from({ length: countCoarseCells(attribute) }, (_, code) =>
    isNumeric(attribute) && code < attribute.bins.length
      ? coversRange(condition, ...binRange(attribute, code))
      : coversValue(condition, isNumeric(attribute) ? null : (attribute.codec.labels[code] ?? null)),
  );
}

function coversValue(condition: ValueCondition, value: SchemaValue): boolean {
  if (condition.kind === 'range') return false;
  return condition.values.some((listed) => sameText(listed, value)) !== condition.negated;
}

/** Schema values are compared as texts, so that `true` and "true", 1 and "1" mean the same category. */
const sameText = (a: SchemaValue, b: SchemaValue) => (a === null || b === null ? a === b : String(a) === String(b));

function coversRange(condition: ValueCondition, lowest: number, highest: number): boolean {
  if (condition.kind === 'range') return lowest >= condition.minimum && highest <= condition.maximum;
  const numbers = condition.values.filter((value) => value !== null).map(Number);
  const inside = numbers.filter((value) => value >= lowest && value <= highest);
  return condition.negated ? inside.length === 0 : lowest === highest && inside.length > 0;
}

/** Lowest and highest representable value of a bin. */
function binRange(attribute: Extract<Attribute, { readonly bins: unknown }>, bin: number): [number, number] {
  const { grid } = attribute.codec;
  const valueAt = stepDecoder(grid);
  const endCell = attribute.bins[bin + 1] ?? grid.starts.length - 1;
  return [valueAt(grid.starts[attribute.bins[bin]!]!), valueAt(grid.starts[endCell]! - 1)];
}

/**
 * Published tables over coarse codes; cells that are not listed have share 0.
 * @throws TabveilError (input) when a listed value is not in the domain.
 */
export function codeMarginals(codec: TableCodec, marginals: readonly PublicMarginal[]): CodedMarginal[] {
  const domain = coarseDomain(codec);
  return marginals.map(({ columns, cells, error }) => {
    const attributes = columns.map((name) => domain.names.indexOf(name));
    const clique = attributes.toSorted((a, b) => a - b);
    const shares = new Float64Array(countCells(domain, clique));
    for (const { values, share } of cells) {
      const codes = new Map(
        values.map((value, index) => [attributes[index]!, codeOf(codec.attributes[attributes[index]!]!, value)]),
      );
      const cell = clique.reduce(
        (position, attribute) => position * domain.sizes[attribute]! + codes.get(attribute)!,
        0,
      );
      shares[cell]! += share;
    }
    const total = shares.reduce((sum, share) => sum + share, 0);
    return { clique, shares: shares.map((share) => share / total), error };
  });
}

function codeOf(attribute: Attribute, value: SchemaValue): number {
  const { codec } = attribute;
  if (value === null && codec.hasMissing) return countCoarseCells(attribute) - 1;
  if (!isNumeric(attribute)) {
    const code = attribute.codec.labels.findIndex((label) => sameText(label, value));
    if (code >= 0) return code;
  } else if (typeof value === 'number' && Number.isFinite(value)) {
    const { grid } = attribute.codec;
    const step = Math.min(grid.lastStep, Math.max(0, Math.round((value - grid.minimum) / grid.precision)));
    return coarseMap(attribute)[cellOfStep(grid, step)]!;
  }
  throw new TabveilError(
    'input',
    'knowledge.value',
    `schema: privacy.publicMarginals has the value ${JSON.stringify(value)} for column "${codec.name}"; list values of its domain.`,
  );
}
