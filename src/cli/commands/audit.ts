import { Command } from 'commander';
import { EXIT_CODES } from '../../errors.ts';
import { type AuditOptions, type AuditResult, audit, DEFAULT_BUDGET } from '../../tasks/audit.ts';
import { parseCount, parseDelta, parsePositiveNumber } from '../numbers.ts';
import { formatNumber, renderTable } from '../output.ts';
import { withExample } from '../program.ts';
import { jsonOption, type Shell } from '../shell.ts';

/** Options as commander hands them over. */
interface AuditFlags {
  readonly model?: string;
  readonly quick?: boolean;
  readonly runs?: number;
  readonly epsilon: number;
  readonly delta: number;
  readonly html?: string;
  readonly json?: boolean;
}

/** `tabveil audit`: measures what mechanisms and trainings really leak and holds it against their claims. */
export function build(shell: Shell): Command {
  const command = new Command('audit')
    .description(
      'Measure how much mechanisms and whole trainings really leak on made-up worst cases, and hold it against what they claim. Nothing private is read and no budget is spent. Exit code 1 when a claim is refuted.',
    )
    .argument('[subjects...]', '"mechanisms", "dp-sgd", "one-run" or names of synthesizers (default: all of them)')
    .option('--model <name>', 'synthesizer to audit, as for train; the same as naming it')
    .option('--quick', 'minutes instead of hours, with less power')
    .option('--runs <number>', 'runs of each subject with and without the unit, at least 100', parseCount)
    .option(
      '--epsilon <number>',
      'budget epsilon of the audited trainings',
      parsePositiveNumber,
      DEFAULT_BUDGET.epsilon,
    )
    .option('--delta <number>', 'budget delta of the audited trainings', parseDelta, DEFAULT_BUDGET.delta)
    .option('--html <file>', 'write verdicts and trade-off curves as a page')
    .addOption(jsonOption());
  withExample(command, 'tabveil audit mechanisms --quick --html audit.html');
  return command.action(async (names: string[], { model, html, json, ...flags }: AuditFlags) => {
    const subjects = model === undefined ? names : [...names, model];
    const { quick = false, runs, epsilon, delta } = flags;
    const options: AuditOptions = {
      quick,
      budget: { epsilon, delta },
      ...(subjects.length === 0 ? {} : { subjects }),
      ...(runs === undefined ? {} : { runsPerSide: runs }),
      ...(html === undefined ? {} : { htmlPath: html }),
    };
    const result = await shell.run((context) => audit(options, context));
    shell.print(result, renderSummary(result), json);
    if (html !== undefined) shell.note(`wrote ${html}`);
    if (result.verdict === 'violated') process.exitCode = EXIT_CODES.bug;
  });
}

/** One line per claim, and the verdict. */
function renderSummary({ verdict, alpha, findings }: AuditResult): string {
  const rows = findings.map(({ name, verdict: outcome, proof }) => [
    name,
    outcome,
    `${proof.quantity} ${formatNumber(proof.claimed)}`,
    `${proof.quantity} ${formatNumber(proof.lowerBound)}`,
    `${proof.quantity} ${formatNumber(proof.smallestDetected)}`,
  ]);
  const table = renderTable(['what', 'verdict', 'claimed', 'proven at least', 'would notice from'], rows);
  const words =
    verdict === 'violated'
      ? `A claim is refuted (a true one would be with probability at most ${formatNumber(alpha)}). Do not release models of this version; please report this output.`
      : 'No claim is refuted. This does not prove the claims; it bounds how wrong they could be.';
  return `${table}\n${words}`;
}
