import { studentT } from '../../math/student-t.ts';
import { mean } from '../average.ts';
import type { Interval } from '../intervals.ts';
import type { RunLine } from './lines.ts';
import { SCORE_NAMES, type ScoreName } from './scores.ts';

/** A mean over runs. */
export interface RunMean {
  readonly mean: number;
  /** 95 % interval of the mean by Student's t; `null` with a single run. */
  readonly interval: Interval | null;
  readonly runs: number;
}

/** What one system reaches on one table at one epsilon, over its runs. */
export interface Standing {
  readonly table: string;
  readonly epsilon: number;
  readonly system: string;
  readonly isRival: boolean;
  readonly isPrivate: boolean;
  readonly runs: number;
  readonly scores: Readonly<Partial<Record<ScoreName, RunMean>>>;
  readonly likeSubsample: RunMean | null;
  /** CPU and wall seconds of the fit, start-up apart. */
  readonly fitCpuSeconds: RunMean | null;
  readonly fitWallSeconds: RunMean | null;
  readonly peakMiB: RunMean | null;
}

/** Mean and 95 % interval; `null` for no values. @source Student, Biometrika 6 (1908) 1-25. */
export function meanOverRuns(values: readonly number[]): RunMean | null {
  const runs = values.length;
  if (runs === 0) return null;
  const centre = mean(values);
  if (runs === 1) return { mean: centre, interval: null, runs };
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (runs - 1);
  const half = studentT(0.95, runs - 1) * Math.sqrt(variance / runs);
  return { mean: centre, interval: [centre - half, centre + half], runs };
}

/** Lines of one table, epsilon and system, taken together. */
export function groupRuns(lines: readonly RunLine[]): ReadonlyMap<string, readonly RunLine[]> {
  const groups = new Map<string, RunLine[]>();
  for (const line of lines) {
    const key = JSON.stringify([line.table, line.epsilon, line.system]);
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  return groups;
}

/** The standing of every system on every table and epsilon, least 3-way distance (2-way without one) first. */
export function leaderboard(lines: readonly RunLine[]): readonly Standing[] {
  const standings = [...groupRuns(lines).values()].map(standingOf);
  const error = ({ scores }: Standing) => scores.tvd3?.mean ?? scores.tvd2?.mean ?? Number.POSITIVE_INFINITY;
  return standings.sort((a, b) => error(a) - error(b));
}

function standingOf(lines: readonly RunLine[]): Standing {
  const [{ table, epsilon, system, isRival, isPrivate }] = lines as readonly [RunLine, ...RunLine[]];
  const over = (read: (line: RunLine) => number | null | undefined) =>
    meanOverRuns(lines.map(read).filter((value) => value !== null && value !== undefined));
  const scores = SCORE_NAMES.flatMap((name) => {
    const found = over((line) => line.scores[name]);
    return found === null ? [] : [[name, found] as const];
  });
  return {
    ...{ table, epsilon, system, isRival, isPrivate },
    runs: lines.length,
    scores: Object.fromEntries(scores),
    likeSubsample: over((line) => line.likeSubsample),
    fitCpuSeconds: over((line) => line.cost.steps.fit?.cpuSeconds),
    fitWallSeconds: over((line) => line.cost.steps.fit?.wallSeconds),
    peakMiB: over((line) => line.cost.peakBytes / 2 ** 20),
  };
}
