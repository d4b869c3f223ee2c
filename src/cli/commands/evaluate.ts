import { Command, InvalidArgumentError } from 'commander';
import { TabveilError } from '../../errors.ts';
import type { EvaluationResult } from '../../evaluation/evaluate-tables.ts';
import { SECTIONS, type Section } from '../../evaluation/families.ts';
import { nameScope } from '../../evaluation/metric-name.ts';
import { METRIC_DEFINITIONS } from '../../evaluation/registry.ts';
import { formatInterval, formatValue } from '../../report/format.ts';
import { type EvaluateOptions, evaluate } from '../../tasks/evaluate.ts';
import { parseCount, parseDelta, parsePositiveNumber, parseSeed } from '../numbers.ts';
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
  readonly pdf?: string;
  readonly purpose?: string;
  readonly recipients?: string;
  readonly json?: string | true;
  readonly target?: string;
  readonly protected?: readonly string[];
  readonly secret?: readonly string[];
  readonly keys?: readonly string[];
  readonly only?: readonly Section[];
  readonly attackRows?: number;
  readonly queries?: string;
  readonly policy?: string;
  readonly certificate?: string;
  readonly seed?: number;
  readonly deep?: string | true;
  readonly deepEpsilon?: number;
  readonly deepDelta?: number;
  readonly deepTargets?: number;
  readonly shadows?: number;
  readonly report?: string;
  readonly reportPdf?: string;
  readonly reportJson?: string;
  readonly reportEpsilon?: number;
  readonly reportDelta?: number;
  readonly reportPositive?: string;
  readonly ledger?: string;
  readonly holdoutLedger?: string;
}

/** `tabveil evaluate`: measures a synthetic table against the real one. */
export function build(shell: Shell): Command {
  const command = new Command('evaluate').description(
    'Measure a synthetic table against the real one, and a holdout in its place. The result is private: it is computed from real rows without protection.',
  );
  for (const add of [addTables, addChoices, addDeepMode, addReleasableReport, addOutputs]) add(command);
  withExample(
    command,
    'tabveil evaluate --real people.csv --synthetic synthetic.csv --holdout holdout.csv --schema people.schema.json --html report.html',
  );
  return command.action(async (flags: EvaluateFlags) => {
    const result = await shell.run((context) => evaluate(toOptions(flags), context));
    shell.print(result, renderSummary(result), flags.json === true);
    for (const path of [flags.html, flags.pdf, flags.json])
      if (typeof path === 'string') shell.note(`wrote ${path} (private)`);
    for (const path of [flags.report, flags.reportPdf, flags.reportJson])
      if (path !== undefined) shell.note(`wrote ${path} (for release)`);
  });
}

function addTables(command: Command): void {
  command
    .requiredOption('--real <file>', 'table the generator was trained on')
    .requiredOption('--synthetic <file>', 'table to measure')
    .option('--holdout <file>', 'real rows of other people, kept apart from training; needed for baselines and attacks')
    .requiredOption('--schema <file>', 'Table Schema file of all tables');
}

function addChoices(command: Command): void {
  command
    .option('--target <column>', 'column that models should predict (default: role target in the schema)')
    .option(
      '--protected <columns>',
      'columns whose groups are compared, separated by commas (default: role protected)',
      splitNames,
    )
    .option(
      '--secret <columns>',
      'columns an attacker would like to learn (default: role sensitive, or the target)',
      splitNames,
    )
    .option('--keys <columns>', 'columns an attacker knows (default: role quasi-identifier)', splitNames)
    .option('--only <sections>', `measure only some of ${SECTIONS.join(', ')}`, parseSections)
    .option('--attack-rows <n>', 'rows per table that attacks use at most (default: 20000)', parseCount)
    .option('--queries <file>', 'SQL queries over the table "data" whose answers are compared')
    .option('--policy <file>', 'thresholds of the verdict (JSON)')
    .option('--certificate <path>', 'model folder or certificate.json of the model that made the synthetic table')
    .option('--purpose <text>', 'what the table is for, printed on the decision sheet')
    .option('--recipients <text>', 'who is to receive it, printed on the decision sheet')
    .option('--seed <n>', 'seed of subsamples, splits and queries (default: 0)', parseSeed);
}

