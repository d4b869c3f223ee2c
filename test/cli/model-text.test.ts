import { describe, expect, it } from 'vitest';
import { renderCorrelations, renderMarginal } from '../../src/cli/model-text.ts';

const column = { name: 'x', kind: 'numeric', type: 'number', cells: 4, mayBeMissing: true } as const;

describe('renderMarginal', () => {
  it('says mean and median of a number with error bars, and what is missing', () => {
    const marginal = {
      missing: 0.125,
      shareError: 0.01,
      mean: { value: 12.34, error: 0.56 },
      quantiles: [{ level: 0.5, value: 11, low: 10, high: 12 }],
    };
    expect(renderMarginal({ ...column, marginal })).toBe('mean 12.34 ± 0.56, median 11 (10 to 12), missing 12.5 %');
  });

  it('writes dates as dates', () => {
    const marginal = { shareError: 0, quantiles: [{ level: 0.5, value: 1, low: 0, high: 2 }] };
    expect(renderMarginal({ ...column, type: 'date', marginal })).toBe('median 1970-01-02 (1970-01-01 to 1970-01-03)');
  });

  it('writes errors of dates and moments in units of time, and moments to the second', () => {
    const day = { value: 1, error: 6.2 };
    expect(renderMarginal({ ...column, type: 'date', marginal: { shareError: 0, mean: day } })).toBe(
      'mean 1970-01-02 ± 6.2 days',
    );
    const moment = (error: number) =>
      renderMarginal({ ...column, type: 'datetime', marginal: { shareError: 0, mean: { value: 1102, error } } });
    expect(moment(860_000_000)).toBe('mean 1970-01-01T00:00:01 ± 10 days');
    expect(moment(7_200_000)).toBe('mean 1970-01-01T00:00:01 ± 2 hours');
    expect(moment(90_000)).toBe('mean 1970-01-01T00:00:01 ± 1.5 minutes');
  });

  it('says the commonest categories and how many more there are; nothing when nothing is known', () => {
    const shares = ['a', 'b', 'c', 'd', 'e', 'f'].map((label, at) => ({ label, share: 0.3 - at / 20 }));
    expect(renderMarginal({ ...column, marginal: { shareError: 0.002, shares } })).toBe(
      'a 30.0 %, b 25.0 %, c 20.0 %, d 15.0 %, 2 more (each ± 0.2 %)',
    );
    expect(renderMarginal(column)).toBe('');
  });
});

describe('renderCorrelations', () => {
  const details = {
    columns: ['age', 'pay', 'city'],
    correlations: [
      [1, 0.5, -0.1],
      [0.5, 1, 0.02],
      [-0.1, 0.02, 1],
    ],
    standardErrors: [
      [0, 0.01, 0.02],
      [0.01, 0, 0.03],
      [0.02, 0.03, 0],
    ],
    valueCorrelations: [
      [0, 0.4, 0],
      [0.4, 0, 0],
      [0, 0, 0],
    ],
    valueErrors: [
      [0, 0.06, 0],
      [0.06, 0, 0],
      [0, 0, 0],
    ],
  };

  it('draws lower triangles with error bars, of numbers alone in the second', () => {
    const [latent, values] = renderCorrelations(details);
    expect(latent).toContain('0.50±.01');
    expect(latent).toContain('3 city');
    expect(values).toContain('0.40±.06');
    expect(values).not.toContain('city');
  });

  it('lists the strongest pairs of a large matrix', () => {
    const size = 20;
    const matrix = (of: (row: number, column: number) => number) =>
      Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, at) => of(row, at)));
    const [text] = renderCorrelations({
      columns: Array.from({ length: size }, (_, at) => `c${at}`),
      correlations: matrix((row, at) => (row + at === 3 && row !== at ? 0.9 : 0.1)),
      standardErrors: matrix((row, at) => (row === at ? 0 : 0.05)),
    });
    expect(text).toContain('190 pairs in all');
    expect(text!.split('\n')[3]).toMatch(/c[01] × c[23] +0\.90±\.05/);
  });

  it('draws nothing for models without matrices', () => {
    expect(renderCorrelations({ cliques: [['a', 'b']], cells: 5 })).toEqual([]);
  });
});
