import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TabveilError } from '../../errors.ts';
import { leaderboard, type Standing } from '../../evaluation/benchmark/leaderboard.ts';
import type { BenchLine, CostLine, MachineFacts, RunLine, TableLine } from '../../evaluation/benchmark/lines.ts';
import { renderBenchPage } from '../../report/bench/bench-page.ts';
import { writeReport } from '../../report/write-report.ts';
import type { TaskContext } from '../task-context.ts';
import { type BenchConfig, chooseModels } from './config.ts';
import { costCells } from './cost-cells.ts';
import { describeMachine, describeProgram } from './environment.ts';
import { readResults, renderCsv, writeResults } from './results-file.ts';
import { findRivals } from './rivals.ts';
import { type Cell, tableCells } from './table-cells.ts';
import { type BenchTable, openBenchTable } from './tables.ts';

/** What to measure and where results go. */
export interface BenchOptions {
  readonly config: BenchConfig;
  /** Folder of results; made when absent. What it already holds is not measured again. */
  readonly out: string;
  /** How the benchmark was started, for the record. */
  readonly command?: string;
}

/** A part of the matrix that was not measured, and why. */
export interface Omission {
  readonly what: string;
  readonly why: string;
}

/** What a benchmark found. **Privacy**: private when a table is of the user's own. */
export interface BenchResult {
  readonly files: { readonly lines: string; readonly csv: string; readonly report: string };
  readonly standings: readonly Standing[];
  /** Cells measured now, and cells that an earlier benchmark had measured. */
  readonly measured: number;
  readonly reused: number;
  /** Public tables that are not fetched and rivals that are not installed. */
  readonly skipped: readonly Omission[];
  /** Cells that ended with an error. */
  readonly failed: readonly Omission[];
  readonly wallSeconds: number;
  readonly machine: MachineFacts;
  readonly version: string;
  /** True when a table is neither public nor simulated. */
  readonly isPrivate: boolean;
}

/**
 * Measures every system on every table at every epsilon, several times, and writes JSON lines, a CSV table and a page.
 *
 * Each line is written when it is measured and named by a hash of all that it depends on (table, settings, program), so a
 * benchmark that was interrupted goes on where it stopped, and nothing is measured twice.
 *
 * **Privacy**: models are trained with real noise, in processes of their own, and thrown away with the ledgers they paid;
 * none leaves. Scores are functions of the tables' rows without protection: results on tables of the user's own are
 * private, and the page says so.
 * @throws TabveilError (usage) for unknown names, (input) when a file is missing or a result cannot be written.
 */
export async function bench(options: BenchOptions, context: TaskContext = {}): Promise<BenchResult> {
  const started = performance.now();
  const { config, out } = options;
  const files = {
    lines: join(out, 'results.jsonl'),
    csv: join(out, 'results.csv'),
    report: join(out, 'report.html'),
  };
  const systems = { models: chooseModels(config), rivals: await findRivals(config.rivals) };
  await mkdir(out, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new TabveilError(
      'input',
      'bench.out',
      `${out}: cannot be made (${error.code ?? 'unknown reason'}); name a folder where you may write.`,
    );
  });
  const known = await readResults(files.lines);
  const version = await describeProgram();
  const scratch = await mkdtemp(join(tmpdir(), 'tabveil-bench-'));
  try {
    const { tables, absent } = await openTables(config, scratch);
    const plan = { config, scratch, version, models: systems.models };
    const cells = [
      ...tables.flatMap((table) => tableCells(table, { ...plan, rivals: systems.rivals.present })),
      ...costCells(plan),
    ];
    const outcome = await measureCells(cells, { known, path: files.lines, version, context });
    const lines = outcome.lines;
    const runs = lines.filter((line): line is RunLine => line.kind === 'run');
    const summary = {
      standings: leaderboard(runs),
      ...{ measured: outcome.measured, reused: lines.length - outcome.measured, failed: outcome.failed },
      skipped: [...absent, ...systems.rivals.absent].map(({ name, reason }) => ({ what: name, why: reason })),
      ...{ machine: describeMachine(), version, isPrivate: tables.some(({ origin }) => origin === 'own') },
    };
    await writeReport(files.csv, renderCsv(runs));
    const page = await renderBenchPage({
      ...summary,
      ...(options.command !== undefined && { command: options.command }),
      tables: lines.filter((line): line is TableLine => line.kind === 'table'),
      runs,
      costs: lines.filter((line): line is CostLine => line.kind === 'cost'),
    });
    await writeReport(files.report, page);
    return { files, ...summary, wallSeconds: (performance.now() - started) / 1e3 };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function openTables(config: BenchConfig, scratch: string) {
  const opened = [];
  const { simulatedRows } = config;
  for (const choice of config.tables) opened.push(await openBenchTable(choice, { scratch, simulatedRows }));
  const tables = opened.filter((table): table is BenchTable => 'sha256' in table);
  return { tables, absent: opened.filter((table) => 'reason' in table) };
}

interface Measuring {
  /** Lines of earlier benchmarks; grows. */
  readonly known: Map<string, BenchLine>;
  readonly path: string;
  readonly version: string;
  readonly context: TaskContext;
}

async function measureCells(cells: readonly Cell[], { known, path, version, context }: Measuring) {
  const lines: BenchLine[] = [];
  const failed: Omission[] = [];
  let measured = 0;
  for (const [done, cell] of cells.entries()) {
    context.signal?.throwIfAborted();
    context.onProgress?.({ phase: cell.what, done, total: cells.length });
    const earlier = known.get(cell.key);
    if (earlier !== undefined) {
      lines.push(earlier);
      continue;
    }
    try {
      const body = await cell.measure(context.signal);
      const head = { key: cell.key, when: new Date().toISOString(), machine: describeMachine(), version };
      const line: BenchLine = { ...head, ...body };
      known.set(cell.key, line);
      lines.push(line);
      measured += 1;
      await writeResults(path, known.values());
    } catch (error) {
      context.signal?.throwIfAborted();
      if (!(error instanceof TabveilError) || error.code === 'report.unwritable') throw error;
      failed.push({ what: cell.what, why: error.message });
    }
  }
  context.onProgress?.({ phase: 'bench', done: cells.length, total: cells.length });
  return { lines, failed, measured };
}
