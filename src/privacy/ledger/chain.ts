import { TabveilError } from '../../errors.ts';
import { CHAIN_START, decodeLine, type LedgerLine, sha256 } from './lines.ts';

/** The last line of a chain: how many lines there are and what the last one hashes to. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** A ledger file whose chain holds. */
export interface Chain {
  readonly lines: readonly LedgerLine[];
  /** SHA-256 of each line's text, in order. */
  readonly hashes: readonly string[];
  readonly head: ChainHead;
  /** Bytes after the last line break that are no whole line: an append cut short by a crash. Empty when there are none. */
  readonly torn: Uint8Array;
  /** True when the last line is whole but lacks its line break. */
  readonly lacksLineBreak: boolean;
}

const LINE_BREAK = 0x0a;

/** An error about a ledger file that was changed by other hands. */
export function tampered(what: string): TabveilError {
  return new TabveilError(
    'input',
    'ledger.tampered',
    `${what}. Nothing was spent; restore the ledger from a copy you trust.`,
  );
}

/**
 * Reads a ledger file and checks that every line continues the one before it.
 *
 * Bytes at the end that are no whole line were never fsynced, so nothing was drawn for them: a whole line that only lacks
 * its line break counts, anything else is kept aside as `torn`, and the next append seals it with a `recover` line that
 * holds its length and hash.
 * @param name file name for messages.
 * @throws TabveilError `ledger.tampered` naming the first line that was edited, removed, reordered or is not readable.
 */
export function readChain(bytes: Uint8Array, name: string): Chain {
  const lines: LedgerLine[] = [];
  const hashes: string[] = [];
  let head: ChainHead = { seq: -1, hash: CHAIN_START };
  // Start of the bytes since the last good line that are not readable; only a recover line may account for them.
  let damagedFrom: number | undefined;
  let start = 0;
  let number = 0;
  let problem = '';
  const accept = (text: Uint8Array, line: LedgerLine): void => {
    head = { seq: head.seq + 1, hash: sha256(text) };
    lines.push(line);
    hashes.push(head.hash);
  };
  for (let end = bytes.indexOf(LINE_BREAK); end >= 0; end = bytes.indexOf(LINE_BREAK, start)) {
    number++;
    const text = bytes.subarray(start, end);
    const decoded = decodeLine(Buffer.from(text).toString('utf8'));
    if ('problem' in decoded) {
      if (damagedFrom === undefined) problem = `${name}: line ${number} ${decoded.problem}`;
      damagedFrom ??= start;
    } else {
      const damaged = damagedFrom === undefined ? undefined : bytes.subarray(damagedFrom, start - 1);
      checkSeal(decoded.line, damaged, problem || `${name}: line ${number}`);
      checkPlace(decoded.line, head, { name, number });
      accept(text, decoded.line);
      damagedFrom = undefined;
      problem = '';
    }
    start = end + 1;
  }
  const tail = bytes.subarray(start);
  const last = damagedFrom === undefined ? decodeTail(tail, head) : undefined;
  if (last !== undefined) accept(tail, last);
  const torn = last === undefined ? bytes.subarray(damagedFrom ?? start) : new Uint8Array(0);
  return { lines, hashes, head, torn, lacksLineBreak: last !== undefined };
}

function checkPlace(line: LedgerLine, head: ChainHead, at: { readonly name: string; readonly number: number }): void {
  if (line.seq !== head.seq + 1) {
    throw tampered(
      `${at.name}: line ${at.number} has number ${line.seq} where ${head.seq + 1} must follow: a line was removed or moved`,
    );
  }
  if (line.previous !== head.hash) {
    const before = at.number === 1 ? 'start a ledger' : `continue line ${at.number - 1}`;
    throw tampered(`${at.name}: line ${at.number} does not ${before}: one of them was edited, removed or moved`);
  }
}

function checkSeal(line: LedgerLine, damaged: Uint8Array | undefined, where: string): void {
  if (line.kind !== 'recover') {
    if (damaged !== undefined) throw tampered(where);
    return;
  }
  if (damaged === undefined || line.tornBytes !== damaged.length || line.tornHash !== sha256(damaged)) {
    throw tampered(`${where}: the damaged bytes do not match the recover line after them`);
  }
}

function decodeTail(tail: Uint8Array, head: ChainHead): LedgerLine | undefined {
  const decoded = tail.length === 0 ? undefined : decodeLine(Buffer.from(tail).toString('utf8'));
  if (decoded === undefined || 'problem' in decoded) return undefined;
  const { line } = decoded;
  return line.seq === head.seq + 1 && line.previous === head.hash && line.kind !== 'recover' ? line : undefined;
}
