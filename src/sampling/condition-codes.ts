import type { NumericGrid } from '../encode/numeric-grid.ts';
import {
  type Attribute,
  countCoarseCells,
  isNumeric,
  type NumericAttribute,
  type TableCodec,
} from '../encode/table-codec.ts';
import { TabveilError } from '../errors.ts';
import type { CellCondition } from '../synthesizers/synthesizer.ts';
import { axisText } from '../table/axis.ts';
import type { TableSchema } from '../table/schema.ts';
import type { Condition } from './condition.ts';

/** Conditions as models and decoders take them. */
export interface CodedConditions {
  /** One per conditioned column, for the model. */
  readonly cells: readonly CellCondition[];
  /** The codec whose decoder draws values inside bins that meet the conditions. */
  readonly codec: TableCodec;
}

/**
 * Translates conditions on values into weights of codes and a codec whose bins hold nothing but what meets them. A bin
 * that an interval cuts has as weight the share of its released fine histogram inside.
 *
 * @throws TabveilError (usage) when no value of a column meets its conditions.
 */
export function codeConditions(
  codec: TableCodec,
  conditions: readonly Condition[],
  schema: Pick<TableSchema, 'fields'>,
): CodedConditions {
  const attributes = codec.attributes.slice();
  const cells: CellCondition[] = [];
  codec.attributes.forEach((attribute, index) => {
    const own = conditions.filter(({ column }) => column === attribute.codec.name);
    if (own.length === 0) return;
    const coded = isNumeric(attribute)
      ? codeNumeric(attribute, own)
      : { attribute, weights: codeLabels(attribute, own) };
    if (!coded.weights.some((weight) => weight > 0)) throw refuseEmpty(attribute, schema);
    attributes[index] = coded.attribute;
    cells.push({ attribute: index, weights: coded.weights });
  });
  return { cells, codec: { attributes } };
}

function refuseEmpty(attribute: Attribute, schema: Pick<TableSchema, 'fields'>): TabveilError {
  const { name } = attribute.codec;
  const type = schema.fields.find((field) => field.name === name)?.type ?? 'number';
  let domain = '';
  if (isNumeric(attribute)) {
    const { minimum, precision, lastStep } = attribute.codec.grid;
    const [low, high] = [axisText(type, minimum), axisText(type, minimum + lastStep * precision)];
    domain = ` it goes from ${low} to ${high} in steps of ${precision};`;
  }
  const finding = `no value of "${name}" meets the conditions on it;${domain} loosen them`;
  return new TabveilError('usage', 'sample.condition-empty', `--where: ${finding}.`);
}

function codeLabels(attribute: Exclude<Attribute, NumericAttribute>, conditions: readonly Condition[]): Float64Array {
  const { codec } = attribute;
  const isMet = (code: number, condition: Condition) => {
    const isMissing = code >= codec.labels.length;
    if (condition.kind === 'missing') return isMissing !== condition.negated;
    if (isMissing || condition.kind === 'numbers') return false;
    if (condition.kind === 'categories') return condition.labels.includes(codec.labels[code]!) !== condition.negated;
    return code < codec.listed && compares(code, condition);
  };
  return Float64Array.from({ length: countCoarseCells(attribute) }, (_, code) =>
    conditions.every((condition) => isMet(code, condition)) ? 1 : 0,
  );
}

function compares(place: number, { operator, value }: Extract<Condition, { readonly kind: 'compare' }>): boolean {
  switch (operator) {
    case '<':
      return place < value;
    case '<=':
      return place <= value;
    case '>':
      return place > value;
    case '>=':
      return place >= value;
  }
}

/** Steps first … last of a grid, both included. */
interface StepRange {
  readonly first: number;
  readonly last: number;
}

function codeNumeric(
  attribute: NumericAttribute,
  conditions: readonly Condition[],
): { attribute: NumericAttribute; weights: Float64Array } {
  const { codec } = attribute;
  const weights = new Float64Array(countCoarseCells(attribute));
  const isMissingMet = conditions.every((condition) => condition.kind === 'missing' && !condition.negated);
  if (codec.hasMissing && isMissingMet) weights[attribute.bins.length] = 1;
  const ranges = conditions.reduce<StepRange[]>(
    (kept, condition) => intersect(kept, rangesOf(codec.grid, condition)),
    [{ first: 0, last: codec.grid.lastStep }],
  );
  const narrowed = narrowAttribute(attribute, ranges);
  weights.set(narrowed.shares);
  return { attribute: narrowed.attribute, weights };
}

