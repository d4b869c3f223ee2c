import { describe, expect, it } from 'vitest';
import { type QueryResult, resultError, workloadMetrics } from '../../../src/evaluation/usefulness/workload.ts';

const result = (columns: readonly string[], rows: QueryResult['rows'], tableRows = 1): QueryResult => ({
  columns,
  rows,
  tableRows,
});

describe('workload queries', () => {
  it('rows are matched by their texts, not by their order', () => {
    const a = result(
      ['city', 'mean'],
      [
        ['x', 10],
        ['y', 20],
      ],
    );
    const b = result(
      ['city', 'mean'],
      [
        ['y', 20],
        ['x', 10],
      ],
    );
    expect(resultError(a, b)).toBe(0);
  });

  it('a row that one side lacks counts as wholly wrong', () => {
    const a = result(
      ['city', 'mean'],
      [
        ['x', 10],
        ['y', 20],
      ],
    );
    expect(resultError(a, result(['city', 'mean'], [['x', 5]]))).toBeCloseTo((0.5 + 1) / 2, 12);
  });

  it('counts and sums are compared per row of their table, means are not', () => {
    const real = result(['count_star()', 'sum(x)', 'avg(x)'], [[100, 500, 5]], 1000);
    const half = result(['count_star()', 'sum(x)', 'avg(x)'], [[50, 250, 5]], 500);
    expect(resultError(real, half)).toBe(0);
    expect(resultError(result(['avg(x)'], [[4]], 10), result(['avg(x)'], [[8]], 20))).toBe(0.5);
  });

  it('missing equals missing and differs from everything else; empty results agree', () => {
    expect(resultError(result(['a'], [[null]]), result(['a'], [[null]]))).toBe(0);
    expect(resultError(result(['a'], [[null]]), result(['a'], [[1]]))).toBe(1);
    expect(resultError(result(['a'], []), result(['a'], []))).toBe(0);
  });

  it('the mean names its worst query', () => {
    const one = result(['a'], [[1]]);
    const metrics = workloadMetrics([
      { query: 'good', real: one, synthetic: one },
      { query: 'bad', real: one, synthetic: result(['a'], [[2]]), holdout: one },
    ]);
    expect(metrics[0]).toMatchObject({
      id: 'workload-error',
      value: 0.25,
      baseline: 0,
      details: { worstQuery: 'bad' },
    });
  });
});
