import { Command } from 'commander';
import { type ModelSummary, showModel } from '../../tasks/show-model.ts';
import { MATRICES, renderCorrelations, renderMarginal } from '../model-text.ts';
import { formatNumber, renderFacts, renderTable } from '../output.ts';
import { withExample } from '../program.ts';
import { jsonOption, type Shell } from '../shell.ts';

/** `tabveil model show`: what a model folder holds. */
export function build(shell: Shell): Command {
  const show = new Command('show')
    .description('Describe a model: how it was made, what it cost, which columns it knows.')
    .argument('<model>', 'model folder')
    .addOption(jsonOption());
  withExample(show, 'tabveil model show people-model');
  show.action(async (model: string, { json }: { readonly json?: boolean }) => {
    const summary = await shell.run(() => showModel(model));
    shell.print(summary, renderModel(summary), json);
  });
  return new Command('model').description('Look at a model.').addCommand(show);
}

function renderModel(summary: ModelSummary): string {
  const facts = renderFacts([
    ['model', summary.model],
    ['synthesizer', summary.synthesizer],
    ['trained on', summary.day],
    [
      'guarantee',
      `epsilon ${summary.epsilon}, delta ${formatNumber(summary.delta)} per ${summary.unit}; check it with tabveil verify`,
    ],
    ['rows', `${summary.rows} (a private estimate)`],
    ...(summary.droppedRows === undefined
      ? []
      : [['dropped', `${summary.droppedRows} rows above the cap of their entity (a private estimate)`] as const]),
    ...Object.entries(summary.details)
      .filter(([name]) => !MATRICES.includes(name))
      .map(([name, value]): [string, string] => [name, renderDetail(value)]),
  ]);
  const columns = summary.columns.map((column) => [
    column.name,
    column.kind,
    column.cells,
    column.mayBeMissing ? 'yes' : 'no',
    renderMarginal(column),
  ]);
  const errors = summary.uncertainty.map(({ columns: names, sigmaRows, distance, noiseOnly, cells }) => [
    names.join(' × '),
    sigmaRows.toFixed(1),
    distance.toFixed(4),
    `${noiseOnly} of ${cells}`,
  ]);
  const bars = renderTable(['marginal', '± rows per cell', 'expected distance', 'noise-only cells'], errors);
  const parts = [
    facts,
    renderTable(['column', 'kind', 'cells', 'may be missing', 'distribution'], columns),
    ...renderCorrelations(summary.details),
    ...(errors.length > 0 ? [bars] : []),
  ];
  return parts.join('\n\n');
}

/** A value the synthesizer tells about itself, on one line; lists of lists as `a × b, b × c`. */
function renderDetail(value: unknown): string {
  if (Array.isArray(value)) {
    return value.map((item) => (Array.isArray(item) ? item.join(' × ') : renderDetail(item))).join(', ');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
