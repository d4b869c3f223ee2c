import { Command, Option } from 'commander';
import { type SampleOptions, type SampleResult, sample } from '../../tasks/sample.ts';
import { parseRows, parseSeed } from '../numbers.ts';
import { formatNumber } from '../output.ts';
import { withExample } from '../program.ts';
import { jsonOption, type Shell } from '../shell.ts';

/** Options as commander hands them over. */
interface SampleFlags {
  readonly rows?: number;
  readonly out: string;
  readonly seed?: number;
  readonly method?: 'systematic' | 'iid';
  readonly where?: readonly string[];
  readonly json?: boolean;
}

/** `tabveil sample`: draws a synthetic table from a finished model; costs no budget. */
export function build(shell: Shell): Command {
  const command = new Command('sample')
    .description('Draw a synthetic table from a model. It costs no budget and can be repeated as often as you like.')
    .argument('<model>', 'model folder written by tabveil train')
    .option('--rows <number>', "number of rows (default: the model's private estimate of the table's)", parseRows)
    .requiredOption('--out <file>', 'file to write: .csv, .parquet or .arrow')
    .option('--seed <number>', 'the same seed gives the same rows (default: a fresh one)', parseSeed)
    .addOption(
      new Option(
        '--method <name>',
        'systematic follows the model with the least error; iid draws each row independently',
      )
        .choices(['systematic', 'iid'])
        .default('systematic'),
    )
    .option(
      '--where <condition>',
      'only rows that meet it, such as "age>=30", "sex=Female", "city=Ulm|Bern", "income is missing"; may be repeated, then rows meet all of them',
      (condition: string, earlier: readonly string[] = []) => [...earlier, condition],
    )
    .addOption(jsonOption());
  withExample(command, 'tabveil sample models/lending-mst --rows 1000 --seed 7 --out synthetic.csv');
  return command.action(async (model: string, { json, ...flags }: SampleFlags) => {
    const options: SampleOptions = { model, ...flags };
    const result = await shell.run((context) => sample(options, context));
    shell.print(result, renderSample(result), json);
  });
}

function renderSample(result: SampleResult): string {
  const rows = `${result.out}: ${result.rows} synthetic rows (--seed ${result.seed} gives them again)`;
  if (result.conditions === undefined) return rows;
  const { statement, probability } = result.conditions;
  const share =
    probability === undefined
      ? ''
      : `; the model gives the conditions a probability of ${formatNumber(probability, 3)}`;
  return `${rows}\nwhere: ${statement}${share}`;
}
