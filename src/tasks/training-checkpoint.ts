import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { TabveilError } from '../errors.ts';
import type { Reservation } from '../privacy/ledger/ledger.ts';
import type { RecordedRelease } from '../privacy/recorded-releases.ts';

/** Which training a checkpoint belongs to: public facts only. */
export interface CheckpointHeader {
  /** Ledger file that paid. */
  readonly ledger: string;
  readonly reservation: Reservation;
  /** SHA-256 of everything that decides what the training asks for. */
  readonly requestHash: string;
}

/** A checkpoint as read. */
export interface TrainingCheckpoint extends CheckpointHeader {
  readonly releases: readonly RecordedRelease[];
}

/** Largest checkpoint that is read, in bytes. */
const MAX_BYTES = 2 ** 30;

const headerSchema = z.strictObject({
  format: z.literal('tabveil-checkpoint'),
  version: z.literal(1),
  ledger: z.string(),
  reservation: z.strictObject({ dataset: z.string(), entry: z.string(), software: z.string(), day: z.string() }),
  requestHash: z.string(),
});

const releaseSchema = z.strictObject({
  label: z.string(),
  entry: z.int().min(0),
  data: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('numbers'), numbers: z.array(z.number()) }),
    z.strictObject({ kind: z.literal('keys'), keys: z.array(z.tuple([z.string(), z.number()])) }),
  ]),
});

/** True when a checkpoint file is there. */
export async function hasCheckpoint(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/**
 * Begins a checkpoint: a file of lines, the first of which says which training it belongs to.
 *
 * **Privacy**: holds public facts, and later released values; never a row, nor the key that chooses rows of an entity.
 * @throws TabveilError (input) when the file exists or cannot be written.
 */
export async function beginCheckpoint(path: string, header: CheckpointHeader): Promise<void> {
  const line = JSON.stringify({ format: 'tabveil-checkpoint', version: 1, ...header });
  await writeFile(path, `${line}\n`, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/** Adds a released value. @throws TabveilError (input) when the file cannot be written. */
export async function addRelease(path: string, release: RecordedRelease): Promise<void> {
  await appendFile(path, `${JSON.stringify(release)}\n`).catch((error: unknown) => {
    throw unwritable(path, error);
  });
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
  const releases = lines.slice(1, -1).map((line, index) => {
    const release = releaseSchema.safeParse(parseLine(line));
    if (!release.success) throw damaged(path, `line ${index + 2} is no released value`);
    return release.data;
  });
  const { ledger, reservation, requestHash } = header.data;
  return { ledger, reservation, requestHash, releases };
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