function addDeepMode(command: Command): void {
  command
    .option(
      '--deep [model]',
      'also refit the model many times with and without the most isolated people and tell the fits apart (default: the model of the certificate; minutes to hours)',
    )
    .option('--deep-epsilon <number>', 'epsilon of each fit (default: of the certificate)', parsePositiveNumber)
    .option('--deep-delta <number>', 'delta of each fit (default: of the certificate)', parseDelta)
    .option('--deep-targets <n>', 'people to attack (default: 20)', parseCount)
    .option('--shadows <n>', 'number of fits (default: 200)', parseCount);
}

function addReleasableReport(command: Command): void {
  command
    .option('--report <file>', 'write the releasable report: synthetic-only, public and bought values')
    .option('--report-pdf <file>', "write the releasable report as PDF, with the system's Chromium")
    .option('--report-json <file>', 'write the releasable report as JSON')
    .option(
      '--report-epsilon <number>',
      'buy quality numbers for it; training table and holdout pay this each',
      parsePositiveNumber,
    )
    .option(
      '--report-positive <values>',
      'answers of the target that count as positive in bought numbers, such as "good|fair" or ">=100" (default: the second of two)',
    )
    .option('--report-delta <number>', 'delta claimed for them (default: 1e-9)', parseDelta)
    .option('--ledger <file>', 'ledger of the real table (default: beside it)')
    .option('--holdout-ledger <file>', 'ledger of the holdout (default: beside it)');
}

function addOutputs(command: Command): void {
  command
    .option('--html <file>', 'write the internal dossier (private)')
    .option('--pdf <file>', "write the internal dossier as PDF, with the system's Chromium (private)")
    .option('--json [file]', 'write all numbers as JSON; to stdout without a file (private)');
}

function toOptions(flags: EvaluateFlags): EvaluateOptions {
  return {
    realPath: flags.real,
    syntheticPath: flags.synthetic,
    schemaPath: flags.schema,
    ...(flags.holdout !== undefined && { holdoutPath: flags.holdout }),
    ...(flags.html !== undefined && { htmlPath: flags.html }),
    ...(flags.pdf !== undefined && { pdfPath: flags.pdf }),
    ...(flags.purpose !== undefined && { purpose: flags.purpose }),
    ...(flags.recipients !== undefined && { recipients: flags.recipients }),
    ...(typeof flags.json === 'string' && { jsonPath: flags.json }),
    ...(flags.target !== undefined && { target: flags.target }),
    ...(flags.protected !== undefined && { protectedColumns: flags.protected }),
    ...(flags.secret !== undefined && { secrets: flags.secret }),
    ...(flags.keys !== undefined && { keys: flags.keys }),
    ...(flags.only !== undefined && { sections: flags.only }),
    ...(flags.attackRows !== undefined && { maxAttackRows: flags.attackRows }),
    ...(flags.queries !== undefined && { queriesPath: flags.queries }),
    ...(flags.policy !== undefined && { policyPath: flags.policy }),
    ...(flags.certificate !== undefined && { certificatePath: flags.certificate }),
    ...(flags.seed !== undefined && { seed: flags.seed }),
    ...deepOptions(flags),
    ...releaseOptions(flags),
  };
}

