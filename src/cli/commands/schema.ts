import { Command } from 'commander';
import { TabveilError } from '../../errors.ts';
import { axisText } from '../../table/axis.ts';
import type { Field } from '../../table/schema.ts';
import {
  type CheckResult,
  checkSchemaFile,
  draftSchemaFile,
  importSchemaFile,
  type MadeSchema,
} from '../../tasks/schema.ts';
import { formatNumber, renderJson, renderTable } from '../output.ts';
import { withExample } from '../program.ts';
import { jsonOption, type Shell } from '../shell.ts';

/** Options as commander hands them over. */
interface MakeFlags {
  readonly out?: string;
  readonly table?: string;
  readonly json?: boolean;
}

/** `tabveil schema draft|check|import`: the file that says what is public about a table. */
export function build(shell: Shell): Command {
  return new Command('schema')
    .description(
      'The schema file: Table Schema, plus what is public by declaration and what is bought from the budget.',
    )
    .addCommand(buildDraft(shell))
    .addCommand(buildCheck(shell))
    .addCommand(buildImport(shell));
}

function buildDraft(shell: Shell): Command {
  const command = new Command('draft')
    .description(
      'Draft a schema from a table. Facts taken from the data are marked unconfirmed, and training refuses them until a person confirms each.',
    )
    .argument('<table>', 'CSV, Parquet or JSON file')
    .option('--out <file>', 'write the draft here instead of stdout')
    .addOption(jsonOption());
  withExample(command, 'tabveil schema draft people.csv --out people.draft.json');
  return command.action(async (table: string, { json, out }: MakeFlags) => {
    const made = await shell.run((context) =>
      draftSchemaFile({ table, ...(out === undefined ? {} : { out }) }, context),
    );
    printMade(shell, made, json);
  });
}

function buildImport(shell: Shell): Command {
  const command = new Command('import')
    .description('Make a schema from the metadata of another tool: SDV metadata JSON.')
    .argument('<file>', 'metadata file')
    .option('--table <name>', 'which table of multi-table metadata')
    .option('--out <file>', 'write the schema here instead of stdout')
    .addOption(jsonOption());
  withExample(command, 'tabveil schema import metadata.json --out imported.schema.json');
  return command.action(async (file: string, { json, ...flags }: MakeFlags) => {
    printMade(shell, await shell.run((context) => importSchemaFile({ file, ...flags }, context)), json);
  });
}

/** A schema is JSON for people too; when it went to a file, say where. */
function printMade(shell: Shell, made: MadeSchema, json: boolean | undefined): void {
  for (const note of made.notes) shell.note(note);
  shell.print(made, made.out === undefined ? renderJson(made.schema) : `wrote ${made.out}`, json);
}

function buildCheck(shell: Shell): Command {
  const command = new Command('check')
    .description(
      'Check a schema, and that a table can be read with it. Nothing about the values of the table is printed.',
    )
    .argument('<schema>', 'schema file')
    .argument('[table]', 'table that should fit it')
    .addOption(jsonOption());
  withExample(command, 'tabveil schema check people.schema.json people.csv');
  return command.action(async (schema: string, table: string | undefined, { json }: MakeFlags) => {
    const result = await shell.run((context) =>
      checkSchemaFile({ schema, ...(table === undefined ? {} : { table }) }, context),
    );
    shell.print(result, renderCheck(result), json);
    if (result.problems.length > 0) {
      const count = result.problems.length === 1 ? '1 problem' : `${result.problems.length} problems`;
      throw new TabveilError('input', 'schema.invalid', `${schema}: ${count}; see the list.`);
    }
  });
}

function renderCheck({ schema, problems, notes, unconfirmedFacts }: CheckResult): string {
  const open = new Map(unconfirmedFacts.map(({ field, facts }) => [field, facts]));
  const lines = [
    ...problems.map((problem) => `problem: ${problem}`),
    ...(open.size === 0 ? [] : [describeOpen(unconfirmedFacts)]),
    ...notes.map((note) => `note: ${note}`),
  ];
  if (schema === undefined) return lines.join('\n');
  const rows = schema.fields.map((field) => [
    field.name,
    field.type,
    describeDomain(field, open.get(field.name) ?? []),
    field.nullable ? 'yes' : 'no',
    field.roles.join(', '),
  ]);
  return [renderTable(['field', 'type', 'values', 'missing', 'roles'], rows), ...lines].join('\n');
}

/** What a draft took from the data and nobody has confirmed, and what to do. */
function describeOpen(open: CheckResult['unconfirmedFacts']): string {
  const listed = open.map(({ field, facts }) => `  ${field}: ${facts.join(', ')}`);
  return [
    'unconfirmed, taken from the data by a draft; train refuses the schema until each is settled:',
    ...listed,
    'For each: take it out of privacy.unconfirmed if it is public knowledge, or have categories and bounds learned.',
  ].join('\n');
}

/** Where a domain comes from; `unconfirmed` are the facts that may not be called public yet. */
function describeDomain({ domain, type }: Field, unconfirmed: readonly string[]): string {
  if (domain.kind === 'identifier') return `fresh ${domain.format}`;
  if (domain.kind === 'categorical') {
    return domain.categories.status === 'learn'
      ? 'categories learned'
      : `${domain.categories.value.length} categories, ${unconfirmed.includes('categories') ? 'unconfirmed' : 'public'}`;
  }
  if (domain.bounds.status === 'learn') return 'bounds learned';
  const { minimum, maximum } = domain.bounds.value;
  const bins = domain.edges === undefined ? '' : `, ${domain.edges.length - 1} bins`;
  const text = (value: number) =>
    type === 'date' || type === 'datetime' ? axisText(type, value) : formatNumber(value, 12);
  return `${text(minimum)} to ${text(maximum)}, ${unconfirmed.includes('bounds') ? 'unconfirmed' : 'public'}${bins}`;
}
