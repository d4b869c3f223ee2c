import { Command, InvalidArgumentError } from 'commander';
import { formatInterval, formatValue } from '../../report/format.ts';
import { type ScanOptions, type ScanResult, scan } from '../../tasks/scan.ts';
import { renderTable } from '../output.ts';
import { withExample } from '../program.ts';
import type { Shell } from '../shell.ts';

/** Options as commander hands them over. */
interface ScanFlags {
  readonly schema?: string;
  readonly keys?: readonly string[];
  readonly entity?: string;
  readonly points?: readonly string[];
  readonly html?: string;
  readonly json?: string | true;
}

/** `tabveil scan`: looks for what should not be in a table before a model is trained. */
export function build(shell: Shell): Command {
  const command = new Command('scan')
    .description(
      'Look for what should not be in a table: direct identifiers, free text, near-unique columns, digests that can be reversed, people who stand out. The result is private and quotes no cell.',
    )
    .argument('<table>', 'CSV, Parquet or JSON file')
    .option('--schema <file>', 'Table Schema file that says which columns are identifiers and quasi-identifiers')
    .option('--keys <columns>', 'quasi-identifiers, separated by commas', splitNames)
    .option('--entity <column>', 'pseudonym that ties rows of a person together, for the trip-log drill')
    .option('--points <columns>', 'times and places that outsiders may see, separated by commas', splitNames)
    .option('--html <file>', 'write the findings as a page (private)')
    .option('--json [file]', 'write the findings as JSON; to stdout without a file (private)');
  withExample(command, 'tabveil scan people.csv --keys age,gender,region --html scan.html');
  return command.action(async (table: string, flags: ScanFlags) => {
    const result = await shell.run((context) => scan(toOptions(table, flags), context));
    shell.print(result, renderFindings(result), flags.json === true);
    for (const path of [flags.html, flags.json]) if (typeof path === 'string') shell.note(`wrote ${path} (private)`);
  });
}

function toOptions(tablePath: string, flags: ScanFlags): ScanOptions {
  return {
    tablePath,
    ...(flags.schema !== undefined && { schemaPath: flags.schema }),
    ...(flags.keys !== undefined && { keys: flags.keys }),
    ...((flags.entity !== undefined || flags.points !== undefined) && {
      trips: {
        ...(flags.entity !== undefined && { entity: flags.entity }),
        ...(flags.points !== undefined && { points: flags.points }),
      },
    }),
    ...(flags.html !== undefined && { htmlPath: flags.html }),
    ...(typeof flags.json === 'string' && { jsonPath: flags.json }),
  };
}

function splitNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new InvalidArgumentError('It must be column names separated by commas.');
  return names;
}

function renderFindings(result: ScanResult): string {
  const rows = result.findings.map((finding) => [finding.severity, finding.column, finding.finding]);
  const table =
    rows.length > 0
      ? renderTable(['severity', 'column', 'finding'], rows)
      : 'Nothing was found; a scan knows some forms of identifiers, not all.';
  return [
    table,
    '',
    ...anonymityLines(result),
    ...result.notes,
    'Private: computed from real rows without protection. Do not share.',
  ].join('\n');
}

function anonymityLines({ anonymity, knownAttributes, trips, rows }: ScanResult): readonly string[] {
  const lines: string[] = [];
  if (anonymity) {
    lines.push(
      `Quasi-identifiers ${anonymity.keys.join(', ')}: smallest class ${anonymity.smallestClass}, ${anonymity.uniqueRows} of ${rows} rows alone, average prosecutor risk ${formatValue(anonymity.averageRisk)}.`,
    );
  }
  if (knownAttributes) {
    const { worst, meanUniqueShare } = knownAttributes;
    lines.push(
      `Three known attributes: ${formatValue(meanUniqueShare)} of the rows are unique on average; most telling ${worst.columns.join(', ')} (${formatValue(worst.uniqueShare)}).`,
    );
  }
  for (const { points, share, interval, tried } of trips?.knowledge ?? []) {
    lines.push(
      `Trip log: ${points} known points of ${trips?.points.join(', ')} fit nobody else for ${formatValue(share)} (${formatInterval(interval)}) of ${tried} people in ${trips?.entity}.`,
    );
  }
  return lines;
}
