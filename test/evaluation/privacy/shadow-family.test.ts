import { describe, expect, it } from 'vitest';
import { evaluateTables } from '../../../src/evaluation/evaluate-tables.ts';
import type { DeepAttack } from '../../../src/evaluation/privacy/shadow-family.ts';
import { DEFAULT_POLICY } from '../../../src/evaluation/verdict/policy.ts';
import { judge } from '../../../src/evaluation/verdict/verdict.ts';
import { smallEvaluation } from '../../support/small-tables.ts';

const deep = (fit: DeepAttack['fit']): DeepAttack => ({
  generator: 'a copier',
  epsilon: 0.1,
  delta: 0,
  fit,
  shadows: 160,
  targets: 2,
  rows: 10,
});

describe('deep mode', () => {
  it('a generator that copies while it claims a small epsilon is found out, and held', async () => {
    const { schema, tables } = smallEvaluation();
    const { metrics, notes } = await evaluateTables(schema, tables, {
      sections: ['privacy'],
      deep: deep((training) => training),
    });
    const find = (id: string) => metrics.find((metric) => metric.id === id);
    expect(find('shadow-auc')?.value).toBeGreaterThan(0.8);
    expect(find('shadow-epsilon-lower')?.value).toBeGreaterThan(0.5);
    expect(notes.join()).not.toContain('refitted');
    const verdict = judge({ metrics, policy: DEFAULT_POLICY, hasHoldout: true, claim: { epsilon: 50, delta: 0 } });
    expect(verdict.rules.find(({ id }) => id === 'epsilon')).toMatchObject({ state: 'fired', gate: 'HOLD' });
  });

  it('is not run, and said not to be, unless it is asked for', async () => {
    const { schema, tables } = smallEvaluation();
    const { metrics, notes } = await evaluateTables(schema, tables, { sections: ['privacy'] });
    expect(metrics.filter(({ id }) => id.startsWith('shadow'))).toEqual([]);
    expect(notes.join()).toContain('refitted');
  });
});
