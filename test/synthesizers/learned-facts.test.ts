import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { calibratePlan } from '../../src/privacy/accounting/calibrate-plan.ts';
import { PrivacyRun } from '../../src/privacy/privacy-run.ts';
import { Private } from '../../src/privacy/private.ts';
import { createStream } from '../../src/random/stream.ts';
import { learnFacts, planLearnedFacts } from '../../src/synthesizers/learned-facts.ts';
import { parseSchema } from '../../src/table/schema-file.ts';
import { sampleTable } from '../../src/tasks/sample-table.ts';
import { train } from '../../src/tasks/train.ts';
import { StreamBits } from '../support/stream-bits.ts';
import { tableOf } from '../support/table-neighbours.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FIELDS = [
  { name: 'town', type: 'string', constraints: { required: true }, privacy: { categories: 'learn' } },
  { name: 'job', type: 'string', constraints: { required: true, enum: ['nurse', 'smith'] } },
  { name: 'height', type: 'number', constraints: { required: true }, privacy: { bounds: 'learn', precision: 0.1 } },
  { name: 'born', type: 'date', constraints: { required: true }, privacy: { bounds: 'learn' } },
];
const SCHEMA = parseSchema({ fields: FIELDS }, 'learn.schema.json');

const stream = createStream('learned facts');
const ROWS = Array.from({ length: 3000 }, (_, row) => ({
  town: ['Ulm', 'Bern', 'Rome'][row % 3] ?? 'Ulm',
  job: row % 2 === 0 ? 'nurse' : 'smith',
  height: 150 + stream.below(500) / 10,
  born: 2048 + stream.below(8000),
}));

describe('learned facts', () => {
  it('are planned one by one, with sensitivities and a part of delta', () => {
    const shares = planLearnedFacts(SCHEMA, { unitRows: 3, delta: 1e-6 });
    expect(shares.map(({ label }) => label)).toEqual(['categories:town', 'bounds:height', 'bounds:born']);
    expect(shares.map((share) => ('l2Sensitivity' in share ? share.l2Sensitivity : 0))).toEqual([3, 3, 3]);
    expect(shares[0]).toMatchObject({ kind: 'stability-threshold', delta: 1e-7 });
    expect(planLearnedFacts({ ...SCHEMA, fields: SCHEMA.fields.slice(1, 2) }, { unitRows: 1, delta: 1e-6 })).toEqual(
      [],
    );
  });

  it('are the categories that many share and bounds that hold the values', async () => {
    const budget = { epsilon: 2, delta: 1e-6 };
    const { plan } = calibratePlan(planLearnedFacts(SCHEMA, { unitRows: 1, delta: budget.delta }), budget);
    const mechanisms = new PrivacyRun({ plan, bits: new StreamBits('facts') });
    const table = tableOf(SCHEMA, [...ROWS, { town: 'Nowhere', job: 'smith', height: 1e9, born: -1e9 }]);
    const { categories, bounds } = await learnFacts(Private.seal(table), { schema: SCHEMA, plan, mechanisms });
    expect(categories.get('town')).toEqual(['Bern', 'Rome', 'Ulm']);
    expect(categories.has('job')).toBe(false);
    // Heights of 1500 to 1999 tenths lie in [2^10, 2^11), birthdays in 2^11 to 2^14 days.
    expect(bounds.get('height')?.minimum).toBeCloseTo(102.4, 9);
    expect(bounds.get('height')?.maximum).toBeCloseTo(204.7, 9);
    expect(bounds.get('born')).toEqual({ minimum: 2048, maximum: 16_383 });
  });

  it('carry a training from file to sample', async () => {
    const folder = await temporaryFolder('learned');
    const day = (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10);
    const lines = ROWS.map(({ town, job, height, born }) => [town, job, height, day(born)].join(','));
    writeFileSync(join(folder, 'people.csv'), ['town,job,height,born', ...lines].join('\n'));
    writeFileSync(join(folder, 'people.schema.json'), JSON.stringify({ fields: FIELDS }));
    const model = join(folder, 'model');
    await train({
      table: join(folder, 'people.csv'),
      schema: join(folder, 'people.schema.json'),
      model: 'independent',
      epsilon: 4,
      delta: 1e-6,
      out: model,
    });
    const { table } = await sampleTable({ model, rows: 500, seed: 1 });
    const heights = table.columns.get('height');
    const values = heights?.kind === 'number' ? [...heights.values].sort((a, b) => a - b) : [];
    expect(values).toHaveLength(500);
    expect(values[250]).toBeGreaterThan(160);
    expect(values[250]).toBeLessThan(190);
  });
});
