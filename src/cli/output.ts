/** JSON has no Map, bigint or typed array; results may. */
function toPlain(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (typeof value === 'bigint') return value.toString();
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Float64Array);
  return value;
}

/** A result as indented JSON text; maps become objects, typed arrays become arrays, NaN and infinities become null. */
export function renderJson(result: unknown): string {
  return JSON.stringify(result, toPlain, 2);
}

/**
 * A number for people: at most `digits` significant digits, no trailing zeros, exponent only when it is shorter to read.
 *
 * @example formatNumber(0.123456) // '0.1235'
 */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const rounded = Number(value.toPrecision(digits));
  if (rounded === 0 || Math.abs(rounded) >= 1e-4) return String(rounded);
  return rounded.toExponential();
}

/** Bytes for people, in powers of 1000. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${formatNumber(bytes / 1e9, 3)} GB`;
  if (bytes >= 1e6) return `${formatNumber(bytes / 1e6, 3)} MB`;
  if (bytes >= 1e3) return `${formatNumber(bytes / 1e3, 3)} kB`;
  return `${formatNumber(bytes)} bytes`;
}

/** Lines of `name  value`, with the values aligned. */
export function renderFacts(facts: readonly (readonly [name: string, value: string | number])[]): string {
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  return facts
    .map(([name, value]) => `${name.padEnd(width)}  ${typeof value === 'number' ? formatNumber(value) : value}`)
    .join('\n');
}

/**
 * A text table with aligned columns, numbers to the right.
 *
 * @param header - Column titles.
 * @param rows - One array per row, as long as the header.
 */
export function renderTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? formatNumber(cell) : cell)));
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const isNumeric = header.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        isNumeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}
