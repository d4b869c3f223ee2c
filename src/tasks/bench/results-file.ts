import { readFile } from 'node:fs/promises';
import { TabveilError } from '../../errors.ts';
import type { BenchLine, RunLine } from '../../evaluation/benchmark/lines.ts';
import { SCORE_NAMES } from '../../evaluation/benchmark/scores.ts';
import { writeReport } from '../../report/write-report.ts';

/** Lines of a results file by their keys, in the order they were measured. */
export type ResultLines = ReadonlyMap<string, BenchLine>;

/**
 * Reads what an earlier benchmark measured; nothing when the file is absent.
 * @throws TabveilError (input) when a line is no result.
 */
export async function readResults(path: string): Promise<Map<string, BenchLine>> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line, index) => parseLine(line, `${path}, line ${index + 1}`)));
}

function parseLine(text: string, where: string): readonly [string, BenchLine] {
  try {
    const line = JSON.parse(text) as BenchLine;
    if (typeof line.key === 'string' && ['table', 'run', 'cost'].includes(line.kind)) return [line.key, line];
  } catch {
    // Told below: where, and what to do.
  }
  throw new TabveilError('input', 'bench.results', `${where}: is no result of a benchmark; name another --out folder.`);
}

/** Writes all lines, whole or not at all. */
export async function writeResults(path: string, lines: Iterable<BenchLine>): Promise<void> {
  await writeReport(path, [...lines].map((line) => `${JSON.stringify(line)}\n`).join(''));
}

const HEADER = [
  ...['table', 'system', 'epsilon', 'delta', 'run', 'rows', ...SCORE_NAMES, 'k_marginal', 'like_subsample'],
  ...['startup_cpu_s', 'fit_cpu_s', 'fit_wall_s', 'sample_cpu_s', 'peak_bytes', 'when', 'version'],
];

/** Every run as a row of a CSV table; an empty cell where a score does not apply. */
export function renderCsv(lines: readonly RunLine[]): string {
  const rows = lines.map((line) => {
    const { startup, fit, sample } = line.cost.steps;
    return [
      ...[line.table, line.system, line.epsilon, line.delta, line.run, line.rows],
      ...SCORE_NAMES.map((name) => line.scores[name]),
      ...[line.kMarginal, line.likeSubsample, startup?.cpuSeconds, fit?.cpuSeconds, fit?.wallSeconds],
      ...[sample?.cpuSeconds, line.cost.peakBytes, line.when, line.version],
    ].map(csvCell);
  });
  return [HEADER, ...rows].map((row) => `${row.join(',')}\n`).join('');
}

function csvCell(value: string | number | null | undefined): string {
  const text = String(value ?? '');
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
