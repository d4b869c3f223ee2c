/** What kind of failure this is; it decides the exit code of the command line. */
export type ErrorKind = 'usage' | 'input' | 'budget' | 'bug';

/** Exit code of the command line for each kind of failure; 0 means done. */
export const EXIT_CODES: Readonly<Record<ErrorKind, number>> = { bug: 1, usage: 2, input: 3, budget: 4 };

/** Facts for programs that travel with an error; never a value of a private row. */
export type ErrorFields = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/**
 * The only error Tabveil throws on purpose.
 *
 * The message is one line: where, what was found, what is allowed, what to do.
 *
 * **Privacy**: below the table reader no message or field holds a cell value, count or row number of a private table,
 * and no failure depends on one.
 *
 * @example throw new TabveilError('usage', 'epsilon.not-positive', `--epsilon is ${text}; it must be a positive number.`)
 */
export class TabveilError extends Error {
  override readonly name = 'TabveilError';
  /** Decides the exit code. */
  readonly kind: ErrorKind;
  /** Stable dotted code, for example `schema.unknown-type`. */
  readonly code: string;
  /** Facts for programs. */
  readonly fields: ErrorFields;

  constructor(kind: ErrorKind, code: string, message: string, fields: ErrorFields = {}) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.fields = fields;
  }
}

/**
 * Why a file cannot be read, in words; nothing of the file is in it.
 * @param error what the file system threw.
 */
export function describeReadFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'this is a folder';
  return `the file cannot be read (${code})`;
}
