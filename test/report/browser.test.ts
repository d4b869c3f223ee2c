/// <reference lib="dom" />
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EvaluationResult, evaluateTables } from '../../src/evaluation/evaluate-tables.ts';
import { renderInternalDossier } from '../../src/report/internal-dossier.ts';
import { findChromium, writePdf } from '../../src/report/pdf.ts';
import { renderReleasableReport } from '../../src/report/releasable-report.ts';
import { renderScanPage } from '../../src/report/scan-page.ts';
import { smallEvaluation } from '../support/small-tables.ts';

const path = await findChromium();

const THEMES = ['light', 'dark'] as const;
const WIDTHS = [400, 1400] as const;
const LOOKS = THEMES.flatMap((theme) => WIDTHS.map((width) => ({ theme, width })));
const DOCUMENTS = ['dossier', 'release', 'scan'] as const;

/** Pages of a PDF: page objects that are not the page tree. */
function countPages(pdf: Buffer): number {
  return pdf.toString('latin1').match(/\/Type\s*\/Page(?!s)/g)?.length ?? 0;
}

/** The longest texts that the first page may get. */
function crowded(result: EvaluationResult): EvaluationResult {
  const long =
    'A very long sentence about something that nobody could measure because of one thing or another. '.repeat(4);
  const files = ['real', 'synthetic', 'holdout', 'schema', 'policy', 'queries'].map((role) => ({
    role,
    name: `${'long-name-'.repeat(12)}.csv`,
    sha256: 'f'.repeat(64),
  }));
  const rules = result.verdict.rules.map((rule) => ({ ...rule, state: 'fired' as const, finding: long }));
  return {
    ...result,
    notes: Array.from({ length: 9 }, () => long),
    claim: { epsilon: 1.25, delta: 1e-9, unit: 'all rows of one customer (at most 16)', synthesizer: 'aim' },
    verdict: { ...result.verdict, word: 'HOLD', rules },
    origin: { files, software: '0.1.0', day: '2026-01-01', purpose: long, recipients: long },
  };
}

