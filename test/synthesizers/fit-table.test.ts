import { describe, expect, it } from 'vitest';
import { isNumeric } from '../../src/encode/table-codec.ts';
import { calibratePlan } from '../../src/privacy/accounting/calibrate-plan.ts';
import { PrivacyRun } from '../../src/privacy/privacy-run.ts';
import { Private } from '../../src/privacy/private.ts';
import { fitTable, planTableShares } from '../../src/synthesizers/fit-table.ts';
import { independent } from '../../src/synthesizers/independent.ts';
import { SYNTHESIZERS } from '../../src/synthesizers/registry.ts';
import type { TableSchema } from '../../src/table/schema.ts';
import { parseSchema } from '../../src/table/schema-file.ts';
import { StreamBits } from '../support/stream-bits.ts';
import { type Row, tableOf } from '../support/table-neighbours.ts';
import { UNIT_SCHEMAS } from '../support/table-training.ts';

const BUDGET = { epsilon: 20, delta: 1e-6 };

/** Fits `independent` to rows with reproducible noise. */
async function learn(schema: TableSchema, rows: readonly Row[], seed = 'fit table') {
  const shares = planTableShares(schema, { synthesizer: independent, options: {}, budget: BUDGET });
  const { plan } = calibratePlan(shares, BUDGET);
  const mechanisms = new PrivacyRun({ plan, bits: new StreamBits(seed) });
  const request = { schema, synthesizer: independent, options: {}, budget: BUDGET, plan, mechanisms };
  const fitted = await fitTable(Private.seal(tableOf(schema, rows)), { ...request, boundingKey: new Uint8Array(32) });
  return { fitted, mechanisms, plan };
}

const town = { name: 'town', type: 'string', constraints: { required: true }, privacy: { categories: 'learn' } };
const learnTown = parseSchema({ fields: [town] }, 'town.schema.json');
const times = (count: number, row: Row): Row[] => Array.from({ length: count }, () => row);

describe('learned categories', () => {
  it('are those of many rows, sorted by code point, with the rest as other', async () => {
    const rows = [...times(300, { town: 'Ulm' }), ...times(200, { town: 'bern' }), ...times(100, { town: 'Rome' })];
    const { fitted } = await learn(learnTown, [...rows, { town: 'a hamlet of one' }, { town: null }]);
    expect(fitted.learned.categories.get('town')).toEqual(['Rome', 'Ulm', 'bern']);
    const [attribute] = fitted.codec.attributes;
    expect(attribute?.codec).toMatchObject({ labels: ['Rome', 'Ulm', 'bern', 'other'], hasMissing: false });
  });

  it('never include the category of one row, whatever the noise', async () => {
    for (let run = 0; run < 50; run++) {
      const { fitted } = await learn(learnTown, [...times(50, { town: 'Ulm' }), { town: `unique ${run}` }], `${run}`);
      expect(fitted.learned.categories.get('town')?.filter((name) => name.startsWith('unique'))).toEqual([]);
    }
  });

  it('are none in an empty table, which still fits', async () => {
    const { fitted } = await learn(learnTown, []);
    expect(fitted.learned.categories.get('town')).toEqual([]);
    expect(fitted.codec.attributes[0]?.codec).toMatchObject({ labels: ['other'] });
  });
});

describe('fine histograms', () => {
  const pay = {
    name: 'pay',
    type: 'number',
    constraints: { required: true, minimum: 0, maximum: 100_000 },
    privacy: { precision: 1 },
  };
  const schema = parseSchema({ fields: [pay] }, 'pay.schema.json');

  it('are bought for numeric columns of many values, and spikes survive in them', async () => {
    const rows = [
      ...times(900, { pay: 0 }),
      ...times(600, { pay: 99_999 }),
      ...Array.from({ length: 500 }, (_, row) => ({ pay: 30_000 + 10 * row })),
    ];
    const { fitted, plan } = await learn(schema, rows);
    expect(plan.map(({ label }) => label)).toEqual(['fine:pay', 'measure:pay']);
    const [attribute] = fitted.codec.attributes;
    if (attribute === undefined || !isNumeric(attribute)) throw new Error('pay is numeric');
    const { starts } = attribute.codec.grid;
    const weightAt = (value: number) => attribute.fineWeights[starts.findLastIndex((start) => start <= value)] ?? 0;
    expect(weightAt(0)).toBeGreaterThan(800);
    expect(weightAt(99_999)).toBeGreaterThan(400);
    expect(weightAt(60_000)).toBeLessThan(50);
  });

  it('are not bought when every value has a cell of its own', () => {
    const age = { name: 'age', type: 'integer', constraints: { minimum: 1, maximum: 10 } };
    const flat = parseSchema({ fields: [age] }, 'age.schema.json');
    const shares = planTableShares(flat, { synthesizer: independent, options: {}, budget: BUDGET });
    expect(shares.map(({ label }) => label)).toEqual(['measure:age']);
  });
});

describe('the plan of a table', () => {
  it.each(SYNTHESIZERS.map((synthesizer) => ({ name: synthesizer.name, synthesizer })))(
    '$name: has unique labels, weights that sum to 1, and the sensitivity of the unit in every line',
    ({ synthesizer }) => {
      for (const schema of Object.values(UNIT_SCHEMAS)) {
        const shares = planTableShares(schema, { synthesizer, options: {}, budget: BUDGET });
        expect(new Set(shares.map(({ label }) => label)).size).toBe(shares.length);
        expect(shares.reduce((sum, { weight, count = 1 }) => sum + weight * count, 0)).toBeCloseTo(1, 12);
        const unit = schema.unit.kind === 'row' ? 1 : schema.unit.maxRows;
        const sensitivities = shares.flatMap((share) => ('l2Sensitivity' in share ? [share.l2Sensitivity] : []));
        expect(new Set(sensitivities)).toEqual(new Set([unit]));
        expect(shares.some(({ label }) => label === 'dropped-rows')).toBe(schema.unit.kind === 'entity');
      }
    },
  );

  it('is spent to the last event by independent columns', async () => {
    const rows = times(40, { id: 'p', color: 'red', ward: 'a', age: 7, pay: 12, town: 'Ulm' });
    for (const schema of Object.values(UNIT_SCHEMAS)) {
      const { mechanisms, fitted } = await learn(schema, rows);
      expect(mechanisms.unspent).toEqual([]);
      expect(fitted.droppedRows !== undefined).toBe(schema.unit.kind === 'entity');
    }
  });
});
