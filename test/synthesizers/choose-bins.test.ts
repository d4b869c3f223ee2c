import { describe, expect, it } from 'vitest';
import { isNumeric } from '../../src/encode/table-codec.ts';
import { calibratePlan } from '../../src/privacy/accounting/calibrate-plan.ts';
import { PrivacyRun } from '../../src/privacy/privacy-run.ts';
import { Private } from '../../src/privacy/private.ts';
import { createStream } from '../../src/random/stream.ts';
import { planBins } from '../../src/synthesizers/choose-bins.ts';
import { fitTable, planTableShares } from '../../src/synthesizers/fit-table.ts';
import { independent } from '../../src/synthesizers/independent.ts';
import type { Table } from '../../src/table/columns.ts';
import { checkSchema, parseSchema } from '../../src/table/schema-file.ts';
import { replayNeighbours } from '../support/record-replay.ts';
import { StreamBits } from '../support/stream-bits.ts';
import { neighbourPairs } from '../support/table-neighbours.ts';
import { trainingOf } from '../support/table-training.ts';

const numeric = (name: string, binning: string) => ({
  name,
  type: 'integer',
  constraints: { required: true, minimum: 0, maximum: 999 },
  privacy: { binning },
});
const schema = parseSchema({ fields: [numeric('halved', 'quantiles'), numeric('grown', 'tree')] }, 'bins.schema.json');

function skewedTable(rows: number): Table {
  const stream = createStream(17, 'bins');
  const column = () => ({
    kind: 'number' as const,
    values: Float64Array.from({ length: rows }, () => Math.floor(1000 * stream.nextFloat() ** 4)),
  });
  return {
    rowCount: rows,
    columns: new Map([
      ['halved', column()],
      ['grown', column()],
    ]),
  };
}

describe('bins that are bought', () => {
  it('are asked for alike on neighbouring tables, within the declared sensitivity', async () => {
    const pairs = neighbourPairs(schema, skewedTable(12), createStream(5));
    expect(await replayNeighbours(trainingOf(independent, schema), pairs)).toEqual([]);
  });

  it('are finer where the rows are', async () => {
    const budget = { epsilon: 3, delta: 1e-6 };
    const { plan } = calibratePlan(planTableShares(schema, { synthesizer: independent, options: {}, budget }), budget);
    const { codec } = await fitTable(Private.seal(skewedTable(5000)), {
      schema,
      synthesizer: independent,
      options: {},
      budget,
      plan,
      mechanisms: new PrivacyRun({ plan, bits: new StreamBits('bins') }),
      boundingKey: new Uint8Array(32),
    });
    for (const attribute of codec.attributes) {
      if (!isNumeric(attribute)) throw new Error('both columns are numeric');
      const below = attribute.bins.filter((cell) => cell < 250).length;
      expect(below, attribute.codec.name).toBeGreaterThan(attribute.bins.length / 2);
      expect(attribute.bins.length, attribute.codec.name).toBeGreaterThan(8);
    }
  });

  it('refuse quantile cuts for entities of several rows, before anything is planned', () => {
    expect(() => planBins(schema, 2)).toThrow(/quantile/i);
  });

  it('cannot be asked for where edges are declared', () => {
    const field = { ...numeric('age', 'tree'), privacy: { binning: 'tree', bins: [0, 500, 999] } };
    expect(checkSchema({ fields: [field] }).problems.join()).toContain('take one of the two out');
  });
});
