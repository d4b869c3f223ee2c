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

  it('shows the error bars of the model beside the distances, when its folder was named', async () => {
    const { schema, tables } = smallEvaluation();
    const result = await evaluateTables(schema, tables);
    expect(await renderInternalDossier(result)).not.toMatch(/From noise, at most|How exact the model is/);
    const [first = '', second = '', third = ''] = result.columns;
    const bar = { sigmaRows: 5, noiseOnly: 1, cells: 12 };
    const errorBars = {
      rows: 200,
      marginals: [
        { columns: [second, first], distance: 0.0625, ...bar },
        { columns: [first], distance: 0.03, ...bar },
      ],
      correlations: {
        columns: [first, second],
        values: [
          [1, -0.25],
          [-0.25, 1],
        ],
        errors: [
          [0, 0.04],
          [0.04, 0],
        ],
      },
    };
    const page = await renderInternalDossier({ ...result, errorBars });
    const row = (name: string) => new RegExp(`<tr><th scope="row">${name}</th>.*?</tr>`).exec(page)?.[0];
    expect(row(`${first} × ${second}`)).toContain('<td class="number">0.063</td></tr>');
    expect(row(`${first} × ${third}`)).toContain('<td class="number">not measured</td></tr>');
    expect(page).toContain('What the noise of the model explains of it, at most');
    expect(page).toMatch(/−0\.25[\s\S]{0,200}±\.04/);
    expect(page).toContain('± 4.900');
  });

  it('is the same text each time and escapes names from the tables', async () => {
    const { schema, tables } = smallEvaluation('<img src=x onerror=alert(1)>');
    const result = await evaluateTables(schema, tables);
    const page = await renderInternalDossier(result);
    expect(page).not.toContain('<img');
    expect(await renderInternalDossier(result)).toBe(page);
  });
});
