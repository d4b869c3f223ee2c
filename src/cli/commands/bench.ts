import { Command, InvalidArgumentError } from 'commander';
import { EXIT_CODES, TabveilError } from '../../errors.ts';
import type { RunMean, Standing } from '../../evaluation/benchmark/leaderboard.ts';
import { type BenchResult, bench } from '../../tasks/bench/bench.ts';
import { type BenchConfig, fullConfig, QUICK_CONFIG, readConfig } from '../../tasks/bench/config.ts';
import { parseCount } from '../numbers.ts';
import { formatNumber, renderTable } from '../output.ts';
import { withExample } from '../program.ts';
import { jsonOption, type Shell } from '../shell.ts';

/** Options as commander hands them over. */
interface BenchFlags {
  readonly config?: string;
  readonly quick?: boolean;
  readonly tables?: readonly string[];
  readonly models?: readonly string[];
  readonly epsilons?: readonly string[];
  readonly rivals?: readonly string[];
  readonly runs?: number;
  readonly out: string;
  readonly json?: boolean;
}

/** `tabveil bench`: compares models, and rivals where they are installed, on the same tables, bins and budget. */
export function build(shell: Shell): Command {
  const command = new Command('bench')
    .description(
      'Compare models on the same tables, split, bins and budget: quality with intervals, time, memory, groups of people, attacks. What was measured before is not measured again. Models are thrown away; results on your own tables are private.',
    )
    .option('--quick', 'two simulated worlds, four models, epsilon 1: minutes on two cores')
    .option('--config <file>', 'tables, models, epsilons, runs, rivals and sizes as JSON (default: everything)')
    .option('--tables <names>', 'tables of datasets/, separated by commas', splitNames)
    .option('--models <names>', 'models, separated by commas', splitNames)
    .option('--epsilons <numbers>', 'budgets epsilon, separated by commas', splitNames)
    .option('--rivals <names>', 'rivals, separated by commas, or installed, or none', splitNames)
    .option('--runs <number>', 'runs of each cell', parseCount)
    .option('--out <folder>', 'folder of results: results.jsonl, results.csv, report.html', 'tabveil-bench')
    .addOption(jsonOption());
  withExample(command, 'tabveil bench --quick --out bench');
  return command.action(async (flags: BenchFlags) => {
    const config = await chooseConfig(flags);
    const words = process.argv.slice(2).map((word) => (/^[\w./,=-]+$/.test(word) ? word : JSON.stringify(word)));
    const command = `tabveil ${words.join(' ')}`;
    const result = await shell.run((context) => bench({ config, out: flags.out, command }, context));
    shell.print(result, renderSummary(result), flags.json);
    for (const { what, why } of result.skipped) shell.note(`skipped ${what}: ${why}`);
    for (const { what, why } of result.failed) shell.note(`failed ${what}: ${why}`);
    if (result.failed.length > 0) process.exitCode = EXIT_CODES.bug;
  });
}

async function chooseConfig(flags: BenchFlags): Promise<BenchConfig> {
  if (flags.config !== undefined && flags.quick) {
    throw new TabveilError(
      'usage',
      'bench.config',
      `bench: --quick is a config of its own; leave out --config ${flags.config} or it.`,
    );
  }
  const base = flags.config !== undefined ? await readConfig(flags.config) : flags.quick ? QUICK_CONFIG : fullConfig();
  const { tables, models, epsilons, rivals, runs } = flags;
  return {
    ...base,
    ...(tables && { tables: [...tables] }),
    ...(models && { models: [...models] }),
    ...(epsilons && { epsilons: epsilons.map(parseEpsilon) }),
    ...(rivals && { rivals: toRivals(rivals) }),
    ...(runs !== undefined && { runs }),
  };
}

function toRivals(names: readonly string[]): BenchConfig['rivals'] {
  if (names.length > 1) return [...names];
  return names[0] === 'installed' ? 'installed' : names[0] === 'none' ? [] : [...names];
}

function parseEpsilon(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new TabveilError('usage', 'bench.epsilon', `bench: --epsilons has "${text}"; each must be a positive number.`);
}

function splitNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new InvalidArgumentError('It must be a list separated by commas.');
  return names;
}

/** The leaderboard, and what it cost to make it. */
function renderSummary(result: BenchResult): string {
  const header = ['table', 'epsilon', 'system', 'runs', '1-way', '2-way', '3-way', 'V error', 'AUC', 'fit s', 'MiB'];
  const rows = result.standings
    .toSorted((a, b) => (a.table < b.table ? -1 : a.table > b.table ? 1 : a.epsilon - b.epsilon))
    .map((standing) => toRow(standing));
  const { measured, reused, wallSeconds, files } = result;
  return [
    renderTable(header, rows),
    `${measured} cells measured in ${formatNumber(wallSeconds, 3)} s, ${reused} known from before. ± is the half width of a 95 % interval over runs.`,
    `Report: ${files.report}. Lines: ${files.lines}, ${files.csv}.`,
    ...(result.isPrivate ? ['Private: computed from real rows without protection. Do not share.'] : []),
  ].join('\n');
}

function toRow({ table, epsilon, system, runs, scores, fitCpuSeconds, peakMiB }: Standing): (string | number)[] {
  return [
    ...[table, epsilon === 0 ? 'none' : String(epsilon), system, runs],
    ...[scores.tvd1, scores.tvd2, scores.tvd3].map((score) => formatMean(score, 4)),
    formatMean(scores.cramer_mad, 3),
    formatMean(scores.tstr_auc, 3),
    formatMean(fitCpuSeconds ?? undefined, 1, false),
    formatMean(peakMiB ?? undefined, 0, false),
  ];
}

function formatMean(value: RunMean | undefined, decimals: number, isShown = true): string {
  if (value === undefined) return '–';
  const half = value.interval === null ? '' : ` ± ${((value.interval[1] - value.interval[0]) / 2).toFixed(decimals)}`;
  return `${value.mean.toFixed(decimals)}${isShown ? half : ''}`;
}
