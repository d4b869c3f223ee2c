import { open } from 'node:fs/promises';
import { NOT_UTF8, tableError } from './table-errors.ts';

/** Characters that may separate cells, in order of preference when the first line holds equally many. */
const DELIMITERS = [',', ';', '\t', '|'];
/** The first line must end within this many bytes. */
const MAX_HEADER_BYTES = 1 << 20;

/** What the first line of a CSV file says. */
export interface CsvHeader {
  readonly names: readonly string[];
  readonly delimiter: string;
}

/**
 * Reads the first line of a CSV file and nothing else: column names and the separator, which is the candidate that
 * occurs most often in it outside quotes.
 * @throws TabveilError (input) when the line is empty, too long or not UTF-8.
 */
export async function readCsvHeader(path: string): Promise<CsvHeader> {
  const line = await readFirstLine(path);
  if (line.trim() === '') {
    throw tableError(path, 'no-header', 'the first line is empty; it must hold the column names.');
  }
  const cellsBy = DELIMITERS.map((delimiter) => splitCsvLine(line, delimiter));
  const most = Math.max(...cellsBy.map((cells) => cells.length));
  const index = cellsBy.findIndex((cells) => cells.length === most);
  return { names: (cellsBy[index] ?? []).map((cell) => cell.trim()), delimiter: DELIMITERS[index] ?? ',' };
}

/** The text before the first line end outside quotes, without a byte order mark. */
async function readFirstLine(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_HEADER_BYTES), 0, MAX_HEADER_BYTES, 0);
    const end = endOfFirstLine(buffer, bytesRead);
    if (end === MAX_HEADER_BYTES) {
      throw tableError(path, 'long-line', 'the first line does not end within 1 MiB; it must hold the column names.');
    }
    return decodeUtf8(buffer.subarray(0, end), path);
  } finally {
    await file.close();
  }
}

function endOfFirstLine(bytes: Uint8Array, length: number): number {
  const [quote, lineFeed, carriageReturn] = [34, 10, 13];
  let isQuoted = false;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at];
    if (byte === quote) isQuoted = !isQuoted;
    else if (!isQuoted && (byte === lineFeed || byte === carriageReturn)) return at;
  }
  return length;
}

function decodeUtf8(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw tableError(path, 'not-utf8', NOT_UTF8);
  }
}

/** The cells of one line: separators inside double quotes do not count, and doubled quotes stand for one. */
export function splitCsvLine(line: string, delimiter: string): string[] {
  const cells: string[] = [];
  let [cell, isQuoted] = ['', false];
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (character === '"' && isQuoted && line[at + 1] === '"') {
      cell += '"';
      at++;
    } else if (character === '"') {
      isQuoted = !isQuoted;
    } else if (character === delimiter && !isQuoted) {
      cells.push(cell);
      cell = '';
    } else {
      cell += character;
    }
  }
  return [...cells, cell];
}
