import { Command, InvalidArgumentError } from 'commander';
import type { LedgerHistory } from '../../privacy/ledger/history.ts';
import {
  checkLedger,
  exportLedgerOf,
  type GrantOptions,
  grantBudget,
  type LedgerShown,
  setLedgerPolicy,
  showLedger,
} from '../../tasks/ledger.ts';
import { parseCount, parseNonNegativeNumber, parsePositiveNumber } from '../numbers.ts';
import { renderFacts, renderJson, renderTable } from '../output.ts';
import { withExample } from '../program.ts';
import { jsonOption, type Shell } from '../shell.ts';

/** Options that every subcommand has. */
interface LedgerFlags {
  readonly ledger?: string;
  readonly json?: boolean;
}

/** `tabveil ledger show|grant|policy|verify|export`: the budget of a dataset. */
export function build(shell: Shell): Command {
  return new Command('ledger')
    .description(
      'The privacy budget of a table: what was granted, what was spent, what remains. The table itself is never read.',
    )
    .addCommand(buildShow(shell))
    .addCommand(buildGrant(shell))
    .addCommand(buildPolicy(shell))
    .addCommand(buildVerify(shell))
    .addCommand(buildExport(shell));
}

function subcommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<table>', 'table file; its ledger is <table>.ledger.jsonl')
    .option('--ledger <file>', 'ledger file (default: beside the table)')
    .addOption(jsonOption());
}

function buildShow(shell: Shell): Command {
  const command = subcommand('show', 'Print grants, runs and what remains.');
  withExample(command, 'tabveil ledger show people.csv');
  return command.action(async (table: string, { json, ...flags }: LedgerFlags) => {
    const result = await shell.run(() => showLedger({ table, ...flags }));
    shell.print(result, renderShown(result), json);
  });
}

/** Options of `ledger grant`. */
type GrantFlags = LedgerFlags & Omit<GrantOptions, 'table'>;

function buildGrant(shell: Shell): Command {
  const command = subcommand('grant', 'Add budget for a table, and make its ledger if there is none.')
    .requiredOption('--epsilon <number>', 'epsilon to add', parsePositiveNumber)
    .requiredOption('--delta <number>', 'delta to add; may be 0', parseGrantDelta)
    .option('--officer <name>', 'who grants it')
    .option('--purpose <text>', 'only trainings with this --purpose may use it')
    .option('--expires <day>', 'last day of use, YYYY-MM-DD (UTC)')
    .option(
      '--composition <rule>',
      'how its trainings are added up: basic or zcdp (default: the first one decides)',
      parseRule,
    )
    .option('--schema <file>', 'schema whose privacy unit a new ledger takes (default: one row)')
    .option('--start-over', 'begin a new ledger although the one this machine remembers is lost; it will say so');
  withExample(
    command,
    'tabveil ledger grant people.csv --epsilon 1 --delta 1e-9 --officer "J. Doe" --expires 2099-12-31',
  );
  return command.action(async (table: string, { json, ...flags }: GrantFlags) => {
    const options: GrantOptions = { table, ...flags };
    const result = await shell.run(() => grantBudget(options));
    const lead = result.created ? 'new ledger' : 'ledger';
    shell.print(result, `${lead} ${result.ledger}: grant ${result.grant} added\n${renderHistory(result)}`, json);
  });
}

/** Options of `ledger policy` besides the ledger. */
interface PolicyFlags extends LedgerFlags {
  readonly population?: number;
  readonly maxEpsilon?: Readonly<Record<string, number>>;
  readonly officer?: string;
}

function buildPolicy(shell: Shell): Command {
  const command = subcommand('policy', 'Set what is forbidden; replaces the policy before it.')
    .option('--population <number>', 'size of the population: a delta above one over it is refused', parseCount)
    .option('--max-epsilon <purpose=number>', 'highest total epsilon of a purpose; may be repeated', collectLimit)
    .option('--officer <name>', 'who decides it');
  withExample(command, 'tabveil ledger policy people.csv --population 100000 --max-epsilon research=2');
  return command.action(async (table: string, { json, ...flags }: PolicyFlags) => {
    const result = await shell.run(() => setLedgerPolicy({ table, ...flags }));
    shell.print(result, renderShown(result), json);
  });
}

function buildVerify(shell: Shell): Command {
  const command = subcommand('verify', 'Find lines that were edited, removed or moved.').option(
    '--head <hash>',
    'hash of a last line noted earlier: it must still be there',
  );
  withExample(command, 'tabveil ledger verify people.csv');
  return command.action(async (table: string, { json, ...flags }: LedgerFlags & { readonly head?: string }) => {
    const result = await shell.run(() => checkLedger({ table, ...flags }));
    const completeness = {
      machine: 'the last line known on this machine is there',
      given: 'the line with the given hash is there',
      none: 'nothing known on this machine: lines at the end may be missing; compare --head',
    };
    const facts: [string, string | number][] = [
      ['dataset', result.dataset],
      ['lines', `${result.lines}, each continues the one before; every payment was allowed`],
      ['completeness', completeness[result.completeness]],
      ['head', result.head.hash],
      ...(result.tornBytes > 0
        ? ([['torn', `${result.tornBytes} bytes of an append cut short by a crash; nothing was drawn for it`]] as [
            string,
            string,
          ][])
        : []),
    ];
    shell.print(result, renderFacts(facts), json);
  });
}

