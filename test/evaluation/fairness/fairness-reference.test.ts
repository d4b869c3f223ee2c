import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareEvaluation } from '../../../src/evaluation/evaluation-input.ts';
import { fairnessGaps, type GroupRates, groupRates } from '../../../src/evaluation/fairness/group-rates.ts';
import { representationFamily } from '../../../src/evaluation/fairness/representation-family.ts';
import { expectedCalibrationError } from '../../../src/evaluation/usefulness/classification-scores.ts';
import { parseCsv, SHARED } from '../../support/evaluation-tables.ts';
import { hasReference, readCase, readReference } from '../../support/reference-cases.ts';

interface Fairness {
  readonly results: Readonly<Record<string, Readonly<Record<string, Gaps>>>>;
  readonly edge_cases: readonly {
    readonly name: string;
    readonly y_true: readonly number[];
    readonly y_pred: readonly number[];
    readonly group: readonly string[];
    readonly fairlearn: Readonly<Record<string, number | null>>;
  }[];
}
interface Gaps {
  readonly demographic_parity_difference__between_groups: number;
  readonly demographic_parity_ratio__between_groups: number;
  readonly equal_opportunity_difference__between_groups: number;
  readonly equalized_odds_difference__between_groups__worst_case: number;
  readonly by_group: Readonly<
    Record<
      string,
      { readonly count: number; readonly selection_rate: number; readonly tpr: number; readonly fpr: number }
    >
  >;
  readonly by_group_extra: Readonly<Record<string, { readonly positives: number; readonly ece10: number }>>;
}

/** Rates of groups named by texts. */
function ratesOf(labels: readonly number[], decisions: readonly number[], names: readonly string[]) {
  const groups = [...new Set(names)].sort();
  const groupOf = Int32Array.from(names, (name) => groups.indexOf(name));
  const rates = groupRates(Uint8Array.from(labels), Uint8Array.from(decisions), { groupOf, groups: groups.length });
  return { groups, rates: rates.filter((rate): rate is GroupRates => rate !== undefined) };
}

const GROUPINGS = ['sex', 'race', 'sex_x_race'] as const;

