import { Command } from 'commander';
import { type DemoOptions, type DemoResult, runDemo } from '../../tasks/demo.ts';
import { formatNumber, renderFacts } from '../output.ts';
import { withExample } from '../program.ts';
import { jsonOption, type Shell } from '../shell.ts';

/** `tabveil demo`: the main job on invented people. */
export function build(shell: Shell): Command {
  const command = new Command('demo')
    .description(
      'Do the main job on 30,000 invented loan applicants: train, sample, verify, and evaluate against 10,000 others who were held out.',
    )
    .option('--out <folder>', 'folder to work in', 'demo-output')
    .option('--model <name>', 'synthesizer', 'aim')
    .addOption(jsonOption());
  withExample(command, 'tabveil demo --out demo-output');
  return command.action(async ({ json, ...options }: DemoOptions & { readonly json?: boolean }) => {
    const result = await shell.run((context) => runDemo(options, context));
    shell.print(result, renderDemo(result), json);
  });
}

function renderDemo({ table, trained, sampled, verified, distances, report }: DemoResult): string {
  const facts = renderFacts([
    ['private table', table],
    [
      'model',
      `${trained.model} (${trained.synthesizer}, epsilon ${trained.epsilon}, delta ${formatNumber(trained.delta)})`,
    ],
    ['synthetic table', `${sampled.out} (${sampled.rows} rows, a private estimate of the true number)`],
    [
      'guarantee',
      `verified: epsilon ${formatNumber(verified.accountedEpsilon)} at delta ${formatNumber(verified.delta)}, recomputed`,
    ],
    [
      'distance',
      `${distances.map((distance) => distance.toFixed(3)).join(', ')} for single columns, pairs and triples (0 same, 1 disjoint)`,
    ],
    ['report', report],
  ]);
  return `${facts}\nOpen the report in a browser. On a table of your own: tabveil train --help`;
}
