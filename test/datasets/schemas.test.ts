import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkSchema, parseSchema } from '../../src/table/schema-file.ts';

const DATASETS = join(import.meta.dirname, '../../datasets');
const SHARED = join(import.meta.dirname, '../../../shared/data');
const json = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

const names = readdirSync(DATASETS).filter((name) => existsSync(join(DATASETS, name, 'schema.json')));
const publicTables = ['adult', 'bank', 'german', 'titanic'];

describe('datasets', () => {
  it('every table folder has a schema and a card', () => {
    const folders = readdirSync(DATASETS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const tables = folders.map((entry) => entry.name).filter((name) => name !== 'simulator');
    expect(tables.filter((name) => !names.includes(name))).toEqual([]);
    expect(names.filter((name) => !existsSync(join(DATASETS, name, 'README.md')))).toEqual([]);
  });

  it.each(names)('%s: the schema is accepted for training, without remarks', (name) => {
    const { problems, notes } = checkSchema(json(DATASETS, name, 'schema.json'));
    expect(problems).toEqual([]);
    expect(notes).toEqual([]);
  });

  it.each(names)('%s: every fact is public and one column is the target', (name) => {
    const { fields } = parseSchema(json(DATASETS, name, 'schema.json'), name);
    for (const { domain } of fields) {
      if (domain.kind === 'categorical') expect(domain.categories.status).toBe('public');
      if (domain.kind === 'numeric') expect(domain.bounds.status).toBe('public');
    }
    expect(fields.filter((field) => field.roles.includes('target'))).toHaveLength(1);
    expect(fields.some((field) => field.roles.includes('protected'))).toBe(true);
  });

  it.skipIf(!existsSync(SHARED)).each(publicTables)(
    '%s: bins, categories and missing cells are those of the reference scores (skipped without ../shared/data)',
    (name) => {
      const bins = json(SHARED, name, 'bins.json');
      const { fields } = parseSchema(json(DATASETS, name, 'schema.json'), name);
      expect(fields.map((field) => field.name)).toEqual(Object.keys(bins.cols));
      for (const field of fields) {
        const spec = bins.cols[field.name];
        expect(field.nullable, field.name).toBe(spec.missing);
        expect(field.roles.includes('target'), field.name).toBe(field.name === bins.target);
        if (field.domain.kind === 'numeric') expect(field.domain.edges, field.name).toEqual(spec.edges);
        else expect(field.domain, field.name).toMatchObject({ categories: { value: spec.values } });
      }
    },
  );

  it.skipIf(!existsSync(SHARED)).each(publicTables)(
    '%s: no row of the real table lies in the project (skipped without ../shared/data)',
    (name) => {
      const texts = readdirSync(join(DATASETS, name)).map((file) => readFileSync(join(DATASETS, name, file), 'utf8'));
      const rows = readFileSync(join(SHARED, name, 'train.csv'), 'utf8')
        .split('\n')
        .slice(1, 200);
      expect(rows.filter((row) => row !== '' && texts.some((text) => text.includes(row)))).toEqual([]);
    },
  );
});
