import type { Stream } from '../../random/stream.ts';

/** Decisions within one group. */
export interface GroupRates {
  readonly count: number;
  readonly positives: number;
  /** Share of the group that is selected. */
  readonly selectionRate: number;
  /** Share of the true positives that are selected; `null` without any: undefined, not zero. */
  readonly truePositiveRate: number | null;
  /** Share of the true negatives that are selected; `null` without any. */
  readonly falsePositiveRate: number | null;
}

/** Counts labels and decisions (0 or 1) per group; groups without rows are left out as `undefined`. */
export function groupRates(
  labels: Uint8Array,
  decisions: Uint8Array,
  grouping: { readonly groupOf: Int32Array; readonly groups: number },
): readonly (GroupRates | undefined)[] {
  const cells = new Float64Array(grouping.groups * 4);
  for (let row = 0; row < labels.length; row += 1) {
    const cell = (grouping.groupOf[row] as number) * 4 + (labels[row] as number) * 2 + (decisions[row] as number);
    cells[cell]! += 1;
  }
  return Array.from({ length: grouping.groups }, (_, group) => {
    const [trueNegative = 0, falsePositive = 0, falseNegative = 0, truePositive = 0] = cells.subarray(
      group * 4,
      group * 4 + 4,
    );
    const negatives = trueNegative + falsePositive;
    const positives = truePositive + falseNegative;
    if (negatives + positives === 0) return undefined;
    return {
      count: negatives + positives,
      positives,
      selectionRate: (falsePositive + truePositive) / (negatives + positives),
      truePositiveRate: positives > 0 ? truePositive / positives : null,
      falsePositiveRate: negatives > 0 ? falsePositive / negatives : null,
    };
  });
}

/** Rates of as many people drawn from the group with replacement. */
export function resampleRates(rates: GroupRates, stream: Stream): GroupRates {
  const { count, positives, truePositiveRate, falsePositiveRate, selectionRate } = rates;
  const falsePositiveChance = falsePositiveRate ?? 0;
  const truePositiveChance = truePositiveRate ?? 0;
  let [drawnPositives, selectedPositives, selected] = [0, 0, 0];
  for (let person = 0; person < count; person += 1) {
    const isPositive = stream.nextFloat32() * count < positives;
    const isSelected = stream.nextFloat32() < (isPositive ? truePositiveChance : falsePositiveChance);
    drawnPositives += Number(isPositive);
    selectedPositives += Number(isPositive && isSelected);
    selected += Number(isSelected);
  }
  const negatives = count - drawnPositives;
  return {
    count,
    positives: drawnPositives,
    selectionRate: count > 0 ? selected / count : selectionRate,
    truePositiveRate: drawnPositives > 0 ? selectedPositives / drawnPositives : null,
    falsePositiveRate: negatives > 0 ? (selected - selectedPositives) / negatives : null,
  };
}

/** Differences between groups; `null` where fewer than two groups have the rate. */
export interface FairnessGaps {
  readonly demographicParityDifference: number | null;
  /** `null` also when nobody is selected. */
  readonly demographicParityRatio: number | null;
  readonly equalOpportunityDifference: number | null;
  /** The larger of the differences of true- and false-positive rates. */
  readonly equalizedOddsDifference: number | null;
}

/**
 * Largest minus smallest rate over groups, and smallest over largest.
 * @source Fairlearn's `between_groups` definitions; a group without positives (or negatives) has no rate instead of 0.
 */
export function fairnessGaps(groups: readonly GroupRates[]): FairnessGaps {
  const selection = groups.map((group) => group.selectionRate);
  const truePositive = difference(groups.flatMap((group) => group.truePositiveRate ?? []));
  const falsePositive = difference(groups.flatMap((group) => group.falsePositiveRate ?? []));
  const odds = [truePositive, falsePositive].filter((gap) => gap !== null);
  const largest = Math.max(...selection);
  return {
    demographicParityDifference: difference(selection),
    demographicParityRatio: selection.length > 1 && largest > 0 ? Math.min(...selection) / largest : null,
    equalOpportunityDifference: truePositive,
    equalizedOddsDifference: odds.length > 0 ? Math.max(...odds) : null,
  };
}

function difference(rates: readonly number[]): number | null {
  return rates.length > 1 ? Math.max(...rates) - Math.min(...rates) : null;
}
