import { createReadStream } from 'node:fs';
import { TabveilError } from '../errors.ts';

/** An input error about a table file; the message never quotes a cell. */
export function tableError(path: string, code: string, sentence: string): TabveilError {
  return new TabveilError('input', `table.${code}`, `${path}: ${sentence}`);
}

/** What to do about another encoding; spreadsheet programs are where it mostly comes from. */
export const NOT_UTF8 =
  'the text is not UTF-8; convert the file to UTF-8 (in a spreadsheet program: save as "CSV UTF-8").';

/** What DuckDB says when a file is broken, and what we say instead: its own words quote cells and line numbers. */
const CSV_FAULTS: readonly (readonly [RegExp, string, string])[] = [
  [
    /state machine reached an invalid state/,
    'line-ends',
    'line ends are mixed (LF and CRLF) or quotes are misplaced; write the file with one kind of line end.',
  ],
  [/Invalid unicode \(byte sequence mismatch\)/, 'not-utf8', NOT_UTF8],
  [
    /Expected Number of Columns: \d+ Found: \d+/,
    'ragged',
    'a line has more or fewer cells than the first line; check separators and quotes.',
  ],
  [
    /unterminated quote/i,
    'quotes',
    'a quoted cell is not closed, or text follows its closing quote; double quotes inside quoted cells.',
  ],
  [/maximum line size/i, 'long-line', 'a line is longer than 16 MB; check for a quote that is not closed.'],
];

/**
 * The error to show for a failure of DuckDB while it read a table.
 *
 * **Privacy**: only the kind of fault passes; cells, lines and counts in DuckDB's message do not.
 */
export function sealReadFailure(path: string, format: string, error: unknown): TabveilError {
  if (error instanceof TabveilError) return error;
  const message = error instanceof Error ? error.message : '';
  if (/out of memory/i.test(message))
    return tableError(path, 'memory', 'there is not enough memory to read the table.');
  const fault = format === 'CSV' ? CSV_FAULTS.find(([pattern]) => pattern.test(message)) : undefined;
  return fault === undefined
    ? tableError(path, 'broken', `the file cannot be read as ${format}; check that it is whole and of that format.`)
    : tableError(path, fault[1], fault[2]);
}

/**
 * As `sealReadFailure`, for files whose fault DuckDB does not name: another encoding makes it fail in ways that say nothing.
 *
 * **Privacy**: only the kind of fault passes.
 */
export async function explainReadFailure(path: string, format: string, error: unknown): Promise<TabveilError> {
  const sealed = sealReadFailure(path, format, error);
  if (format !== 'CSV' || sealed.code !== 'table.broken' || (await isUtf8(path))) return sealed;
  return tableError(path, 'not-utf8', NOT_UTF8);
}

/** Whether a file is valid UTF-8, in bounded memory; files that cannot be read are not judged. */
async function isUtf8(path: string): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const bytes of createReadStream(path)) decoder.decode(bytes, { stream: true });
    decoder.decode();
    return true;
  } catch (error) {
    return !(error instanceof TypeError);
  }
}
