import type { TableRole } from '../aligned-tables.ts';
import type { BinnedColumn, BinnedTables } from '../bins.ts';
import { combinations, countPaired } from '../contingency.ts';
import { marginalDistances, meanDistance } from './marginal-distance.ts';

/** Largest score of the k-marginal scale. */
export const K_MARGINAL_MAX = 1000;

/** 1000 · (1 − mean two-way distance) of a table against real; `null` with fewer than two columns. */
export function kMarginalScore(tables: BinnedTables, role: TableRole): number | null {
  const mean = meanDistance(marginalDistances(tables, 2, ['real', role]));
  return mean ? K_MARGINAL_MAX * (1 - mean.value) : null;
}

/** The k-marginal score within one group of people. */
export interface GroupScore {
  /** Label of the group's bin. */
  readonly group: string;
  /** 0 … 1000; `null` where no real row is in the group. */
  readonly score: number | null;
  /** Delta method with the signs of p − q held fixed; the mean over marginals bounds it whatever their correlation. */
  readonly standardError: number;
}

/**
 * Scores of every group of the grouping column: over all marginals (group, a, b), 1000 · (1 − mean min(T, D)/T) with T the
 * real share of the group and D = Σ |p − q| over its cells.
 * @source NIST SDNist 2.5 report, grouped k-marginal; groups absent from real have no score instead of an error.
 */
export function groupScores(tables: BinnedTables, groupIndex: number, role: TableRole): readonly GroupScore[] {
  const grouping = tables.columns[groupIndex] as BinnedColumn;
  const others = tables.columns.map((_, index) => index).filter((index) => index !== groupIndex);
  const pairs = combinations(others.length, 2).map((pair) => pair.map((at) => others[at] as number));
  const penalties = new Float64Array(grouping.size);
  const errors = new Float64Array(grouping.size);
  let shares = new Float64Array(grouping.size);
  for (const pair of pairs) {
    const { target, difference, variance } = groupMasses(tables, [groupIndex, ...pair], role);
    shares = target;
    for (let group = 0; group < grouping.size; group += 1) {
      const mass = target[group] as number;
      if (mass > 0) penalties[group]! += Math.min(mass, difference[group] as number) / mass / pairs.length;
      if (mass > 0) errors[group]! += Math.sqrt(variance(group)) / pairs.length;
    }
  }
  return grouping.labels.map((group, index) => ({
    group,
    // The parts of a penalty of one may sum to a hair more than one.
    score: (shares[index] ?? 0) > 0 ? K_MARGINAL_MAX * Math.max(0, 1 - (penalties[index] as number)) : null,
    standardError: K_MARGINAL_MAX * (errors[index] as number),
  }));
}

/** Real mass and absolute difference mass per level of the first column of the clique. */
function groupMasses(tables: BinnedTables, clique: readonly number[], role: TableRole) {
  const { left, right, cells } = countPaired(tables, clique, ['real', role]);
  const cellsPerGroup = clique.slice(1).reduce((count, index) => count * (tables.columns[index]?.size ?? 1), 1);
  const groups = tables.columns[clique[0] as number]?.size ?? 0;
  const n = tables.rowCounts.real ?? 0;
  const m = tables.rowCounts[role] ?? 0;
  const target = new Float64Array(groups);
  const difference = new Float64Array(groups);
  const signed = { real: new Float64Array(groups), other: new Float64Array(groups) };
  const moved = { real: new Float64Array(groups), other: new Float64Array(groups) };
  for (let at = 0; at < left.length; at += 1) {
    const group = Math.floor((cells ? (cells[at] as number) : at) / cellsPerGroup);
    const p = (left[at] as number) / n;
    target[group]! += p;
    const q = (right[at] as number) / m;
    difference[group]! += Math.abs(p - q);
    const sign = Math.sign(p - q);
    signed.real[group]! += sign * p;
    signed.other[group]! += sign * q;
    moved.real[group]! += sign * sign * p;
    moved.other[group]! += sign * sign * q;
  }
  /** Of difference / target: influence (sign − ratio)/T of a real row in the group, −sign/T of another one. */
  const variance = (group: number) => {
    const mass = target[group] as number;
    const ratio = (difference[group] as number) / mass;
    const [own, other] = [signed.real[group] as number, signed.other[group] as number];
    const real = (moved.real[group] as number) - 2 * ratio * own + ratio ** 2 * mass - (own - ratio * mass) ** 2;
    return Math.max(real / n + ((moved.other[group] as number) - other ** 2) / m, 0) / mass ** 2;
  };
  return { target, difference, variance };
}
