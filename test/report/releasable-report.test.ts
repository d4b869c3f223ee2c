import { describe, expect, it } from 'vitest';
import type { Metric } from '../../src/evaluation/metric.ts';
import {
  type ReleasableReport,
  renderReleasableJson,
  renderReleasableReport,
  requireReleasable,
} from '../../src/report/releasable-report.ts';

const METRIC = {
  id: 'k-marginal',
  scope: null,
  value: 900,
  baseline: null,
  interval: [890, 910],
  better: 'higher',
} as const;

const REPORT: ReleasableReport = {
  format: 'tabveil-releasable-report',
  version: 1,
  claim: { epsilon: 1, delta: 1e-9 },
  payments: [{ table: 'training', dataset: 'd', entry: 'e', epsilon: 0.1, delta: 1e-9, purposes: ['row count'] }],
  metrics: [{ ...METRIC, provenance: 'dp' }],
  synthetic: { rows: 10, sha256: 'abc', profiles: [{ column: 'age', labels: ['0 – 9'], shares: { synthetic: [1] } }] },
  columns: ['age'],
  software: '0',
  day: '2026-01-01',
};

describe('releasable report', () => {
  it('shows paid numbers, their price and the guarantee, and loads nothing', async () => {
    const page = await renderReleasableReport(REPORT);
    expect(page).toContain('epsilon 1, delta 1e-9');
    expect(page).toContain('row count');
    expect(page).toContain('890 to 910');
    expect(page).not.toMatch(/<script|PRIVATE/);
    expect(JSON.parse(renderReleasableJson(REPORT))).toEqual(REPORT);
  });

  it('draws the correlations of the synthetic table, with words for those who do not see it', async () => {
    const correlations = {
      columns: ['age', 'income', 'member'],
      values: [
        [1, 0.8, -0.25],
        [0.8, 1, null],
        [-0.25, null, 1],
      ],
    };
    const page = await renderReleasableReport({ ...REPORT, synthetic: { ...REPORT.synthetic, correlations } });
    expect(page).toContain('Strongest: income with age 0.80; member with age -0.25.');
    expect(page).toContain('−0.25');
    expect(await renderReleasableReport(REPORT)).not.toContain('Rank correlations');
  });

  it('refuses a private number by type and at run time', async () => {
    const metric: Metric<'private'> = { ...METRIC, provenance: 'private' };
    // @ts-expect-error a private metric has no place in a releasable report
    const smuggled: ReleasableReport = { ...REPORT, metrics: [metric] };
    await expect(renderReleasableReport(smuggled)).rejects.toMatchObject({ code: 'report.private-value' });
    expect(() => renderReleasableJson(smuggled)).toThrow(/private/);
  });

  it('shows what the synthetic table says of itself apart from what was bought, and no private number beside it', async () => {
    const own = { ...METRIC, id: 'declared-category-adherence', provenance: 'synthetic-only' } as const;
    const page = await renderReleasableReport({ ...REPORT, metrics: [...REPORT.metrics, own] });
    expect(page).toContain('The synthetic table by itself');
    expect(await renderReleasableReport(REPORT)).not.toContain('The synthetic table by itself');
    expect(await renderReleasableReport({ ...REPORT, metrics: [own] })).toContain('No quality numbers were bought.');
    const beside = { ...REPORT, metrics: [{ ...own, baseline: 0.9 }] };
    expect(() => requireReleasable(beside)).toThrow(/beside the same number of a private table/);
  });

  it('refuses profiles of private tables and whole private documents', () => {
    const profiles = [{ column: 'age', labels: ['0'], shares: { synthetic: [1], real: [1] } }];
    expect(() => requireReleasable({ ...REPORT, synthetic: { ...REPORT.synthetic, profiles } })).toThrow(
      /private table/,
    );
    expect(() => requireReleasable({ ...REPORT, private: true } as ReleasableReport)).toThrow(/marked as private/);
  });
});