describe('fairness of decisions', () => {
  it.skipIf(!hasReference)(
    'rates, gaps and calibration equal the reference wherever all rates exist (skipped when ../shared is absent)',
    () => {
      const { results } = readReference<Fairness>('fairness.json');
      const { header, rows } = parseCsv(
        readFileSync(resolve(SHARED, 'reference/evaluation/tables/fairness_predictions.csv'), 'utf8'),
      );
      const at = (name: string) => header.indexOf(name);
      let compared = 0;
      for (const [key, byGrouping] of Object.entries(results)) {
        const own = rows.filter((row) => `${row[at('case')]}|${row[at('model')]}` === key);
        const numbers = (name: string) => own.map((row) => Number(row[at(name)]));
        for (const grouping of GROUPINGS) {
          const names = own.map((row) =>
            grouping === 'sex_x_race' ? `${row[at('sex')]}|${row[at('race')]}` : (row[at(grouping)] ?? ''),
          );
          const expected = byGrouping[grouping];
          if (!expected) throw new Error(`no reference for ${key} ${grouping}`);
          const { groups, rates } = ratesOf(numbers('y_true'), numbers('y_pred'), names);
          groups.forEach((group, index) => {
            const wanted = expected.by_group[group];
            const rate = rates[index];
            expect(rate?.count).toBe(wanted?.count);
            expect(rate?.selectionRate).toBeCloseTo(wanted?.selection_rate ?? Number.NaN, 9);
            if (rate?.truePositiveRate != null) expect(rate.truePositiveRate).toBeCloseTo(wanted?.tpr ?? Number.NaN, 9);
            if (rate?.falsePositiveRate != null)
              expect(rate.falsePositiveRate).toBeCloseTo(wanted?.fpr ?? Number.NaN, 9);
            const inGroup = (values: readonly number[]) => values.filter((_, row) => names[row] === group);
            const ece = expectedCalibrationError(
              Float64Array.from(inGroup(numbers('p'))),
              Uint8Array.from(inGroup(numbers('y_true'))),
            );
            expect(ece).toBeCloseTo(expected.by_group_extra[group]?.ece10 ?? Number.NaN, 9);
          });
          const gaps = fairnessGaps(rates);
          expect(gaps.demographicParityDifference).toBeCloseTo(
            expected.demographic_parity_difference__between_groups,
            9,
          );
          expect(gaps.demographicParityRatio).toBeCloseTo(expected.demographic_parity_ratio__between_groups, 9);
          if (rates.some((rate) => rate.truePositiveRate === null || rate.falsePositiveRate === null)) continue;
          compared += 1;
          expect(gaps.equalOpportunityDifference).toBeCloseTo(expected.equal_opportunity_difference__between_groups, 9);
          expect(gaps.equalizedOddsDifference).toBeCloseTo(
            expected.equalized_odds_difference__between_groups__worst_case,
            9,
          );
        }
      }
      expect(compared).toBeGreaterThan(10);
    },
  );

  it.skipIf(!hasReference)(
    'edge cases: a rate that does not exist is undefined instead of zero (skipped when ../shared is absent)',
    () => {
      for (const edge of readReference<Fairness>('fairness.json').edge_cases) {
        const { rates } = ratesOf(edge.y_true, edge.y_pred, edge.group);
        const gaps = fairnessGaps(rates);
        if (rates.length > 1)
          expect(gaps.demographicParityDifference, edge.name).toBeCloseTo(
            edge.fairlearn.demographic_parity_difference ?? Number.NaN,
            9,
          );
        if (rates.filter((rate) => rate.truePositiveRate !== null).length < 2)
          expect(gaps.equalOpportunityDifference).toBeNull();
        if (edge.fairlearn.demographic_parity_ratio === null) expect(gaps.demographicParityRatio).toBeNull();
      }
    },
  );

  it('nobody selected has no ratio, one group no difference', () => {
    const nobody = ratesOf([1, 0, 1, 0], [0, 0, 0, 0], ['a', 'a', 'b', 'b']);
    expect(fairnessGaps(nobody.rates)).toMatchObject({ demographicParityDifference: 0, demographicParityRatio: null });
    const alone = ratesOf([1, 0], [1, 0], ['a', 'a']);
    expect(fairnessGaps(alone.rates).demographicParityDifference).toBeNull();
  });
});

interface GroupReference {
  readonly representation_ratio_syn_over_real: number | null;
  readonly base_rate_real: number | null;
  readonly base_rate_syn: number | null;
  readonly mean_1way_tvd_within_group_syn: number | null;
  readonly mean_1way_tvd_within_group_holdout_baseline: number | null;
  readonly excess_tvd_over_holdout: number | null;
}

describe('groups', () => {
  for (const name of ['copies', 'indep', 'ctgan', 'dphist'] as const) {
    it.skipIf(!hasReference)(
      `${name}: representation, base rates and fidelity as the reference (skipped when ../shared is absent)`,
      async () => {
        const { schema, tables } = readCase(name);
        const input = prepareEvaluation(schema, tables, { target: 'income', protectedColumns: ['sex', 'race'] });
        const metrics = await representationFamily.compute(input);
        const reference =
          readReference<Record<string, Record<string, Record<string, GroupReference>>>>('group_fidelity.json')[name];
        let compared = 0;
        for (const grouping of GROUPINGS) {
          for (const [group, expected] of Object.entries(reference?.[grouping] ?? {})) {
            const values = group.split('|');
            const scope = grouping === 'sex_x_race' ? { sex: values[0], race: values[1] } : { [grouping]: group };
            const found = (id: string) =>
              metrics.find((m) => m.id === id && JSON.stringify(m.scope) === JSON.stringify({ group: scope }));
            const close = (value: unknown, wanted: number | null) => {
              compared += 1;
              if (wanted === null) expect(value ?? null).toBeNull();
              else expect(value).toBeCloseTo(wanted, 9);
            };
            close(found('representation-ratio')?.value, expected.representation_ratio_syn_over_real);
            close(found('base-rate-drift')?.details?.real, expected.base_rate_real);
            close(found('base-rate-drift')?.details?.synthetic, expected.base_rate_syn);
            close(found('group-fidelity-excess')?.value, expected.excess_tvd_over_holdout);
          }
        }
        expect(compared).toBeGreaterThan(50);
      },
    );
  }
});