/** Slack in steps when a typed value is compared with representable ones: rounding must not exclude an equal one. */
const STEP_SLACK = 1e-6;

function rangesOf(grid: NumericGrid, condition: Condition): StepRange[] {
  const stepOf = (value: number) => (value - grid.minimum) / grid.precision;
  const whole = { first: 0, last: grid.lastStep };
  switch (condition.kind) {
    case 'missing':
      return condition.negated ? [whole] : [];
    case 'categories':
      return [];
    case 'compare':
      return [compareRange(grid, condition.operator, stepOf(condition.value))];
    case 'numbers': {
      const steps = condition.values
        .map(stepOf)
        .filter((step) => Math.abs(step - Math.round(step)) <= STEP_SLACK)
        .map((step) => Math.round(step));
      if (!condition.negated) return steps.sort((a, b) => a - b).map((step) => ({ first: step, last: step }));
      const others = steps.map((step) => [
        { first: 0, last: step - 1 },
        { first: step + 1, last: grid.lastStep },
      ]);
      return others.reduce<StepRange[]>(intersect, [whole]);
    }
  }
}

function compareRange(grid: NumericGrid, operator: '<' | '<=' | '>' | '>=', step: number): StepRange {
  switch (operator) {
    case '<':
      return { first: 0, last: Math.ceil(step - STEP_SLACK) - 1 };
    case '<=':
      return { first: 0, last: Math.floor(step + STEP_SLACK) };
    case '>':
      return { first: Math.floor(step + STEP_SLACK) + 1, last: grid.lastStep };
    case '>=':
      return { first: Math.ceil(step - STEP_SLACK), last: grid.lastStep };
  }
}

/** What two unions of ascending ranges share. */
function intersect(a: readonly StepRange[], b: readonly StepRange[]): StepRange[] {
  return a
    .flatMap((left) =>
      b.map((right) => ({ first: Math.max(left.first, right.first), last: Math.min(left.last, right.last) })),
    )
    .filter(({ first, last }) => first <= last)
    .sort((left, right) => left.first - right.first);
}

/**
 * An attribute whose fine cells outside the ranges have no weight; cells that a range cuts are split. Values spread evenly
 * over a cell, so a part has the share of its steps.
 */
function narrowAttribute(
  attribute: NumericAttribute,
  ranges: readonly StepRange[],
): { attribute: NumericAttribute; shares: Float64Array } {
  const { codec, bins, fineWeights } = attribute;
  const { starts, lastStep } = codec.grid;
  const cuts = ranges.flatMap(({ first, last }) => [first, last + 1]).filter((step) => step <= lastStep);
  const split = Float64Array.from(new Set([...starts, ...cuts])).sort();
  const weights = new Float64Array(split.length - 1);
  const shares = new Float64Array(bins.length);
  let [next, range] = [0, 0];
  const firstCells = bins.map((firstCell, bin) => {
    const endCell = bins[bin + 1] ?? starts.length - 1;
    const begin = next;
    // A bin without weight is drawn evenly over its values.
    const isEven = fineWeights.subarray(firstCell, endCell).every((weight) => weight === 0);
    let [inside, total] = [0, 0];
    for (let cell = firstCell; cell < endCell; cell++) {
      const width = starts[cell + 1]! - starts[cell]!;
      for (; split[next]! < starts[cell + 1]!; next++) {
        while (range < ranges.length && ranges[range]!.last < split[next]!) range++;
        const part = ((isEven ? width : fineWeights[cell]!) * (split[next + 1]! - split[next]!)) / width;
        const isInside = range < ranges.length && ranges[range]!.first <= split[next]!;
        weights[next] = isInside ? part : 0;
        total += part;
        inside += weights[next]!;
      }
    }
    shares[bin] = inside === total ? 1 : inside / total;
    return begin;
  });
  const grid = { ...codec.grid, starts: split };
  return { attribute: { codec: { ...codec, grid }, bins: firstCells, fineWeights: weights }, shares };
}
