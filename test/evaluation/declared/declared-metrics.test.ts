import { describe, expect, it } from 'vitest';
import { alignTables } from '../../../src/evaluation/aligned-tables.ts';
import { declaredMetrics } from '../../../src/evaluation/declared/declared-metrics.ts';
import type { Metric, Scope } from '../../../src/evaluation/metric.ts';
import { schemaOf, tableFromTexts } from '../../support/evaluation-tables.ts';
import { categorical, numeric } from '../../support/small-tables.ts';

const schema = schemaOf([
  numeric('age', 0, 10),
  { ...numeric('must', 0, 10), nullable: false },
  numeric('free'),
  categorical('sex', ['f', 'm', 'x']),
  { ...categorical('city', ['a', 'b']), nullable: false },
  categorical('label', ['no', 'yes']),
]);
const NAMES = schema.fields.map(({ name }) => name);
const CHOICES = { protectedColumns: ['sex'], target: 'label' };

const synthetic = tableFromTexts(schema, NAMES, [
  ['5', '5', '99', 'f', 'a', 'yes'],
  ['11', '11', '1', 'f', 'Mars', 'no'],
  ['', '', '', 'm', '', ''],
  ['0', '10', '2', '', 'b', 'maybe'],
]);

function measure(real = synthetic): readonly Metric<'synthetic-only'>[] {
  return declaredMetrics(schema, alignTables(schema, { real, synthetic }), CHOICES);
}

function shareOf(id: string, scope: Scope): number | null | undefined {
  return measure().find((metric) => metric.id === id && JSON.stringify(metric.scope) === JSON.stringify(scope))?.value;
}

describe('numbers of the synthetic table and the public schema alone', () => {
  it('count values within declared bounds and lists, missing ones as the schema allows', () => {
    expect(shareOf('declared-boundary-adherence', { column: 'age' })).toBeCloseTo(2 / 3, 12);
    expect(shareOf('declared-boundary-adherence', { column: 'must' })).toBe(2 / 4);
    expect(shareOf('declared-boundary-adherence', null)).toBeCloseTo((2 / 3 + 1 / 2) / 2, 12);
    expect(shareOf('declared-category-adherence', { column: 'sex' })).toBe(1);
    expect(shareOf('declared-category-adherence', { column: 'city' })).toBe(2 / 4);
    expect(shareOf('declared-category-adherence', { column: 'label' })).toBe(3 / 4);
  });

  it('leave out a column whose bounds or categories are not public, as a group and as a target too', () => {
    expect(shareOf('declared-boundary-adherence', { column: 'free' })).toBeUndefined();
    const learnt = { ...categorical('sex', ['f', 'm', 'x']) };
    const fields = schema.fields.map((field) =>
      ['sex', 'label'].includes(field.name)
        ? { ...learnt, name: field.name, domain: { ...learnt.domain, categories: { status: 'learn' as const } } }
        : field,
    ) as typeof schema.fields;
    const open = { ...schema, fields };
    const found = declaredMetrics(open, alignTables(open, { real: synthetic, synthetic }), CHOICES);
    expect(found.map(({ scope }) => JSON.stringify(scope)).join()).not.toMatch(/sex|label/);
    expect(found.map(({ id }) => id)).toContain('declared-category-adherence');
  });

  it('give every declared group its share and positive share, undefined where nobody is', () => {
    const group = (sex: string) => ({ group: { sex } });
    expect(shareOf('synthetic-group-share', group('f'))).toBe(2 / 4);
    expect(shareOf('synthetic-group-share', group('x'))).toBe(0);
    expect(shareOf('synthetic-base-rate', group('f'))).toBe(1 / 2);
    expect(shareOf('synthetic-base-rate', group('m'))).toBeNull();
  });

  it('do not change with any other table, hold no baseline and say where they come from', () => {
    const other = tableFromTexts(schema, NAMES, [['7', '7', '7', 'alien', 'Venus', 'perhaps']]);
    expect(measure(other)).toEqual(measure());
    for (const { provenance, baseline } of measure()) {
      expect(provenance).toBe('synthetic-only');
      expect(baseline).toBeNull();
    }
  });
});
