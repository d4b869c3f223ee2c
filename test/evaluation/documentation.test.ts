import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { METRIC_DEFINITIONS, METRIC_FAMILIES } from '../../src/evaluation/registry.ts';
import { DEFAULT_POLICY, parsePolicy } from '../../src/evaluation/verdict/policy.ts';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../docs/evaluation.md'), 'utf8');

describe('docs/evaluation.md', () => {
  it('gives every metric there is, and none that is not', () => {
    const rows = PAGE.split('\n').filter((line) => line.startsWith('| `'));
    const named = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([a-z0-9-]+)`/g)].map((match) => match[1] ?? ''),
    );
    expect([...new Set(named)].sort()).toEqual([...METRIC_DEFINITIONS.keys()].sort());
  });

  it('gives each a definition, a source and a criticism', () => {
    for (const row of PAGE.split('\n').filter((line) => line.startsWith('| `'))) {
      const cells = row.replaceAll('\\|', '').split('|').slice(1, -1);
      expect(
        cells.map((cell) => cell.trim() !== ''),
        row,
      ).toEqual([true, true, true, true]);
    }
  });

  it('shows the policy that holds by default', () => {
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(PAGE) ?? [];
    expect(parsePolicy(JSON.parse(json), 'docs')).toEqual(DEFAULT_POLICY);
    expect(Object.keys(JSON.parse(json)).sort()).toEqual(Object.keys(DEFAULT_POLICY).sort());
  });
});

describe('registry', () => {
  it('defines every identifier once, with a definition and a criticism in full sentences', () => {
    const ids = METRIC_FAMILIES.flatMap((family) => family.definitions.map((definition) => definition.id));
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, definition, criticism, title } of METRIC_DEFINITIONS.values()) {
      expect(title, id).not.toBe('');
      expect(definition, id).toMatch(/\.$|\)$/);
      expect(criticism, id).toMatch(/\.\)?$/);
    }
  });
});

describe('policy', () => {
  it('fills what is left out, and refuses misspelt keys and impossible values with the way out', () => {
    expect(parsePolicy({ holdRisk: 0.2 }, 'p.json')).toEqual({ ...DEFAULT_POLICY, holdRisk: 0.2 });
    for (const bad of [{ holdrisk: 0.2 }, { holdRisk: 2 }, { reviewRepresentation: [0.5] }, [], null]) {
      expect(() => parsePolicy(bad, 'p.json')).toThrow(/p\.json.*holdRisk/);
    }
    expect(() => parsePolicy({ holdRisk: 2 }, 'p.json')).toThrow(/"holdRisk".*\(found 2\)/);
  });
});
