import { readdirSync, readFileSync } from 'node:fs';
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

  it.each(names)('%s verifies, samples the same rows again, and carries its card', async (name) => {
    const model = join(MODELS, name);
    const { certificate } = await verify({ model });
    expect(Object.keys(certificate.artefacts)).toContain('card.md');
    const [first, second] = await Promise.all([1, 2].map(() => sampleTable({ model, rows: 500, seed: 3 })));
    expect(first?.table).toEqual(second?.table);
    expect([...(first?.table.columns.keys() ?? [])]).toEqual(first?.schema.fields.map((field) => field.name));
  });
});
