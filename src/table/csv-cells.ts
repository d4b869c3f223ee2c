import { civilFromDays, MS_PER_DAY } from './calendar.ts';
import { formatPattern } from './calendar-pattern.ts';
import { CODE_SHIFT, decimalsOfField, outputKind, textsByCode } from './column-output.ts';
import type { Column } from './columns.ts';
import type { Field } from './schema.ts';

/** Writes the cell of a row, with the separator after it, at a place and returns the place behind it. */
export type CellWriter = (row: number, out: Uint8Array, at: number) => number;

/** The cells of one column of a batch as bytes. */
export interface CsvCells {
  readonly writeCell: CellWriter;
  /** No cell is longer than this. */
  readonly maxBytes: number;
}

/** Text that CSV needs around and after every cell of a column. */
export interface CellFrame {
  readonly missingText: string;
  /** Byte after the cell: a comma or a line feed. */
  readonly separator: number;
  /** True when an empty cell must be quoted because the line would be blank. */
  readonly isAlone: boolean;
}

const [MINUS, POINT, ZERO, COLON, LETTER_T] = [45, 46, 48, 58, 84];
/** Longest number or ISO datetime, with its sign and separator. */
const MAX_NUMBER_BYTES = 40;
const encoder = new TextEncoder();

/** How the cells of a column are written. */
export function csvCells(field: Field, column: Column, frame: CellFrame): CsvCells {
  if (column.kind === 'category') return codedCells(field, column.codes, column.categories, frame);
  const missing = cellBytes(null, frame);
  const kind = outputKind(field, column);
  const write = numberWriter(field, kind);
  const { values } = column;
  const { separator } = frame;
  return {
    maxBytes: Math.max(missing.length, write.maxBytes) + 1,
    writeCell(row, out, at) {
      const value = values[row]!;
      if (Number.isNaN(value)) return copy(missing, out, at);
      const end = write.writeValue(value, out, at);
      out[end] = separator;
      return end + 1;
    },
  };
}

/** The bytes of a text cell with its separator; quoted where it has to be. */
function cellBytes(text: string | null, { missingText, separator, isAlone }: CellFrame): Uint8Array {
  const isEmptyCategory = text === '' && missingText !== '';
  const content = text ?? missingText;
  const quoted = isEmptyCategory || (isAlone && content === '') ? '""' : quoteCell(content);
  return encoder.encode(quoted + String.fromCharCode(separator));
}

/** A cell in double quotes when it holds a separator, a quote, a line end or outer spaces. */
export function quoteCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function copy(bytes: Uint8Array, out: Uint8Array, at: number): number {
  for (let index = 0; index < bytes.length; index++) out[at + index] = bytes[index]!;
  return at + bytes.length;
}

function codedCells(field: Field, codes: Int32Array, categories: readonly string[], frame: CellFrame): CsvCells {
  const texts = textsByCode(field, categories).map((text) => writtenText(field, text));
  const cells = texts.map((text) => cellBytes(text, frame));
  return {
    maxBytes: cells.reduce((longest, cell) => Math.max(longest, cell.length), 0),
    writeCell: (row, out, at) => copy(cells[codes[row]! + CODE_SHIFT]!, out, at),
  };
}

function writtenText(field: Field, text: string | null): string | null {
  if (field.type !== 'boolean' || text === null) return text;
  return text === 'true' ? (field.trueValue ?? text) : text === 'false' ? (field.falseValue ?? text) : text;
}

interface ValueWriter {
  readonly writeValue: (value: number, out: Uint8Array, at: number) => number;
  readonly maxBytes: number;
}

function numberWriter(field: Field, kind: string): ValueWriter {
  const isCalendar = kind === 'date' || kind === 'datetime';
  if (isCalendar && field.pattern !== undefined) return patternWriter(field.pattern, kind);
  if (kind === 'date')
    return { writeValue: (value, out, at) => writeDate(Math.round(value), out, at), maxBytes: MAX_NUMBER_BYTES };
  if (kind === 'datetime') return { writeValue: writeDatetime, maxBytes: MAX_NUMBER_BYTES };
  const decimals = kind === 'integer' ? 0 : decimalsOfField(field);
  const unit = 10 ** decimals;
  const writeValue = (value: number, out: Uint8Array, at: number) => writeDecimal(value, decimals, unit, out, at);
  const point = field.numberText?.decimalChar ?? '.';
  if (point === '.') return { writeValue, maxBytes: MAX_NUMBER_BYTES };
  return textWriter((value) => {
    const digits = new Uint8Array(MAX_NUMBER_BYTES);
    return String.fromCharCode(...digits.subarray(0, writeValue(value, digits, 0))).replace('.', point);
  }, MAX_NUMBER_BYTES + 8);
}

