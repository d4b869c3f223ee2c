import { beforeAll, describe, expect, it } from 'vitest';
import { type EvaluationResult, evaluateTables } from '../../../src/evaluation/evaluate-tables.ts';
import type { Metric } from '../../../src/evaluation/metric.ts';
import { DEFAULT_POLICY } from '../../../src/evaluation/verdict/policy.ts';
import { judge } from '../../../src/evaluation/verdict/verdict.ts';
import { type CaseName, hasReference, readCase } from '../../support/reference-cases.ts';

const CASES = ['copies', 'indep', 'ctgan', 'noisy', 'dphist'] as const;
type Name = (typeof CASES)[number];

const KEYS: Readonly<Record<Name, readonly string[]>> = {
  copies: ['sex', 'race', 'marital', 'education', 'age'],
  indep: ['sex', 'race', 'marital', 'education', 'age'],
  ctgan: ['sex', 'race', 'marital', 'education', 'age'],
  noisy: ['sex', 'race', 'marital', 'education', 'age'],
  dphist: ['sex', 'race', 'age_band', 'edu_band'],
};

const results = new Map<CaseName, EvaluationResult>();

beforeAll(async () => {
  if (!hasReference) return;
  for (const name of CASES) {
    const { schema, tables } = readCase(name);
    // Fidelity of columns and pairs has tests of its own; the discriminator is part of the story here.
    const options = { target: 'income', protectedColumns: ['sex', 'race'], keys: KEYS[name] };
    results.set(name, await evaluateTables(schema, tables, options));
  }
}, 1_800_000);

function find(name: Name, id: string, variant?: string, scope?: object): Metric {
  const found = results
    .get(name)
    ?.metrics.find(
      (metric) =>
        metric.id === id &&
        (variant === undefined || metric.variant === variant) &&
        (scope === undefined || JSON.stringify(metric.scope) === JSON.stringify(scope)),
    );
  if (!found) throw new Error(`${name} has no ${id} ${variant ?? ''}`);
  return found;
}

function stateOf(name: Name, rule: string): string | undefined {
  return results.get(name)?.verdict.rules.find(({ id }) => id === rule)?.state;
}

/** Rules that hold a release because of leakage. */
const LEAKAGE = ['attack-risk', 'membership', 'replay', 'epsilon'];
const leaks = (name: Name) => LEAKAGE.filter((rule) => stateOf(name, rule) === 'fired');

describe.skipIf(!hasReference)('five cases come out as they must (skipped when ../shared is absent)', () => {
  it('copies: HOLD, and every attack fires', () => {
    expect(results.get('copies')?.verdict.word).toBe('HOLD');
    expect(leaks('copies')).toEqual(['attack-risk', 'membership', 'replay']);
    expect(find('copies', 'exact-match').value).toBe(0.5);
    expect(find('copies', 'exact-match').baseline).toBe(0);
    expect(find('copies', 'membership-auc', 'all').value).toBeGreaterThan(0.65);
    expect(find('copies', 'singling-out', 'univariate').value).toBeGreaterThan(0.9);
    expect(find('copies', 'disco').value).toBeCloseTo(0.417, 9);
    expect(find('copies', 'disco').baseline).toBeCloseTo(0.2725, 9);
  });

  it('copies: the inference risk is the share of leaked training rows', () => {
    expect(find('copies', 'inference').value).toBeGreaterThan(0.45);
    expect(find('copies', 'inference').value).toBeLessThan(0.56);
  });

  it('indep: condemned by usefulness and discriminator, and found replaying single values', () => {
    expect(stateOf('indep', 'usefulness')).toBe('fired');
    expect(stateOf('indep', 'discriminator')).toBe('fired');
    expect(stateOf('indep', 'replay')).toBe('fired');
    expect(find('indep', 'tstr-auc', 'logistic').value).toBeCloseTo(0.4298, 3);
    expect(find('indep', 'unique-value-replay', undefined, { column: 'fnlwgt' }).value).toBeGreaterThan(0.5);
    // A useless model looks fair; the report must not show one without the other.
    expect(find('indep', 'demographic-parity-difference', 'logistic', { column: 'sex' }).value).toBeCloseTo(0.0048, 3);
  });

  it('ctgan: not held for leakage, only for the certificate that it lacks', () => {
    const { verdict, metrics = [] } = results.get('ctgan') ?? {};
    expect(leaks('ctgan')).toEqual([]);
    expect(verdict?.leakage).not.toBe('found');
    const holding = verdict?.rules.filter(({ gate, state }) => gate === 'HOLD' && state === 'fired');
    expect(holding?.map(({ id }) => id)).toEqual(['certificate']);
    const claim = { epsilon: 8, delta: 1e-9 };
    expect(judge({ metrics, policy: DEFAULT_POLICY, hasHoldout: true, claim }).word).toBe('REVIEW');
    expect(find('ctgan', 'tstr-ratio', 'logistic').value).toBeGreaterThan(0.97);
    expect(find('ctgan', 'disco').value).toBeGreaterThan(0.37);
  });

  it('noisy: caught by membership inference where exact matches see nothing', () => {
    expect(find('noisy', 'exact-match').value).toBe(0);
    expect(stateOf('noisy', 'membership')).toBe('fired');
    expect(find('noisy', 'membership-auc', 'all').value).toBeGreaterThan(0.63);
    expect(find('noisy', 'representation-ratio', undefined, { group: { race: 'Martian' } }).value).toBeNull();
  });

  it('dphist: not condemned by exact matches, its inflated minorities shown', () => {
    expect(find('dphist', 'exact-match').value).toBeCloseTo(0.8465, 9);
    expect(find('dphist', 'exact-match').baseline).toBeCloseTo(0.8295, 9);
    expect(find('dphist', 'dcr-share').value).toBeCloseTo(0.51075, 9);
    expect(leaks('dphist')).toEqual([]);
    expect(stateOf('dphist', 'representation')).toBe('fired');
    expect(
      find('dphist', 'representation-ratio', undefined, { group: { race: 'Amer-Indian-Eskimo' } }).value,
    ).toBeCloseTo(4.15, 9);
    expect(find('dphist', 'group-k-marginal', undefined, { group: { race: 'Other' } }).value).toBeCloseTo(0, 9);
  });

  it('fairness equals the reference by sex', () => {
    for (const [name, expected, baseline] of [
      ['copies', 0.1781, 0.2069],
      ['ctgan', 0.2479, 0.2069],
      ['dphist', 0.2662, 0.2358],
    ] as const) {
      const found = find(name, 'demographic-parity-difference', 'logistic', { column: 'sex' });
      expect(found.value).toBeCloseTo(expected, 3);
      expect(found.baseline).toBeCloseTo(baseline, 3);
    }
  });

  it('the same seed gives the same numbers', async () => {
    const { schema, tables } = readCase('dphist');
    const options = { target: 'income', protectedColumns: ['sex', 'race'], keys: KEYS.dphist };
    expect(await evaluateTables(schema, tables, options)).toEqual(results.get('dphist'));
  });
});
