import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sampleTable, verify } from '../src/index.ts';

const MODELS = resolve(import.meta.dirname, '../models');
const names = readdirSync(MODELS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe('shipped models', () => {
  it('are all listed in the table of models/README.md', () => {
    const listed = [...readFileSync(join(MODELS, 'README.md'), 'utf8').matchAll(/^\| `([\w-]+)` \|/gm)];
    expect(listed.map(([, name]) => name).sort()).toEqual([...names].sort());
  });

  it('cover every simulated world with the synthesizers that were there when they were made', () => {
    const expected = ['lending', 'hiring', 'hospital'].flatMap((world) =>
      ['aim', 'mst', 'copula', 'ctgan', 'independent'].map((model) => `${world}-${model}`),
    );
    expect(names).toEqual(expect.arrayContaining(expected));
  });

  it('stay small: a few hundred kilobytes each, three megabytes in all', () => {
    const sizes = names.map((name) =>
      readdirSync(join(MODELS, name)).reduce((sum, file) => sum + statSync(join(MODELS, name, file)).size, 0),
    );
    expect(Math.max(...sizes)).toBeLessThan(600_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3_000_000);
  });

  it.each(names)('%s verifies, samples the same rows again, and carries its card', async (name) => {
    const model = join(MODELS, name);
    const { certificate } = await verify({ model });
    expect(Object.keys(certificate.artefacts)).toContain('card.md');
    const [first, second] = await Promise.all([1, 2].map(() => sampleTable({ model, rows: 500, seed: 3 })));
    expect(first?.table).toEqual(second?.table);
    expect([...(first?.table.columns.keys() ?? [])]).toEqual(first?.schema.fields.map((field) => field.name));
  });
});
