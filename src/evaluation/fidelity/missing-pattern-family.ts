import { MISSING_CODE } from '../../table/columns.ts';
import { type AlignedColumn, codesOf, type TableRole, valuesOf } from '../aligned-tables.ts';
import type { EvaluationInput, MetricFamily } from '../families.ts';
import { normalInterval } from '../intervals.ts';
import { type Metric, privateMetric } from '../metric.ts';
import { type Distance, totalVariation } from '../total-variation.ts';

/** Which cells of a row are missing together. */
export const missingPatternFamily: MetricFamily = {
  name: 'missing patterns',
  definitions: [
    {
      id: 'missing-pattern-tvd',
      title: 'Distance of missingness patterns',
      section: 'fidelity',
      better: 'lower',
      definition: 'Total variation distance between the distributions of the pattern of missing cells in a row.',
      criticism:
        'With many nullable columns most patterns are rare and sampling error dominates; read it against the holdout.',
    },
  ],
  compute: missingPatternMetrics,
};

function missingPatternMetrics(input: EvaluationInput): readonly Metric[] {
  const real = patternCounts(input, 'real');
  const distance = distanceOf(real, patternCounts(input, 'synthetic'));
  return [
    privateMetric({
      id: 'missing-pattern-tvd',
      scope: null,
      value: distance.value,
      baseline: input.hasHoldout ? distanceOf(real, patternCounts(input, 'holdout')).value : null,
      interval: normalInterval(distance.value, distance.standardError),
      better: 'lower',
      details: { patterns: real.size },
    }),
  ];
}

/** Rows per pattern; a pattern is the list of its missing columns. */
function patternCounts(input: EvaluationInput, role: TableRole): ReadonlyMap<string, number> {
  const rows = input.aligned.rowCounts[role] ?? 0;
  const patterns: string[] = new Array<string>(rows).fill('');
  input.aligned.columns.forEach((column, index) => {
    const isMissing = missingIn(column, role);
    for (let row = 0; row < rows; row += 1) if (isMissing(row)) patterns[row] += `${index} `;
  });
  const counts = new Map<string, number>();
  for (const pattern of patterns) counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  return counts;
}

/** Tells whether the column is missing in a row. */
function missingIn(column: AlignedColumn, role: TableRole): (row: number) => boolean {
  if (column.kind === 'number') {
    const values = valuesOf(column, role);
    return (row) => Number.isNaN(values[row]);
  }
  const codes = codesOf(column, role);
  return (row) => codes[row] === MISSING_CODE;
}

function distanceOf(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): Distance {
  const patterns = [...new Set([...left.keys(), ...right.keys()])];
  const counts = (table: ReadonlyMap<string, number>) => Float64Array.from(patterns, (key) => table.get(key) ?? 0);
  return totalVariation({ left: counts(left), right: counts(right) });
}
