import { CommanderError } from 'commander';
import { EXIT_CODES, TabveilError } from '../errors.ts';

/** What the system calls that can fail for reasons outside Tabveil say, in words, with what to do. */
const SYSTEM_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder. Check the path.',
  ENOTDIR: 'a part of the path is not a folder. Check the path.',
  EISDIR: 'this is a folder, a file is needed.',
  EACCES: 'permission denied. Choose another path or change its permissions.',
  EPERM: 'operation not permitted. Choose another path or change its permissions.',
  EROFS: 'the file system is read-only. Choose another path.',
  ENOSPC: 'no space left on the device. Free some space or choose another path; nothing half-written was kept.',
  EDQUOT: 'the disk quota is exhausted. Free some space or choose another path; nothing half-written was kept.',
  EFBIG: 'the file is larger than the file system allows.',
  ENAMETOOLONG: 'the name is too long.',
  EMFILE: 'too many open files. Close other programs or raise the limit.',
  EEXIST: 'it exists already. Choose another path or remove it.',
  ENOTEMPTY: 'the folder exists and is not empty. Choose another path or remove it.',
};

/** What to print and how to end after a failure. */
export interface FailureReport {
  /** Lines for stderr, each without a line break; empty when the message is already out. */
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** True for the errors that abort signals make. */
function isAbort(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === 'AbortError' || (error as NodeJS.ErrnoException).code === 'ABORT_ERR')
  );
}

function describeSystemFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : SYSTEM_FAILURES[code];
  return reason === undefined ? undefined : `${path === undefined ? '' : `${path}: `}${reason}`;
}

/** Name of the error and the place in our own code where it came from: enough to find the bug, without its message. */
function locateBug(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = error.stack?.split('\n').find((line) => /^\s+at .*(dist|src)\//.test(line)) ?? '';
  const place = /(?:dist|src)\/[^)]*/.exec(frame)?.[0];
  return place === undefined ? error.name : `${error.name} at ${place}`;
}

function reportBug(error: unknown, debug: boolean): FailureReport {
  const isOurs = error instanceof TabveilError;
  const what = isOurs ? error.message : locateBug(error);
  const hint = 'Please report this line. TABVEIL_DEBUG=1 prints the stack, which may hold private values.';
  const stack = debug ? (error instanceof Error ? (error.stack ?? String(error)) : String(error)).split('\n') : [];
  return { lines: [`internal error: ${what}. ${hint}`, ...stack], exitCode: EXIT_CODES.bug };
}

/**
 * Decides what a failure prints and which exit code it gets: one line, no stack.
 *
 * **Privacy**: the message of an error that Tabveil did not write itself may quote a cell of the private table, so it is
 * not printed; only the error's name and place are.
 *
 * @param interruptedCode - Exit code of the signal that stopped the program, if one did.
 * @param debug - Adds the stack of internal errors.
 */
export function reportFailure(error: unknown, interruptedCode: number | undefined, debug = false): FailureReport {
  // Commander has printed its own line, or the help that was asked for.
  if (error instanceof CommanderError) return { lines: [], exitCode: error.exitCode === 0 ? 0 : EXIT_CODES.usage };
  const oneLine = error instanceof TabveilError ? error.message.replaceAll(/\s*\n\s*/g, ' ') : '';
  if (interruptedCode !== undefined) {
    return { lines: [oneLine || 'interrupted; unfinished files were removed.'], exitCode: interruptedCode };
  }
  if (error instanceof TabveilError && error.kind !== 'bug') {
    return { lines: [oneLine], exitCode: EXIT_CODES[error.kind] };
  }
  if (isAbort(error)) return { lines: ['stopped; unfinished files were removed.'], exitCode: EXIT_CODES.bug };
  const system = error instanceof TabveilError ? undefined : describeSystemFailure(error);
  if (system !== undefined) return { lines: [system], exitCode: EXIT_CODES.input };
  return reportBug(error, debug);
}
