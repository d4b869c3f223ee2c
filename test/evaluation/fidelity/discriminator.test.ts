import { describe, expect, it } from 'vitest';
import { prepareEvaluation } from '../../../src/evaluation/evaluation-input.ts';
import { discriminatorFamily } from '../../../src/evaluation/fidelity/discriminator-family.ts';
import type { Metric } from '../../../src/evaluation/metric.ts';
import { type CaseName, hasReference, readCase } from '../../support/reference-cases.ts';

async function measure(name: CaseName): Promise<Readonly<Record<string, Metric>>> {
  const { schema, tables } = readCase(name);
  const metrics = await discriminatorFamily.compute(prepareEvaluation(schema, tables));
  return Object.fromEntries(
    metrics.map((metric) => [`${metric.id}${metric.variant === 'binned' ? ' binned' : ''}`, metric]),
  );
}

describe('discriminator', () => {
  it.skipIf(!hasReference)(
    'independent columns are recognised, a holdout is not (skipped when ../shared is absent)',
    async () => {
      const found = await measure('indep');
      expect(found['discriminator-auc']?.value).toBeGreaterThan(0.95);
      expect(Math.abs((found['discriminator-auc']?.baseline ?? 0) - 0.5)).toBeLessThan(0.04);
      expect(found['pmse-ratio']?.value).toBeGreaterThan(5);
      expect(found['pmse-ratio']?.baseline).toBeLessThan(1.3);
    },
  );

  it.skipIf(!hasReference)(
    'a coarse private table is near the holdout (skipped when ../shared is absent)',
    async () => {
      const found = await measure('dphist');
      expect(Math.abs((found['discriminator-auc']?.value ?? 0) - 0.59)).toBeLessThan(0.03);
    },
  );

  it.skipIf(!hasReference)(
    'on bins a realistic generator scores as in the reference, far below the score on its cells (skipped when ../shared is absent)',
    async () => {
      const found = await measure('ctgan');
      expect(Math.abs((found['discriminator-auc binned']?.value ?? 0) - 0.8)).toBeLessThan(0.03);
      expect(found['discriminator-auc']?.value).toBeGreaterThan(0.9);
    },
  );
});
