import { Command, InvalidArgumentError } from 'commander';
import { TabveilError } from '../../errors.ts';
import { type ExpectedError, planTraining, type TrainPlan } from '../../tasks/plan-training.ts';
import { type TrainOptions, type TrainResult, train } from '../../tasks/train.ts';
import { parseDelta, parsePositiveNumber } from '../numbers.ts';
import { formatBytes, formatNumber, renderFacts, renderTable } from '../output.ts';
import { withExample } from '../program.ts';
import { jsonOption, type Shell } from '../shell.ts';

/** Settings of a synthesizer by name. */
type Settings = Readonly<Record<string, string | number | boolean>>;

/** Options as commander hands them over. */
interface TrainFlags {
  readonly schema: string;
  readonly model: string;
  readonly epsilon: number;
  readonly delta: number;
  readonly out?: string;
  readonly ledger?: string;
  readonly purpose?: string;
  readonly checkpoint?: string;
  readonly set: Settings;
  readonly plan?: boolean;
  readonly json?: boolean;
}

/** `tabveil train`: fits a private model, or prints what fitting one would spend. */
export function build(shell: Shell): Command {
  const command = new Command('train')
    .description(
      'Fit a model of a private table. The budget is paid to the ledger before any noise is drawn, and the model carries a certificate of what was spent.',
    )
    .argument('<table>', 'CSV, Parquet, JSON or Arrow file; with --plan it is not read and need not exist')
    .requiredOption('--schema <file>', 'Table Schema file that says what is public')
    .option('--model <name>', 'synthesizer: aim, mst, copula, ctgan, independent, or auto to let Tabveil choose', 'aim')
    .requiredOption('--epsilon <number>', 'privacy budget epsilon', parsePositiveNumber)
    .requiredOption('--delta <number>', 'privacy budget delta, well below one over the population', parseDelta)
    .option('--out <folder>', 'model folder to write (not needed with --plan)')
    .option('--ledger <file>', 'ledger file (default: beside the table)')
    .option('--purpose <text>', 'what the model is for; recorded in the ledger and on its card')
    .option(
      '--checkpoint <file>',
      'keep what was released there; if the training stops, the same command goes on from it without spending',
    )
    .option('--set <name=value>', 'setting of the synthesizer; may be repeated', collectSetting, {})
    .option('--plan', 'print how the budget would be split and what errors to expect; reads no data, spends nothing')
    .addOption(jsonOption());
  withExample(
    command,
    'tabveil train people.csv --schema people.schema.json --model mst --epsilon 1 --delta 1e-9 --plan',
    'tabveil train people.csv --schema people.schema.json --model mst --epsilon 1 --delta 1e-9 --out people-model',
  );
  return command.action(async (table: string, flags: TrainFlags) => {
    if (flags.plan) {
      const plan = await shell.run(() => planTraining(toTrainOptions(table, '', flags)));
      shell.print(plan, renderPlan(plan), flags.json);
      return;
    }
    const { out } = flags;
    if (out === undefined) {
      throw new TabveilError(
        'usage',
        'train.out',
        'train: --out is missing; name the model folder to write, or add --plan.',
      );
    }
    const result = await shell.run((context) =>
      train(toTrainOptions(table, out, flags), { ...context, onNotice: shell.note }),
    );
    shell.print(result, renderTraining(result, table), flags.json);
  });
}

function toTrainOptions(table: string, out: string, flags: TrainFlags): TrainOptions {
  const { schema, model, epsilon, delta, ledger, purpose, checkpoint } = flags;
  return {
    ...{ table, schema, model, epsilon, delta, out, modelOptions: flags.set },
    ...(ledger === undefined ? {} : { ledger }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  };
}

/** Adds one `name=value` to the settings; values that read as numbers or as true and false become such. */
function collectSetting(text: string, settings: Settings): Settings {
  const [, name, value] = /^([A-Za-z][\w-]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Write it as name=value.');
  }
  const number = Number(value);
  const typed = value === 'true' || value === 'false' ? value === 'true' : Number.isFinite(number) ? number : value;
  return { ...settings, [name]: typed };
}

function renderTraining(result: TrainResult, table: string): string {
  const { epsilon, delta, accountedEpsilon, accountant, ledger } = result;
  const facts: [string, string | number][] = [
    ['model', `${result.model} (${result.synthesizer}, about ${result.rows} rows)`],
    ...chosenFact(result.reason),
    [
      'spent',
      `epsilon ${epsilon}, delta ${formatNumber(delta)}; its events cost ${formatNumber(accountedEpsilon, 6)} (${accountant})`,
    ],
    ['ledger', ledger.path],
  ];
  const notes = [
    ...(ledger.created
      ? [
          `There was no ledger: a new one grants exactly this training's epsilon ${epsilon} and delta ${formatNumber(delta)}, which are now spent.`,
          `Before this table can be trained on again: tabveil ledger grant ${table} --epsilon E --delta D`,
        ]
      : []),
    ...(ledger.recognised ? ['The table is a copy of one that this ledger knows, so the same ledger paid.'] : []),
  ];
  return [renderFacts(facts), ...notes].join('\n');
}

/** Why Tabveil chose this synthesizer, when the choice was left to it. */
function chosenFact(reason: string | undefined): [string, string][] {
  return reason === undefined ? [] : [['chosen', reason]];
}

/** Pairs listed in the plan for people; JSON has them all. */
const LISTED_PAIRS = 10;

function renderPlan(plan: TrainPlan): string {
  const facts = renderFacts([
    ['model', plan.synthesizer],
    ...chosenFact(plan.reason),
    ['budget', `epsilon ${plan.epsilon}, delta ${formatNumber(plan.delta)}`],
    ['events', `${plan.events.length}, costing ${formatNumber(plan.accountedEpsilon, 6)} (${plan.accountant})`],
    ['time', `about ${formatNumber(plan.seconds)} s, without reading the table`],
    ['memory', `about ${formatBytes(plan.bytes)}`],
  ]);
  const purposes = plan.purposes.map(({ purpose, events, share }) => [purpose, events, formatShare(share)]);
  const worstPairs = plan.pairs.toSorted((a, b) => b.cells - a.cells).slice(0, LISTED_PAIRS);
  return [
    facts,
    renderTable(['purpose', 'events', 'budget'], purposes),
    ...(plan.columns.length === 0 ? [] : [renderErrors('column', plan.columns)]),
    ...(worstPairs.length === 0 ? [] : [renderErrors('pair, largest first, if it is measured', worstPairs)]),
    'Nothing was read or spent.',
  ].join('\n\n');
}

function renderErrors(title: string, errors: readonly ExpectedError[]): string {
  const knowsDistance = errors.some(({ distance }) => distance !== undefined);
  return renderTable(
    [title, 'cells', 'noise per cell (rows)', ...(knowsDistance ? ['expected distance'] : [])],
    errors.map(({ columns, cells, sigmaRows, distance }) => [
      columns.join(' × '),
      cells,
      sigmaRows,
      ...(knowsDistance ? [distance ?? ''] : []),
    ]),
  );
}

function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
