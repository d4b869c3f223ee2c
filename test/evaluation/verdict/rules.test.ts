import { describe, expect, it } from 'vitest';
import { prepareEvaluation } from '../../../src/evaluation/evaluation-input.ts';
import { type Metric, privateMetric } from '../../../src/evaluation/metric.ts';
import { replayFamily } from '../../../src/evaluation/privacy/replay-family.ts';
import { DEFAULT_POLICY } from '../../../src/evaluation/verdict/policy.ts';
import { judge, type VerdictInput } from '../../../src/evaluation/verdict/verdict.ts';
import { schemaOf, tableFromTexts } from '../../support/evaluation-tables.ts';
import { numeric } from '../../support/small-tables.ts';

const SAFE: VerdictInput = {
  metrics: [],
  policy: DEFAULT_POLICY,
  hasHoldout: true,
  claim: { epsilon: 1, delta: 1e-9 },
  identifiers: [],
};

describe('verdict', () => {
  it('a certificate and no finding: nothing objects', () => {
    expect(judge(SAFE)).toMatchObject({ word: 'RELEASE', leakage: 'not-found' });
  });

  it('no certificate holds, and a policy may soften that', () => {
    const { claim: _, ...uncertified } = SAFE;
    expect(judge(uncertified)).toMatchObject({ word: 'HOLD', leakage: 'not-found' });
    const policy = (withoutCertificate: 'review' | 'ignore') => ({ ...DEFAULT_POLICY, withoutCertificate });
    expect(judge({ ...uncertified, policy: policy('review') }).word).toBe('REVIEW');
    expect(judge({ ...uncertified, policy: policy('ignore') }).word).toBe('RELEASE');
  });

  it('an evaluation of some parts asks for review and names what it left out', () => {
    const { word, rules } = judge({ ...SAFE, sections: ['privacy', 'fidelity'] });
    expect(word).toBe('REVIEW');
    expect(rules.find(({ id }) => id === 'complete')?.finding).toBe('This evaluation left out usefulness, fairness.');
    expect(judge({ ...SAFE, sections: ['fairness', 'privacy', 'usefulness', 'fidelity'] }).word).toBe('RELEASE');
  });

  it('an identifier in the synthetic table holds, certificate or not, and is named by its column', () => {
    const identifiers = [{ column: 'contact', finding: '3 of 9 distinct values look like a e-mail address.' }];
    const found = judge({ ...SAFE, identifiers });
    expect(found).toMatchObject({ word: 'HOLD', leakage: 'found' });
    expect(found.rules.find(({ id }) => id === 'identifiers')?.finding).toContain('contact');
  });

  it('a table that nobody scanned is not called clean', () => {
    const { identifiers: _, ...unscanned } = SAFE;
    expect(judge(unscanned).rules.find(({ id }) => id === 'identifiers')?.state).toBe('not-tested');
  });

  it('without a holdout attacks are undetermined, never passed', () => {
    const { rules, word } = judge({ ...SAFE, hasHoldout: false });
    expect(word).toBe('REVIEW');
    for (const id of ['attack-risk', 'membership', 'replay'])
      expect(rules.find((rule) => rule.id === id)?.state).toBe('undetermined');
  });

  it('a group loses usefulness certainly, certainly not, or undetermined with the rows that would tell', () => {
    const drop = (value: number, interval: readonly [number, number]) =>
      privateMetric({
        id: 'group-auc-drop',
        variant: 'logistic',
        scope: { group: { sex: 'Female' } },
        value,
        interval,
        better: 'lower',
        details: { rows: 100 },
      });
    const harmless = drop(0, [-0.02, 0.02]);
    const judged = (...metrics: readonly Metric[]) => {
      const { rules, word } = judge({ ...SAFE, metrics });
      return { word, ...rules.find(({ id }) => id === 'group-usefulness') };
    };
    expect(judged(harmless)).toMatchObject({ word: 'RELEASE', state: 'passed' });
    expect(judged(harmless, drop(0.1, [0.06, 0.14]))).toMatchObject({ word: 'REVIEW', state: 'fired' });
    const open = judged(harmless, drop(0.01, [-0.07, 0.09]));
    expect(open).toMatchObject({ word: 'REVIEW', state: 'undetermined' });
    // Half width 0.08 at 100 rows must shrink to 0.04, the distance from the limit: four times the rows.
    expect(open.finding).toContain('About 400 test rows');
    expect(judged(drop(0.05, [0, 0.1])).finding).not.toContain('About');
  });

  it('a holdout that shares people with training is found, one that coincides as training does with itself is not', async () => {
    const schema = schemaOf([numeric('a'), numeric('b')]);
    const table = (rows: readonly string[][]) => tableFromTexts(schema, ['a', 'b'], [...rows]);
    const judged = async (real: readonly string[][], holdout: readonly string[][]) => {
      const tables = { real: table(real), synthetic: table(people(900)), holdout: table(holdout) };
      const metrics = await replayFamily.compute(prepareEvaluation(schema, tables));
      return judge({ ...SAFE, metrics }).rules.find(({ id }) => id === 'holdout')?.state;
    };
    const people = (from: number) => Array.from({ length: 200 }, (_, row) => [String(from + row), String(row % 3)]);
    const coarse = Array.from({ length: 200 }, (_, row) => [String(row % 4), '1']);
    expect(await judged(people(0), people(500))).toBe('passed');
    expect(await judged(people(0), [...people(0).slice(0, 20), ...people(500).slice(20)])).toBe('fired');
    expect(await judged(people(0), people(0))).toBe('fired');
    expect(await judged(coarse, coarse)).toBe('passed');
  });
});