function buildExport(shell: Shell): Command {
  const command = subcommand(
    'export',
    'Print the ledger as JSON without private facts: no fingerprint, path, host or time of day.',
  );
  withExample(command, 'tabveil ledger export people.csv > people-ledger.json');
  return command.action(async (table: string, { json, ...flags }: LedgerFlags) => {
    const result = await shell.run(() => exportLedgerOf({ table, ...flags }));
    shell.print(result, renderJson(result), json);
  });
}

function parseGrantDelta(text: string): number {
  const value = parseNonNegativeNumber(text);
  if (value < 1) return value;
  throw new InvalidArgumentError('It must be at least 0 and below 1, for example 1e-9.');
}

function parseRule(text: string): 'basic' | 'zcdp' {
  if (text === 'basic' || text === 'zcdp') return text;
  throw new InvalidArgumentError('It must be basic or zcdp.');
}

function collectLimit(text: string, limits: Readonly<Record<string, number>> = {}): Readonly<Record<string, number>> {
  const split = text.lastIndexOf('=');
  if (split < 1) throw new InvalidArgumentError('Write it as purpose=number, for example research=2.');
  return { ...limits, [text.slice(0, split)]: parseNonNegativeNumber(text.slice(split + 1)) };
}

function renderShown(shown: LedgerShown): string {
  if (shown.exists) return renderHistory(shown);
  if (shown.lost !== undefined) {
    return `${shown.ledger}: this machine remembers a ledger here (dataset ${shown.lost}), but its file is gone, and what it spent counts. Restore it; only if it is lost for good: ledger grant … --start-over.`;
  }
  return `${shown.ledger}: there is no ledger yet, so nothing was spent. The first training makes one whose grant is exactly its epsilon and delta.`;
}

/** A crash after the reservation may have seen the table, so nothing is refunded. */
const RESERVED_NOTE = 'Runs that are only reserved did not finish, or have not yet; what they claimed counts as spent.';

function renderHistory(history: LedgerHistory): string {
  const { spent, remaining, unit, policy } = history;
  const facts: [string, string | number][] = [
    ['dataset', history.dataset],
    ['unit', unit.kind === 'row' ? 'row' : `entity (${unit.key.join(', ')}; at most ${unit.maxRows} rows)`],
    ['spent', `epsilon ${spent.epsilon}, delta ${spent.delta}`],
    [
      'remaining',
      `epsilon ${remaining.epsilon} of ${remaining.grantedEpsilon}, delta ${remaining.delta} of ${remaining.grantedDelta}`,
    ],
  ];
  if (history.replaces !== undefined) {
    facts.push([
      'remark',
      `the ledger here before (dataset ${history.replaces}) is gone; what it spent is not counted`,
    ]);
  }
  if (policy?.population !== undefined) facts.push(['policy', `delta at most 1/${policy.population}`]);
  for (const [purpose, limit] of Object.entries(policy?.maxEpsilon ?? {})) {
    facts.push(['policy', `epsilon at most ${limit} for "${purpose}"`]);
  }
  facts.push(['head', history.head]);
  const grants = history.grants.map((grant) => [
    grant.day,
    grant.grant,
    `${grant.spentEpsilon} of ${grant.epsilon}`,
    `${grant.spentDelta} of ${grant.delta}`,
    grant.rule,
    [
      grant.officer,
      grant.purpose && `for ${grant.purpose}`,
      grant.expires && `${grant.isExpired ? 'expired' : 'until'} ${grant.expires}`,
    ]
      .filter((part) => part)
      .join(', '),
  ]);
  const runs = history.runs.map((run) => [
    run.day,
    run.entry.slice(0, 8),
    run.status,
    run.purpose,
    run.synthesizer,
    String(run.epsilon),
    String(run.delta),
  ]);
  return [
    renderFacts(facts),
    renderTable(['granted', 'grant', 'epsilon spent', 'delta spent', 'rule', 'remarks'], grants),
    ...(runs.length === 0
      ? ['no runs yet']
      : [renderTable(['run on', 'entry', 'status', 'purpose', 'model', 'epsilon', 'delta'], runs)]),
    ...(history.runs.some(({ status }) => status === 'reserved') ? [RESERVED_NOTE] : []),
  ].join('\n\n');
}
