import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRIVATE_BANNER } from '../../src/report/internal-dossier.ts';
import { evaluate } from '../../src/tasks/evaluate.ts';

const SCHEMA = {
  fields: [
    {
      name: 'age',
      type: 'integer',
      constraints: { minimum: 0, maximum: 99, required: true },
      privacy: { bins: [0, 25, 50, 75, 99] },
    },
    { name: 'city', type: 'string', constraints: { enum: ['a', 'b', 'c'] } },
  ],
};

const csv = (rows: number, shift: number) =>
  [
    'age,city',
    ...Array.from({ length: rows }, (_, i) => `${(i * 37 + shift) % 100},${['a', 'b', 'c', ''][(i + shift) % 4]}`),
  ].join('\n');

describe('evaluate', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tabveil-evaluate-'));
    writeFileSync(at('s.json'), JSON.stringify(SCHEMA));
    writeFileSync(at('real.csv'), csv(200, 0));
    writeFileSync(at('syn.csv'), csv(100, 1));
    writeFileSync(at('test.csv'), csv(80, 2));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const paths = () => ({ realPath: at('real.csv'), syntheticPath: at('syn.csv'), schemaPath: at('s.json') });

  it('writes the dossier and the JSON of exactly the result it returns', async () => {
    const phases = new Set<string>();
    const result = await evaluate(
      { ...paths(), holdoutPath: at('test.csv'), htmlPath: at('r.html'), jsonPath: at('r.json') },
      { onProgress: ({ phase }) => phases.add(phase) },
    );
    expect(JSON.parse(readFileSync(at('r.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(result)));
    expect(readFileSync(at('r.html'), 'utf8')).toContain(PRIVATE_BANNER);
    expect(result.rows).toEqual({ real: 200, synthetic: 100, holdout: 80 });
    expect(phases.size).toBeGreaterThan(3);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('every metric is well formed: finite or null, intervals around their order, a definition for its identifier', async () => {
    const { METRIC_DEFINITIONS } = await import('../../src/evaluation/registry.ts');
    const choices = { target: 'city', protectedColumns: ['city'], secrets: ['age'] };
    const { metrics } = await evaluate({ ...paths(), ...choices, holdoutPath: at('test.csv') });
    for (const metric of metrics) {
      expect(METRIC_DEFINITIONS.has(metric.id), metric.id).toBe(true);
      for (const value of [metric.value, metric.baseline, ...(metric.interval ?? [])]) {
        expect(value === null || Number.isFinite(value), `${metric.id} ${value}`).toBe(true);
      }
      if (metric.interval) expect(metric.interval[0]).toBeLessThanOrEqual(metric.interval[1]);
      if (metric.value === null) expect(metric.note, metric.id).toBeTruthy();
      if (metric.value !== null && metric.interval === null) expect(metric.intervalNote, metric.id).toBeTruthy();
    }
    const keys = metrics.map(({ id, variant, scope }) => JSON.stringify([id, variant, scope]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('shows groups and categories that the synthetic table invents, though the schema lists the others', async () => {
    writeFileSync(at('invented.csv'), csv(100, 1).replaceAll(/,b$/gm, ',Martian'));
    const result = await evaluate({
      ...paths(),
      syntheticPath: at('invented.csv'),
      holdoutPath: at('test.csv'),
      protectedColumns: ['city'],
    });
    const find = (id: string, scope: object) =>
      result.metrics.find((metric) => metric.id === id && JSON.stringify(metric.scope) === JSON.stringify(scope));
    expect(find('representation-ratio', { group: { city: 'Martian' } })).toMatchObject({ value: null });
    expect(find('representation-ratio', { group: { city: 'b' } })?.value).toBe(0);
    expect(find('category-adherence', { column: 'city' })?.value).toBeLessThan(0.8);
    const rule = result.verdict.rules.find(({ id }) => id === 'representation');
    expect(rule).toMatchObject({ state: 'fired' });
    expect(rule?.finding).toContain('Martian');
  });

  it('says that there is no holdout, and gives no baseline', async () => {
    const result = await evaluate(paths());
    expect(result.notes.join()).toContain('no holdout');
    expect(result.metrics.filter((metric) => metric.baseline !== null)).toEqual([]);
  });

  it('an unwritable output is one clear failure that leaves nothing behind', async () => {
    await expect(evaluate({ ...paths(), htmlPath: join(folder, 'absent', 'r.html') })).rejects.toMatchObject({
      kind: 'input',
      code: 'report.unwritable',
    });
  });

  it('a holdout that is the training table itself is refused before anything is measured', async () => {
    const { realPath } = paths();
    await expect(evaluate({ ...paths(), holdoutPath: realPath })).rejects.toMatchObject({
      kind: 'input',
      code: 'evaluate.same-holdout',
    });
  });

  it('stops when it is told to', async () => {
    await expect(evaluate(paths(), { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});