describe.skipIf(path === undefined)('reports in a real browser (skipped when no Chromium is installed)', () => {
  let browser: Browser;
  let folder = '';
  let result: EvaluationResult;
  const at = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tabveil-browser-'));
    const { schema, tables } = smallEvaluation();
    result = await evaluateTables(schema, tables, {
      target: 'income',
      protectedColumns: ['city'],
      secrets: ['income'],
    });
    writeFileSync(at('dossier.html'), await renderInternalDossier(result));
    writeFileSync(at('crowded.html'), await renderInternalDossier(crowded(result)));
    const profiles = result.profiles.map(({ shares, ...rest }) => ({
      ...rest,
      shares: { synthetic: shares.synthetic ?? [] },
    }));
    const release = await renderReleasableReport({
      format: 'tabveil-releasable-report',
      version: 1,
      claim: { epsilon: 1, delta: 1e-9 },
      payments: [{ table: 'training', dataset: 'd', entry: 'e', epsilon: 0.1, delta: 1e-9, purposes: ['row count'] }],
      metrics: [],
      synthetic: { rows: 10, sha256: 'f'.repeat(64), profiles },
      columns: result.columns,
      software: '0',
      day: '2026-01-01',
    });
    writeFileSync(at('release.html'), release);
    const finding = { kind: 'near-unique', severity: 'high', matches: 1, of: 1, advice: 'Leave it out.' } as const;
    const findings = [{ ...finding, column: 'x', finding: 'Points at one person.' }];
    writeFileSync(at('scan.html'), renderScanPage({ rows: 10, columns: ['x'], findings, notes: [] }));
    browser = await chromium.launch({ executablePath: path as string, args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function visit<T>(
    name: string,
    look: { readonly theme: 'light' | 'dark'; readonly width: number },
    work: (page: Page) => Promise<T>,
  ): Promise<{ readonly answer: T; readonly complaints: readonly string[] }> {
    const page = await browser.newPage({ colorScheme: look.theme, viewport: { width: look.width, height: 900 } });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) complaints.push(request.url());
    });
    await page.goto(pathToFileURL(at(`${name}.html`)).href);
    try {
      return { answer: await work(page), complaints };
    } finally {
      await page.close();
    }
  }

  it.each(DOCUMENTS)(
    '%s: silent console, no network, no sideways scrolling, in both themes, narrow and wide',
    async (name) => {
      for (const look of LOOKS) {
        const { answer, complaints } = await visit(name, look, (page) =>
          page.evaluate(() => {
            const root = document.documentElement;
            return { overflow: root.scrollWidth - root.clientWidth, words: (document.body.textContent ?? '').length };
          }),
        );
        expect(complaints, JSON.stringify(look)).toEqual([]);
        expect(answer.overflow, JSON.stringify(look)).toBe(0);
        expect(answer.words).toBeGreaterThan(100);
      }
    },
  );

  it('texts stand out from their ground by the 4.5 to 1 of WCAG AA, in both themes', async () => {
    for (const theme of THEMES) {
      const { answer } = await visit('dossier', { theme, width: 1400 }, (page) => page.evaluate(measureContrast));
      expect(answer.length).toBeGreaterThan(50);
      for (const { ratio, text } of answer) expect(ratio, `${theme}: ${text}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('the keyboard reaches every link, fold and scrolled part, in reading order, and shows where it is', async () => {
    const { answer } = await visit('dossier', { theme: 'light', width: 1400 }, async (page) => {
      const wanted = await page.evaluate(() => document.querySelectorAll('a[href], summary, [tabindex="0"]').length);
      const positions: number[] = [];
      let outlined = 0;
      for (let step = 0; step <= wanted; step += 1) {
        await page.keyboard.press('Tab');
        const found = await page.evaluate(() => {
          const active = document.activeElement as HTMLElement;
          const all = [...document.querySelectorAll('a[href], summary, [tabindex="0"]')];
          return { position: all.indexOf(active), outline: getComputedStyle(active).outlineStyle };
        });
        // Behind the last one it leaves the page or starts again.
        if (found.position <= (positions.at(-1) ?? -1)) break;
        positions.push(found.position);
        outlined += Number(found.outline !== 'none');
      }
      return { wanted, positions, outlined };
    });
    expect(answer.wanted).toBeGreaterThan(10);
    expect(answer.outlined).toBe(answer.positions.length);
    const folded = await visit('dossier', { theme: 'light', width: 1400 }, (page) =>
      page.evaluate(() => document.querySelectorAll('details [tabindex="0"], details a[href]').length),
    );
    // All but what is inside closed folds, and never back, or the walk would have ended early.
    expect(answer.positions.length).toBe(answer.wanted - folded.answer);
  });

  it('screen readers get one main heading, ordered headings, named pictures and named table columns', async () => {
    const { answer } = await visit('dossier', { theme: 'light', width: 1400 }, (page) =>
      page.evaluate(() => ({
        levels: [...document.querySelectorAll('h1, h2, h3')].map((heading) => Number(heading.tagName[1])),
        unnamed: [...document.querySelectorAll('svg')].filter((svg) => !svg.getAttribute('aria-labelledby')).length,
        pictures: [...document.querySelectorAll('svg')].map((svg) => svg.querySelectorAll('path, rect, text').length),
        bare: [...document.querySelectorAll('thead th')].filter((cell) => cell.getAttribute('scope') !== 'col').length,
        language: document.documentElement.lang,
      })),
    );
    expect(answer.levels.filter((level) => level === 1)).toEqual([1]);
    for (const [index, level] of answer.levels.entries())
      expect(level - (answer.levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
    expect(answer.unnamed).toBe(0);
    expect(Math.min(...answer.pictures)).toBeGreaterThan(3);
    expect(answer.bare).toBe(0);
    expect(answer.language).toBe('en');
  });

  it.each(['dossier', 'crowded'])('%s: the decision sheet is one printed page, signature included', async (name) => {
    const { answer } = await visit(name, { theme: 'light', width: 1400 }, async (page) => {
      const all = countPages(await page.pdf({ preferCSSPageSize: true }));
      await page.evaluate(() => {
        for (const part of document.querySelectorAll('main > :not(.sheet)')) part.remove();
      });
      const text = await page.evaluate(() => document.body.textContent);
      return { all, sheet: countPages(await page.pdf({ preferCSSPageSize: true })), text };
    });
    expect(answer.sheet).toBe(1);
    expect(answer.all).toBeGreaterThan(2);
    for (const part of ['Three risks', 'Worst group', 'Usefulness', 'What was not tested', 'Signature', 'Guarantee'])
      expect(answer.text).toContain(part);
  });

  it('a PDF is printed by the browser of the system and leaves nothing else behind', async () => {
    const before = readdirSync(folder);
    await writePdf(at('dossier.pdf'), readFileSync(at('dossier.html'), 'utf8'));
    const pdf = readFileSync(at('dossier.pdf'));
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(countPages(pdf)).toBeGreaterThan(2);
    expect(readdirSync(folder).sort()).toEqual([...before, 'dossier.pdf'].sort());
  });
});

describe('PDF without a browser', () => {
  it('an environment without Chromium has none, and a named one is taken', async () => {
    expect(await findChromium({ PATH: tmpdir(), TABVEIL_CHROMIUM: '/nowhere/chromium' })).toBeUndefined();
    expect(await findChromium({ PATH: '', TABVEIL_CHROMIUM: process.execPath })).toBe(process.execPath);
  });
});

/** Contrast of the texts of a page with the ground they stand on; runs in the browser. */
function measureContrast(): { readonly ratio: number; readonly text: string }[] {
  const parse = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = parse(colour).map((channel) => {
      const share = channel / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element: Element | null): string => {
    if (!element) return 'rgb(255, 255, 255)';
    const { backgroundColor } = getComputedStyle(element);
    const [, , , alpha = 1] = parse(backgroundColor);
    return alpha > 0 ? backgroundColor : ground(element.parentElement);
  };
  return [
    ...document.querySelectorAll('p, th, td, h1, h2, h3, li, figcaption, .banner, summary, strong, a, code, caption'),
  ].map((element) => {
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))];
    return { ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), text: element.textContent?.slice(0, 40) ?? '' };
  });
}
