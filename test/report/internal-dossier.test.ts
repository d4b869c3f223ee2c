import { describe, expect, it } from 'vitest';
import { evaluateTables } from '../../src/evaluation/evaluate-tables.ts';
import { PRIVATE_BANNER, renderInternalDossier } from '../../src/report/internal-dossier.ts';
import { smallEvaluation } from '../support/small-tables.ts';

describe('internal dossier', () => {
  it('is one self-contained text: no script, no address to load from, and the private banner', async () => {
    const { schema, tables } = smallEvaluation();
    const page = await renderInternalDossier(await evaluateTables(schema, tables));
    expect(page).toContain(PRIVATE_BANNER);
    expect(page).not.toMatch(/<script|\son\w+=|url\(|src=|@import/i);
    expect(
      [...page.matchAll(/https?:\/\/[^"' <]+/g)].map((m) => m[0]).filter((a) => !a.startsWith('http://www.w3.org/')),
    ).toEqual([]);
  });

  it('gives every picture a title and words, with identifiers that do not repeat', async () => {
    const { schema, tables } = smallEvaluation();
    const page = await renderInternalDossier(await evaluateTables(schema, tables));
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map((m) => m[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, labels] of page.matchAll(/role="img" aria-labelledby="([^"]+)"/g)) {
      for (const id of (labels ?? '').split(' ')) expect(ids).toContain(id);
    }
  });

  it('is the same text each time and escapes names from the tables', async () => {
    const { schema, tables } = smallEvaluation('<img src=x onerror=alert(1)>');
    const result = await evaluateTables(schema, tables);
    const page = await renderInternalDossier(result);
    expect(page).not.toContain('<img');
    expect(await renderInternalDossier(result)).toBe(page);
  });
});
