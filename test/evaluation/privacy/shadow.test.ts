import { describe, expect, it } from 'vitest';
import { attackWithShadows, type ShadowFit, takeRows } from '../../../src/evaluation/privacy/shadow.ts';
import { createStream } from '../../../src/random/stream.ts';
import type { Table } from '../../../src/table/columns.ts';
import { schemaOf, tableFromTexts } from '../../support/evaluation-tables.ts';
import { categorical, numeric } from '../../support/small-tables.ts';

const schema = schemaOf([numeric('x', 0, 100), categorical('c', ['a', 'b', 'z'])]);

/** Ordinary people, and in row 0 somebody who stands out. */
function population(): Table {
  const stream = createStream(3);
  const rows = Array.from({ length: 80 }, () => [String(stream.below(50)), ['a', 'b'][stream.below(2)] ?? 'a']);
  return tableFromTexts(schema, ['x', 'c'], [['97', 'z'], ...rows]);
}

const copy: ShadowFit = (training) => training;
const constant: ShadowFit = () =>
  takeRows(
    population(),
    Int32Array.from({ length: 30 }, (_, i) => i + 1),
  );
const attack = (fit: ShadowFit, targets: readonly number[], shadows = 120) =>
  attackWithShadows({ schema, population: population(), targets, fit, shadows, stream: createStream(5) });

describe('shadow-model attack', () => {
  it('tells the membership of an outlier from a generator that copies, and proves an epsilon', async () => {
    const [outlier] = await attack(copy, [0]);
    expect(outlier?.auc).toBeGreaterThan(0.99);
    expect(outlier?.bound.epsilonLower).toBeGreaterThan(1);
  });

  it('cannot tell anything from a generator that ignores its training rows', async () => {
    for (const result of await attack(constant, [0, 5])) {
      expect(Math.abs((result.auc ?? 0.5) - 0.5)).toBeLessThan(0.3);
      expect(result.bound.epsilonLower).toBeLessThan(0.6);
    }
  });

  it('the same seed attacks in the same way', async () => {
    expect(await attack(copy, [0, 4], 24)).toEqual(await attack(copy, [0, 4], 24));
  });

  it('refuses targets that are no rows, and too few shadows', async () => {
    await expect(attack(copy, [81])).rejects.toMatchObject({ code: 'shadow.targets' });
    await expect(attack(copy, [])).rejects.toMatchObject({ code: 'shadow.targets' });
    await expect(attack(copy, [0], 5)).rejects.toMatchObject({ code: 'shadow.count' });
  });
});
