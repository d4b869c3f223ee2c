import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rational } from '../../src/math/rational.ts';
import { DiscreteGaussianSampler } from '../../src/privacy/noise/discrete-gaussian.ts';
import { SYNTHESIZERS } from '../../src/synthesizers/registry.ts';
import { planTraining } from '../../src/tasks/plan-training.ts';
import { train } from '../../src/tasks/train.ts';
import { verifyModel } from '../../src/tasks/verify.ts';
import { useFolders } from '../support/ledger.ts';
import { StreamBits } from '../support/stream-bits.ts';

const folder = useFolders();

const SCHEMA = {
  fields: [
    { name: 'city', type: 'string', constraints: { required: true, enum: ['north', 'south', 'west'] } },
    {
      name: 'age',
      type: 'integer',
      constraints: { required: true, minimum: 0, maximum: 99 },
      privacy: { bins: [0, 20, 40, 60, 100] },
    },
    { name: 'pay', type: 'number', constraints: { required: true }, privacy: { bounds: 'learn', precision: 1 } },
    { name: 'town', type: 'string', constraints: { required: true }, privacy: { categories: 'learn' } },
  ],
  privacy: { population: 5000 },
};

async function schemaFile(change: object = {}): Promise<{ readonly home: string; readonly schema: string }> {
  const home = await folder();
  const schema = join(home, 'people.schema.json');
  await writeFile(schema, JSON.stringify({ ...SCHEMA, ...change }));
  return { home, schema };
}

const BUDGET = { epsilon: 2, delta: 1e-6 };

describe('planTraining', () => {
  it.each(SYNTHESIZERS.filter(({ quickOptions }) => quickOptions === undefined).map(({ name }) => name))(
    '%s: what the user sees beforehand is what the certificate lists afterwards, and it costs at most the budget',
    async (model) => {
      const { home, schema } = await schemaFile();
      const table = join(home, 'people.csv');
      const plan = await planTraining({ schema, model, ...BUDGET });
      expect(plan.accountedEpsilon).toBeLessThanOrEqual(BUDGET.epsilon);
      expect(plan.purposes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 10);
      expect(plan.purposes.reduce((sum, { events }) => sum + events, 0)).toBeGreaterThanOrEqual(plan.events.length);
      expect(plan.seconds).toBeGreaterThan(0);
      expect(plan.bytes).toBeGreaterThan(2 ** 26);
      expect(await readdir(home)).toEqual(['people.schema.json']);
      await writeFile(table, `city,age,pay,town\n${'north,30,5,Ulm\nsouth,70,6,Rome\n'.repeat(20)}`);
      await train({ table, schema, model, ...BUDGET, out: join(home, 'model') });
      const { certificate } = await verifyModel({ model: join(home, 'model') });
      expect(certificate.events).toEqual(plan.events);
    },
  );

  it('what is to be learned has lines of its own, and every purpose of the plan names its share', async () => {
    const { schema } = await schemaFile();
    const { purposes, columns } = await planTraining({ schema, model: 'mst', ...BUDGET });
    const text = purposes.map(({ purpose }) => purpose).join('; ');
    expect(text).toMatch(/categories of town/);
    expect(text).toMatch(/bounds of pay/);
    for (const { share } of purposes) expect(share).toBeGreaterThan(0);
    expect(columns.map((column) => column.columns)).toEqual([['city'], ['age']]);
  });

  it('the expected error of a column is that of its noise, by simulation', async () => {
    const { schema } = await schemaFile();
    const { columns, events } = await planTraining({ schema, model: 'independent', ...BUDGET });
    const age = columns.find((column) => column.columns[0] === 'age');
    const event = events.find(({ label }) => label === 'measure:age')?.event;
    if (event?.kind !== 'discrete-gaussian' || age === undefined) throw new Error('age is measured');
    const [numerator, denominator = '1'] = event.variance.split('/');
    const bits = new StreamBits('plan error');
    const noise = new DiscreteGaussianSampler(bits, rational(BigInt(numerator!), BigInt(denominator)));
    const runs = 4000;
    let distance = 0;
    for (let draw = 0; draw < runs * age.cells; draw++) distance += Math.abs(noise.draw()) / 2 / 5000 / runs;
    // Standard error: sqrt(1 - 2/pi)·sigma per draw, 16,000 or more draws: below 1 %.
    expect(age.distance! / distance).toBeGreaterThan(0.95);
    expect(age.distance! / distance).toBeLessThan(1.05);
  });

  it('the noise of a copula pair is that of the mean of its measurements', async () => {
    const { schema } = await schemaFile();
    const { pairs, events } = await planTraining({ schema, model: 'copula', ...BUDGET });
    const event = events.find(({ label }) => label === 'measure:pairs')?.event;
    if (event?.kind !== 'discrete-gaussian') throw new Error('pairs are measured');
    const [numerator, denominator = '1'] = event.variance.split('/');
    const perPair = event.count / 6;
    expect(pairs.map(({ columns }) => columns)).toEqual([['city', 'age']]);
    expect(pairs[0]!.sigmaRows ** 2).toBeCloseTo(Number(numerator) / Number(denominator) / perPair, 6);
  });

  it('a model with a cost of its own says so: a network takes longer by more steps and more memory than counting', async () => {
    const { schema } = await schemaFile();
    const planned = async (model: string, modelOptions?: Record<string, number>) =>
      planTraining({ schema, model, ...BUDGET, ...(modelOptions === undefined ? {} : { modelOptions }) });
    const [counted, short, long] = [
      await planned('aim'),
      await planned('ctgan', { finalSteps: 1 }),
      await planned('ctgan', { finalSteps: 100_000 }),
    ];
    expect(short.bytes).toBeGreaterThan(counted.bytes);
    expect(long.seconds).toBeGreaterThan(10 * short.seconds);
    expect(long.bytes).toBe(short.bytes);
  });

  it('more budget never means a larger expected error', async () => {
    const { schema } = await schemaFile();
    const errors = await Promise.all(
      [0.5, 1, 4].map(async (epsilon) => (await planTraining({ schema, model: 'mst', epsilon, delta: 1e-6 })).columns),
    );
    for (const column of [0, 1]) {
      const sigmas = errors.map((columns) => columns[column]!.sigmaRows);
      expect(sigmas).toEqual([...sigmas].sort((a, b) => b - a));
    }
  });
});