/** Writes a text made for each value, quoted where it has to be; slower than bytes, for unusual notations only. */
function textWriter(format: (value: number) => string, maxBytes: number): ValueWriter {
  return {
    maxBytes,
    writeValue: (value, out, at) => copy(encoder.encode(quoteCell(format(value))), out, at),
  };
}

function patternWriter(pattern: string, kind: string): ValueWriter {
  const unit = kind === 'date' ? MS_PER_DAY : 1;
  // No directive is longer than the name of a month, and quoting at most doubles a text.
  const maxBytes = 2 + 2 * (encoder.encode(pattern).length + 9 * pattern.length);
  return textWriter((value) => formatPattern(pattern, Math.round(value) * unit), maxBytes);
}

/** Writes a whole number without a sign. */
function writeWhole(value: number, out: Uint8Array, at: number): number {
  let rest = value;
  let digits = 1;
  for (let limit = 10; rest >= limit; limit *= 10) digits++;
  const end = at + digits;
  let place = end;
  while (rest > 2_147_483_647) {
    const quotient = Math.floor(rest / 10);
    out[--place] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  let small = rest | 0;
  do {
    const quotient = (small / 10) | 0;
    out[--place] = ZERO + (small - quotient * 10);
    small = quotient;
  } while (place > at);
  return end;
}

/** Writes a number by its scaled whole number: as many decimals as declared, without trailing zeros. */
export function writeDecimal(value: number, decimals: number, unit: number, out: Uint8Array, at: number): number {
  const scaled = Math.round(Math.abs(value) * unit);
  if (!(scaled <= Number.MAX_SAFE_INTEGER)) return writeHuge(value, out, at);
  let place = at;
  if (value < 0 && scaled > 0) out[place++] = MINUS;
  const whole = decimals === 0 ? scaled : Math.floor(scaled / unit);
  place = writeWhole(whole, out, place);
  let rest = scaled - whole * unit;
  if (rest === 0) return place;
  out[place++] = POINT;
  for (let index = decimals - 1; index >= 0; index--) {
    const quotient = Math.floor(rest / 10);
    out[place + index] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  place += decimals;
  while (out[place - 1] === ZERO) place--;
  return place;
}

function writeHuge(value: number, out: Uint8Array, at: number): number {
  const text = Number.isFinite(value) ? String(value) : value < 0 ? '-inf' : 'inf';
  return copy(encoder.encode(text), out, at);
}

function writePadded(value: number, digits: number, out: Uint8Array, at: number): number {
  let rest = value;
  for (let index = digits - 1; index >= 0; index--) {
    const quotient = Math.floor(rest / 10);
    out[at + index] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  return at + digits;
}

function writeDate(days: number, out: Uint8Array, at: number): number {
  if (!Number.isFinite(days)) return at;
  const { year, month, day } = civilFromDays(days);
  let place = writePadded(Math.abs(year), 4, out, at);
  out[place++] = MINUS;
  place = writePadded(month, 2, out, place);
  out[place++] = MINUS;
  return writePadded(day, 2, out, place);
}

function writeDatetime(value: number, out: Uint8Array, at: number): number {
  if (!Number.isFinite(value)) return at;
  const milliseconds = Math.round(value);
  const days = Math.floor(milliseconds / MS_PER_DAY);
  const rest = milliseconds - days * MS_PER_DAY;
  let place = writeDate(days, out, at);
  out[place++] = LETTER_T;
  place = writePadded(Math.floor(rest / 3_600_000), 2, out, place);
  out[place++] = COLON;
  place = writePadded(Math.floor(rest / 60_000) % 60, 2, out, place);
  out[place++] = COLON;
  place = writePadded(Math.floor(rest / 1000) % 60, 2, out, place);
  if (rest % 1000 === 0) return place;
  out[place++] = POINT;
  return writePadded(rest % 1000, 3, out, place);
}
