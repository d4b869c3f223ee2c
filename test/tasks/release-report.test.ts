import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EvaluateOptions } from '../../src/tasks/evaluate.ts';
import { evaluate } from '../../src/tasks/evaluate.ts';
import { train } from '../../src/tasks/train.ts';

const SCHEMA = {
  fields: [
    {
      name: 'age',
      type: 'integer',
      constraints: { minimum: 0, maximum: 99, required: true },
      privacy: { bins: [0, 25, 50, 75, 99] },
    },
    { name: 'sex', type: 'string', constraints: { enum: ['f', 'm'] }, privacy: { role: ['protected'] } },
    { name: 'income', type: 'string', constraints: { enum: ['low', 'high'] }, privacy: { role: ['target'] } },
  ],
};
/** Stands in the real tables only; must not reach a document that leaves. */
const CANARY = 'canary-7351';

const csv = (rows: number, shift: number, sex = 'f') =>
  [
    'age,sex,income',
    ...Array.from(
      { length: rows },
      (_, i) => `${(i * 37 + shift) % 100},${i % 3 ? 'm' : sex},${(i * 37 + shift) % 100 > 50 ? 'high' : 'low'}`,
    ),
  ].join('\n');

describe('releasable report from files', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  const before = process.env.XDG_STATE_HOME;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tabveil-release-'));
    process.env.XDG_STATE_HOME = join(folder, 'state');
    writeFileSync(at('s.json'), JSON.stringify(SCHEMA));
    writeFileSync(at('real.csv'), csv(400, 0, CANARY));
    writeFileSync(at('syn.csv'), csv(300, 1));
    writeFileSync(at('test.csv'), csv(200, 2, CANARY));
  });
  afterEach(() => {
    if (before === undefined) delete process.env.XDG_STATE_HOME;
    else process.env.XDG_STATE_HOME = before;
    rmSync(folder, { recursive: true, force: true });
  });
  const options = (release: EvaluateOptions['release']): EvaluateOptions => ({
    realPath: at('real.csv'),
    syntheticPath: at('syn.csv'),
    holdoutPath: at('test.csv'),
    schemaPath: at('s.json'),
    sections: ['fidelity'],
    ...(release && { release }),
  });

  it('shows the error bars of the model when its folder is named, and nothing else of it', async () => {
    await train({ table: at('real.csv'), schema: at('s.json'), model: 'mst', epsilon: 2, delta: 1e-9, out: at('m') });
    await evaluate({
      ...options({ htmlPath: at('r.html'), jsonPath: at('r.json') }),
      certificatePath: at('m'),
    });
    const { errorBars, claim } = JSON.parse(readFileSync(at('r.json'), 'utf8'));
    expect(claim).toMatchObject({ epsilon: 2, unit: 'one row', synthesizer: 'mst' });
    expect(errorBars.marginals.map(({ columns }: { columns: string[] }) => columns)).toContainEqual(['age']);
    for (const { sigmaRows, distance, noiseOnly, cells } of errorBars.marginals) {
      expect(sigmaRows).toBeGreaterThan(0);
      expect(distance).toBeGreaterThan(0);
      expect(noiseOnly).toBeLessThanOrEqual(cells);
    }
    const page = readFileSync(at('r.html'), 'utf8');
    expect(page).toContain('How exact the model is');
    expect(page).not.toContain(CANARY);
    await evaluate({ ...options({ htmlPath: at('r.html') }), certificatePath: join(at('m'), 'certificate.json') });
    expect(readFileSync(at('r.html'), 'utf8')).not.toContain('How exact the model is');
  });

  it('buys numbers once; a second purchase needs a grant, and then nothing is written', async () => {
    const result = await evaluate(options({ htmlPath: at('r.html'), jsonPath: at('r.json'), epsilon: 2 }));
    const report = JSON.parse(readFileSync(at('r.json'), 'utf8'));
    expect(
      report.payments.map((payment: { table: string; epsilon: number }) => [payment.table, payment.epsilon]),
    ).toEqual([
      ['training', 2],
      ['holdout', 2],
    ]);
    expect(report.metrics.map((metric: { provenance: string }) => metric.provenance)).not.toContain('private');
    expect(report.metrics.some((metric: { id: string }) => metric.id === 'k-marginal')).toBe(true);
    expect(result.spent?.filter((note) => note.includes('no ledger')).length).toBe(2);
    await expect(evaluate(options({ htmlPath: at('again.html'), epsilon: 2 }))).rejects.toMatchObject({
      kind: 'budget',
    });
    expect(existsSync(at('again.html'))).toBe(false);
  });

  it.each(['real.csv', 'test.csv'])(
    'never describes a private table that was named as the synthetic one: %s',
    async (name) => {
      writeFileSync(at('syn.csv'), readFileSync(at(name)));
      await expect(evaluate(options({ htmlPath: at('r.html'), jsonPath: at('r.json') }))).rejects.toMatchObject({
        ...{ kind: 'input', code: 'evaluate.same-synthetic' },
      });
      for (const written of ['r.html', 'r.json']) expect(existsSync(at(written))).toBe(false);
    },
  );

  it('holds no text that only real rows have', async () => {
    await evaluate(options({ htmlPath: at('r.html'), jsonPath: at('r.json'), epsilon: 1 }));
    for (const name of ['r.html', 'r.json']) expect(readFileSync(at(name), 'utf8')).not.toContain(CANARY);
  });

  it('without a budget it is the same document for any real table, and for a group that is named twice', async () => {
    await evaluate({ ...options({ jsonPath: at('a.json') }), protectedColumns: ['sex'] });
    writeFileSync(at('real.csv'), csv(37, 9));
    await evaluate({ ...options({ jsonPath: at('b.json') }), protectedColumns: ['sex', 'sex'] });
    expect(readFileSync(at('b.json'), 'utf8')).toBe(readFileSync(at('a.json'), 'utf8'));
    const { metrics } = JSON.parse(readFileSync(at('a.json'), 'utf8')) as { metrics: { provenance: string }[] };
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.every(({ provenance }) => provenance === 'synthetic-only')).toBe(true);
  });

  it('numbers are bought for rows only, but a table of entities may have a report without them', async () => {
    const key = { name: 'id', type: 'string', privacy: { role: 'identifier' } };
    const unit = { unit: { entity: ['id'], maxRows: 2 } };
    writeFileSync(at('s.json'), JSON.stringify({ fields: [key, ...SCHEMA.fields], privacy: unit }));
    for (const name of ['real.csv', 'syn.csv', 'test.csv']) {
      const [header = '', ...rows] = readFileSync(at(name), 'utf8').trim().split('\n');
      writeFileSync(at(name), [`id,${header}`, ...rows.map((row, index) => `${index},${row}`)].join('\n'));
    }
    await evaluate(options({ jsonPath: at('r.json') }));
    expect(JSON.parse(readFileSync(at('r.json'), 'utf8')).payments).toEqual([]);
    await expect(evaluate(options({ jsonPath: at('again.json'), epsilon: 1 }))).rejects.toMatchObject({
      kind: 'usage',
      code: 'report.unit',
    });
  });

  it('refuses a draft schema: facts drawn from data are not public', async () => {
    const fields = SCHEMA.fields.map((field) => ({
      ...field,
      privacy: { ...field.privacy, unconfirmed: ['constraints'] },
    }));
    writeFileSync(at('s.json'), JSON.stringify({ fields }));
    await expect(evaluate(options({ jsonPath: at('a.json') }))).rejects.toMatchObject({ kind: 'input' });
    expect(existsSync(at('a.json'))).toBe(false);
  });
});
