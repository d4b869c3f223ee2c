import { describe, expect, it } from 'vitest';
import { alignTables, findColumn } from '../../../src/evaluation/aligned-tables.ts';
import { gowerScale, packRows } from '../../../src/evaluation/privacy/gower.ts';
import { countRightGuesses, guessMatches } from '../../../src/evaluation/privacy/inference.ts';
import { countLinks } from '../../../src/evaluation/privacy/linkability.ts';
import { type Nearest, searchNearest } from '../../../src/evaluation/privacy/nearest.ts';
import { allRows } from '../../../src/evaluation/selected-rows.ts';
import { hasReference, readCase, readReference } from '../../support/reference-cases.ts';

interface Exact {
  readonly real: ExactCounts;
  readonly holdout: ExactCounts;
}
interface ExactCounts {
  readonly n_targets: number;
  readonly links_first_index_ties: number;
  readonly success_first_index_ties: number;
  readonly share_targets_with_tied_nn_side0: number;
}
interface Reference {
  readonly aux_cols_linkability: readonly [readonly string[], readonly string[]];
  readonly linkability_all_targets_exact: Exact;
  readonly inference: Readonly<
    Record<string, { readonly aux_cols: readonly string[]; readonly all_targets_exact: Exact }>
  >;
}

/** Nearest synthetic rows by each set of columns, with ranges over targets and synthetic rows as the reference has them. */
function search(role: 'real' | 'holdout', sets: readonly (readonly string[])[]) {
  const { schema, tables } = readCase('copies');
  const aligned = alignTables(schema, tables);
  const scale = gowerScale(aligned, [role, 'synthetic']);
  const targets = { role, rows: allRows(aligned.rowCounts[role] ?? 0) };
  const candidates = { role: 'synthetic' as const, rows: allRows(aligned.rowCounts.synthetic ?? 0) };
  const { views } = searchNearest({
    views: sets.map((names) => ({
      targets: packRows(aligned, scale, { ...targets, names }),
      candidates: packRows(aligned, scale, { ...candidates, names }),
    })),
    from: 0,
    to: targets.rows.length,
  });
  return { aligned, views, targets, candidates };
}

describe('linkability', () => {
  it.skipIf(!hasReference)('copies: links of all targets as the reference (skipped when ../shared is absent)', () => {
    const reference = readReference<Reference>('anonymeter_copies.json');
    for (const role of ['real', 'holdout'] as const) {
      const expected = reference.linkability_all_targets_exact[role];
      const { views } = search(role, reference.aux_cols_linkability);
      const counts = countLinks(views[0] as Nearest, views[1] as Nearest);
      expect(counts.targets).toBe(expected.n_targets);
      expect(counts.links).toBe(expected.links_first_index_ties);
      expect(counts.tiedFirst / counts.targets).toBeCloseTo(expected.share_targets_with_tied_nn_side0, 9);
    }
  });
});

describe('inference', () => {
  it.skipIf(!hasReference)(
    'copies: right guesses of all targets as the reference (skipped when ../shared is absent)',
    () => {
      const { inference } = readReference<Reference>('anonymeter_copies.json');
      const secrets = Object.keys(inference);
      for (const role of ['real', 'holdout'] as const) {
        const { aligned, views, targets, candidates } = search(
          role,
          secrets.map((secret) => inference[secret]?.aux_cols ?? []),
        );
        secrets.forEach((secret, index) => {
          const right = countRightGuesses(findColumn(aligned, secret), views[index] as Nearest, {
            targets,
            candidates,
            range: 1,
          });
          expect(right, secret).toBe(inference[secret]?.all_targets_exact[role].success_first_index_ties);
        });
      }
    },
  );

  it('a guess is right within a tolerance, and missing only when missing', () => {
    expect(guessMatches(100, 104.9, 5)).toBe(true);
    expect(guessMatches(100, 105.1, 5)).toBe(false);
    expect(guessMatches(-100, 50, 5)).toBe(false);
    expect(guessMatches(0, 0, 0)).toBe(true);
    expect(guessMatches(Number.NaN, Number.NaN, 0)).toBe(true);
    expect(guessMatches(Number.NaN, 1, 1)).toBe(false);
  });
});
