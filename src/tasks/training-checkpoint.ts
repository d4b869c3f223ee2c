import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { TabveilError } from '../errors.ts';
import { NODE_FILES, syncFolder } from '../privacy/ledger/durable.ts';
import type { RecordedRelease } from '../privacy/recorded-releases.ts';
import type { KeptState } from '../synthesizers/synthesizer.ts';

/** Which training a checkpoint belongs to: public facts only. */
export interface CheckpointHeader {
  /** Ledger file that paid. It knows what for; nothing here can change that. */
  readonly ledger: string;
  /** The run's entry in it. */
  readonly entry: string;
  /** SHA-256 of the synthesizer's settings. */
  readonly settingsHash: string;
}

/** A checkpoint as read. */
export interface TrainingCheckpoint extends CheckpointHeader {
  readonly releases: readonly RecordedRelease[];
  /** What was kept last of a training of many steps. */
  readonly kept?: KeptState;
}

/** Largest checkpoint that is read, in bytes. */
const MAX_BYTES = 2 ** 30;

/** Version of the format. */
const VERSION = 1;

/** For the owner alone: what is in a checkpoint is covered by the guarantee, but nobody else needs it. */
const MODE = 0o600;

const headerSchema = z.strictObject({
  format: z.literal('tabveil-checkpoint'),
  version: z.literal(VERSION),
  ledger: z.string(),
  entry: z.string(),
  settingsHash: z.string(),
});

const releaseSchema = z.strictObject({
  label: z.string(),
  entry: z.int().min(0),
  data: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('numbers'), numbers: z.array(z.number()) }),
    z.strictObject({ kind: z.literal('keys'), keys: z.array(z.tuple([z.string(), z.number()])) }),
  ]),
});

const keptSchema = z.strictObject({ kept: z.int().min(0), arrays: z.record(z.string(), z.base64()) });

/** How the line of a kept state begins. */
const KEPT_START = '{"kept":';

/** True when a checkpoint file is there. */
export async function hasCheckpoint(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/**
 * Tries whether a checkpoint can be written there, and leaves nothing behind: after the reservation it would be too late.
 * @throws TabveilError (input) when it cannot.
 */
export async function requireCheckpointWritable(path: string): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await writeNew(temporary, '');
  } catch (error) {
    throw unwritable(path, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Begins a checkpoint: a file of lines, the first of which says which training it belongs to.
 *
 * **Privacy**: holds public facts, and later released values; never a row, nor the key that chooses rows of an entity.
 * @throws TabveilError (input) when the file exists or cannot be written.
 */
export async function beginCheckpoint(path: string, header: CheckpointHeader): Promise<void> {
  try {
    await writeNew(path, `${JSON.stringify({ format: 'tabveil-checkpoint', version: VERSION, ...header })}\n`);
    await syncFolder(dirname(path), NODE_FILES);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Adds a released value; it is on disk when this resolves. @throws TabveilError (input) when the file cannot be written. */
export async function addRelease(path: string, release: RecordedRelease): Promise<void> {
  try {
    const file = await open(path, 'a', MODE);
    try {
      await file.appendFile(`${JSON.stringify(release)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unwritable(path, error);
  }
}

/**
 * Keeps the state of a training of many steps in place of the one before: the file is replaced as a whole.
 * @throws TabveilError (input) when the file cannot be written.
 */
export async function replaceState(path: string, { steps, arrays }: KeptState): Promise<void> {
  const encoded = [...arrays].map(([name, values]) => [name, encodeNumbers(values)] as const);
  const line = JSON.stringify({ kept: steps, arrays: Object.fromEntries(encoded) });
  const temporary = temporaryBeside(path);
  try {
    const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
    const others = lines.filter((other) => !other.startsWith(KEPT_START));
    await writeNew(temporary, `${[...others, line].join('\n')}\n`);
    await rename(temporary, path);
    await syncFolder(dirname(path), NODE_FILES);
  } catch (error) {
    await rm(temporary, { force: true });
    throw unwritable(path, error);
  }
}

/** A name in the same folder that nobody can guess, so that no file or link waits there. */
function temporaryBeside(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.tmp`;
}

/** Writes a file that must not be there yet, and returns once it is on disk. */
async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', MODE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function encodeNumbers(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

function decodeNumbers(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  // A copy, because a buffer may begin where no double may.
  return new Float64Array(Uint8Array.from(bytes.subarray(0, bytes.length - (bytes.length % 8))).buffer);
}

/** Removes a checkpoint that is no longer needed. */
export async function removeCheckpoint(path: string): Promise<void> {
  await rm(path, { force: true });
}

/**
 * Reads a checkpoint. A last line that is cut short was being written when the training stopped; it is left out.
 * @throws TabveilError (input) when the file is none.
 */
export async function readCheckpoint(path: string): Promise<TrainingCheckpoint> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size > MAX_BYTES) throw damaged(path, 'it cannot be read');
  const lines = (await readFile(path, 'utf8')).split('\n');
  const header = headerSchema.safeParse(parseLine(lines[0] ?? ''));
  if (!header.success) throw damaged(path, 'its first line is no header of a checkpoint');
  const whole = lines.slice(1, -1);
  const kept = whole.filter((line) => line.startsWith(KEPT_START)).map((line) => readKept(path, line));
  const releases = whole.flatMap((line, index) => {
    if (line.startsWith(KEPT_START)) return [];
    const release = releaseSchema.safeParse(parseLine(line));
    if (!release.success) throw damaged(path, `line ${index + 2} is no released value`);
    return [release.data];
  });
  const { ledger, entry, settingsHash } = header.data;
  const last = kept.at(-1);
  return { ledger, entry, settingsHash, releases, ...(last === undefined ? {} : { kept: last }) };
}

function readKept(path: string, line: string): KeptState {
  const parsed = keptSchema.safeParse(parseLine(line));
  if (!parsed.success) throw damaged(path, 'the state that it keeps is none');
  const { kept: steps, arrays } = parsed.data;
  return { steps, arrays: new Map(Object.entries(arrays).map(([name, text]) => [name, decodeNumbers(text)])) };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function damaged(path: string, finding: string): TabveilError {
  return new TabveilError(
    'input',
    'checkpoint.corrupt',
    `${path}: ${finding}. Name another --checkpoint, or remove the file and train again with fresh budget.`,
  );
}

function unwritable(path: string, error: unknown): TabveilError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return new TabveilError('input', 'checkpoint.unwritable', `${path}: cannot write the checkpoint: ${code}.`);
}
