import { Command } from 'commander';
import type { EvaluationResult } from '../../evaluation/evaluate-tables.ts';
import { METRIC_DEFINITIONS } from '../../evaluation/registry.ts';
import { formatInterval, formatScope, formatValue } from '../../report/format.ts';
import { type EvaluateOptions, evaluate } from '../../tasks/evaluate.ts';
import { renderTable } from '../output.ts';
import { withExample } from '../program.ts';
import type { Shell } from '../shell.ts';

/** Options as commander hands them over. */
interface EvaluateFlags {
  readonly real: string;
  readonly synthetic: string;
  readonly holdout?: string;
  readonly schema: string;
  readonly html?: string;
  readonly json?: string | true;
}

/** `tabveil evaluate`: measures a synthetic table against the real one. */
export function build(shell: Shell): Command {
  const command = new Command('evaluate')
    .description(
      'Measure a synthetic table against the real one, and a holdout in its place. The result is private: it is computed from real rows without protection.',
    )
    .requiredOption('--real <file>', 'table the generator was trained on')
    .requiredOption('--synthetic <file>', 'table to measure')
    .option('--holdout <file>', 'real rows of other people, kept apart from training; needed for baselines and attacks')
    .requiredOption('--schema <file>', 'Table Schema file of all tables')
    .option('--html <file>', 'write the internal dossier (private)')
    .option('--json [file]', 'write all numbers as JSON; to stdout without a file (private)');
  withExample(
    command,
    'tabveil evaluate --real people.csv --synthetic synthetic.csv --holdout holdout.csv --schema people.schema.json --html report.html',
  );
  return command.action(async (flags: EvaluateFlags) => {
    const result = await shell.run((context) => evaluate(toOptions(flags), context));
    shell.print(result, renderSummary(result), flags.json === true);
    for (const path of [flags.html, flags.json]) if (typeof path === 'string') shell.note(`wrote ${path} (private)`);
  });
}

function toOptions(flags: EvaluateFlags): EvaluateOptions {
  return {
    realPath: flags.real,
    syntheticPath: flags.synthetic,
    schemaPath: flags.schema,
    ...(flags.holdout === undefined ? {} : { holdoutPath: flags.holdout }),
    ...(flags.html === undefined ? {} : { htmlPath: flags.html }),
    ...(typeof flags.json === 'string' ? { jsonPath: flags.json } : {}),
  };
}

/** Whole-table numbers as a text table. */
function renderSummary(result: EvaluationResult): string {
  const rows = result.metrics
    .filter((metric) => metric.scope === null)
    .map((metric) => [
      [METRIC_DEFINITIONS.get(metric.id)?.title ?? metric.id, metric.variant].filter(Boolean).join(', '),
      formatValue(metric.value),
      formatValue(metric.baseline),
      formatInterval(metric.interval),
      metric.worst ? `${formatScope(metric.worst.scope)} ${formatValue(metric.worst.value)}` : '',
    ]);
  const table = renderTable(['metric', 'synthetic', 'holdout', '95 % interval', 'worst'], rows);
  return [table, ...result.notes, 'Private: computed from real rows without protection. Do not share.'].join('\n');
}