/** The deep mode, when it is asked for. */
function deepOptions(flags: EvaluateFlags): Pick<EvaluateOptions, 'deep'> {
  const { deep, deepEpsilon, deepDelta, deepTargets, shadows } = flags;
  if (deep === undefined) {
    const choices = { 'deep-epsilon': deepEpsilon, 'deep-delta': deepDelta, 'deep-targets': deepTargets, shadows };
    const given = Object.entries(choices).filter(([, value]) => value !== undefined);
    if (given.length === 0) return {};
    const named = given.map(([name, value]) => `--${name} ${value}`).join(', ');
    throw new TabveilError('usage', 'evaluate.shallow', `evaluate: ${named}: only for the deep mode; add --deep.`);
  }
  return {
    deep: {
      ...(typeof deep === 'string' && { model: deep }),
      ...(deepEpsilon !== undefined && { epsilon: deepEpsilon }),
      ...(deepDelta !== undefined && { delta: deepDelta }),
      ...(deepTargets !== undefined && { targets: deepTargets }),
      ...(shadows !== undefined && { shadows }),
    },
  };
}

/** The second document, when it is asked for; a budget without a document would be spent for nothing. */
function releaseOptions(flags: EvaluateFlags): Pick<EvaluateOptions, 'release'> {
  const { report, reportPdf, reportJson, reportEpsilon, reportDelta, reportPositive, ledger, holdoutLedger } = flags;
  if (report === undefined && reportPdf === undefined && reportJson === undefined) {
    if (reportEpsilon === undefined) return {};
    throw new TabveilError(
      'usage',
      'evaluate.report',
      `evaluate: --report-epsilon ${reportEpsilon} buys numbers for a report, but none is named; add --report, --report-pdf or --report-json.`,
    );
  }
  return {
    release: {
      ...(report !== undefined && { htmlPath: report }),
      ...(reportPdf !== undefined && { pdfPath: reportPdf }),
      ...(reportJson !== undefined && { jsonPath: reportJson }),
      ...(reportEpsilon !== undefined && { epsilon: reportEpsilon }),
      ...(reportPositive !== undefined && { positive: reportPositive }),
      ...(reportDelta !== undefined && { delta: reportDelta }),
      ...(ledger !== undefined && { ledger }),
      ...(holdoutLedger !== undefined && { holdoutLedger }),
    },
  };
}

function splitNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new InvalidArgumentError('It must be column names separated by commas.');
  return names;
}

function parseSections(text: string): readonly Section[] {
  return splitNames(text).map((name) => {
    const section = SECTIONS.find((known) => known === name);
    if (section) return section;
    throw new InvalidArgumentError(`It must be some of ${SECTIONS.join(', ')}, separated by commas.`);
  });
}

/** Whole-table numbers as a text table. */
function renderSummary(result: EvaluationResult): string {
  const rows = result.metrics
    .filter((metric) => metric.scope === null || 'secret' in metric.scope)
    .map((metric) => [
      [METRIC_DEFINITIONS.get(metric.id)?.title ?? metric.id, metric.variant, metric.scope && nameScope(metric.scope)]
        .filter(Boolean)
        .join(', '),
      formatValue(metric.value),
      formatValue(metric.baseline),
      formatInterval(metric.interval),
      metric.worst ? `${nameScope(metric.worst.scope)} ${formatValue(metric.worst.value)}` : '',
    ]);
  const table = renderTable(['metric', 'synthetic', 'holdout', '95 % interval', 'worst'], rows);
  return [
    ...verdictLines(result),
    '',
    table,
    ...result.notes,
    ...(result.spent ?? []),
    'Private: computed from real rows without protection. Do not share.',
  ].join('\n');
}

/** The verdict and every rule that did not simply pass. */
function verdictLines({ verdict }: EvaluationResult): readonly string[] {
  const open = verdict.rules.filter((rule) => rule.state === 'fired' || rule.state === 'undetermined');
  return [
    `Verdict: ${verdict.word} (leakage of training rows: ${verdict.leakage.replace('-', ' ')})`,
    ...open.map((rule) => `  ${rule.gate} ${rule.state}: ${rule.title}. ${rule.finding}`),
  ];
}
