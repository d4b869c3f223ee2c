import { spawn } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TabveilError } from '../../errors.ts';
import type { RunCost, StepCost } from '../../evaluation/benchmark/lines.ts';
import type { BinnedColumn } from '../../evaluation/bins.ts';
import type { Field, TableSchema } from '../../table/schema.ts';
import { DATASETS } from '../simulated-table.ts';

/** A rival system that is installed. */
export interface Rival {
  readonly name: string;
  readonly python: string;
  readonly adapter: string;
  /** `false`: it promises nothing, and epsilon means nothing to it. */
  readonly isPrivate: boolean;
  readonly variables: Readonly<Record<string, string>>;
}

/** A rival that cannot take part, and why. */
export interface AbsentRival {
  readonly name: string;
  readonly reason: string;
}

/** Adapters and environments; only in the project's repository, not in the package. */
const PEERS_FOLDER = new URL('../benchmarks/peers/', DATASETS);

interface PeerEntry {
  readonly adapter: string;
  readonly environment: string;
  readonly private: boolean;
  readonly variables?: Readonly<Record<string, string>>;
  /** Variable that must name a local copy of a public repository. */
  readonly needs?: string;
}

/**
 * The rivals that were asked for, those that are not installed apart.
 * @throws TabveilError (usage) for an unknown name.
 */
export async function findRivals(
  wanted: 'installed' | readonly string[],
): Promise<{ readonly present: readonly Rival[]; readonly absent: readonly AbsentRival[] }> {
  const registry = await readRegistry();
  if (registry === undefined) {
    const reason = 'adapters are in the repository of the project, not in the package';
    return { present: [], absent: wanted === 'installed' ? [] : wanted.map((name) => ({ name, reason })) };
  }
  const { peers, notRunnable } = registry;
  const names = wanted === 'installed' ? Object.keys({ ...peers, ...notRunnable }) : wanted;
  const present: Rival[] = [];
  const absent: AbsentRival[] = [];
  for (const name of names) {
    if (notRunnable[name] !== undefined) {
      absent.push({ name, reason: notRunnable[name] });
      continue;
    }
    const peer = peers[name];
    if (peer === undefined) {
      const known = Object.keys(peers).join(', ');
      throw new TabveilError('usage', 'bench.rival', `bench: rival "${name}" is unknown; rivals are ${known}.`);
    }
    const rival = toRival(name, peer);
    const reason = await whyAbsent(rival, peer);
    if (reason === undefined) present.push(rival);
    else absent.push({ name, reason });
  }
  return { present, absent };
}

interface Registry {
  readonly peers: Readonly<Record<string, PeerEntry>>;
  /** Systems without an adapter, and why. */
  readonly notRunnable: Readonly<Record<string, string>>;
}

async function readRegistry(): Promise<Registry | undefined> {
  const registry = new URL('peers.mjs', PEERS_FOLDER);
  if (!(await exists(fileURLToPath(registry)))) return undefined;
  const { PEERS, NOT_RUNNABLE }: { PEERS: Registry['peers']; NOT_RUNNABLE: Registry['notRunnable'] } = await import(
    registry.href
  );
  return { peers: PEERS, notRunnable: NOT_RUNNABLE };
}

function toRival(name: string, peer: PeerEntry): Rival {
  const folder = fileURLToPath(PEERS_FOLDER);
  return {
    name,
    python: join(folder, peer.environment, 'bin/python'),
    adapter: join(folder, peer.adapter),
    isPrivate: peer.private,
    variables: peer.variables ?? {},
  };
}

async function whyAbsent(rival: Rival, { needs }: PeerEntry): Promise<string | undefined> {
  if (!(await exists(rival.python))) return 'not installed: npm run bench:peers:install';
  if (needs !== undefined && !process.env[needs]) return `${needs} names no local copy of its repository`;
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** What an adapter is asked to do. */
export interface RivalJob {
  readonly train: string;
  readonly bins: string;
  readonly epsilon: number;
  readonly delta: number;
  readonly rows: number;
  readonly seed: number;
  readonly out: string;
  /** Where the adapter writes its measurements. */
  readonly json: string;
}

/** What an adapter reports. */
export interface RivalReport {
  readonly cost: RunCost;
  readonly leaks: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** End of a failed adapter's stderr that is kept. */
const KEPT_CHARACTERS = 2000;

/**
 * Runs an adapter in its own environment, at the lowest priority, on one thread.
 * @param minutes after which it is stopped: some rivals take hours on large tables.
 * @throws TabveilError (input) with the end of what it said when it fails, or when it takes too long; the abort reason when
 * `signal` aborts.
 */
export async function runRival(
  rival: Rival,
  job: RivalJob,
  limits: { readonly minutes: number; readonly signal?: AbortSignal | undefined },
): Promise<RivalReport> {
  const words = Object.entries(job).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { minutes, signal } = limits;
  signal?.throwIfAborted();
  const tooLong = AbortSignal.timeout(minutes * 60_000);
  const failure = await runPython(rival, words, AbortSignal.any([tooLong, ...(signal ? [signal] : [])]));
  signal?.throwIfAborted();
  const reason = tooLong.aborted && failure !== undefined ? `took longer than ${minutes} minutes` : failure;
  if (reason !== undefined) throw new TabveilError('input', 'bench.rival-failed', `${rival.name}: ${reason}`);
  return parseReport(await readFile(job.json, 'utf8'));
}

/** @returns what went wrong, or nothing. */
function runPython(rival: Rival, words: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn('nice', ['-n', '19', rival.python, '-W', 'ignore', rival.adapter, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, OMP_NUM_THREADS: '1', ...rival.variables },
      // A group of its own, so that processes which the adapter starts end with it.
      detached: true,
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-KEPT_CHARACTERS);
    });
    const stop = () => killGroup(child.pid);
    signal.addEventListener('abort', stop, { once: true });
    const settle = (failure: string | undefined) => {
      signal.removeEventListener('abort', stop);
      resolve(failure);
    };
    child.on('error', (error) => settle(error.message));
    child.on('close', (code) => settle(code === 0 ? undefined : said.trim() || `ended with ${code}`));
  });
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}

interface MeasuredSteps {
  readonly steps: Readonly<Record<'startup' | 'prepare' | 'fit' | 'sample', Partial<StepCost>>>;
  readonly peakBytes: number;
  readonly startupPeakBytes: number;
  readonly leaks: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** Preparing and fitting together are the fit, as for our own models. */
function parseReport(text: string): RivalReport {
  const { steps, peakBytes, startupPeakBytes, leaks, versions } = JSON.parse(text) as MeasuredSteps;
  const cost = (...parts: readonly Partial<StepCost>[]): StepCost => ({
    cpuSeconds: parts.reduce((sum, part) => sum + (part.cpuSeconds ?? 0), 0),
    wallSeconds: parts.reduce((sum, part) => sum + (part.wallSeconds ?? 0), 0),
  });
  const measured = { startup: cost(steps.startup), fit: cost(steps.prepare, steps.fit), sample: cost(steps.sample) };
  return { cost: { steps: measured, peakBytes, startupPeakBytes }, leaks, versions };
}

/**
 * The schema as rivals get it: dates and datetimes as whole numbers on their axis, because adapters know numbers and texts.
 * Tables read with it hold the same values as with the original.
 */
export function plainSchema(schema: TableSchema): TableSchema {
  return { ...schema, fields: schema.fields.filter(({ domain }) => domain.kind !== 'identifier').map(plainField) };
}

function plainField(field: Field): Field {
  if (field.type !== 'date' && field.type !== 'datetime') return field;
  const { pattern: _pattern, ...rest } = field;
  return { ...rest, type: 'integer' };
}

/** Writes the public bins of a table in the form that adapters read. */
export async function writeBins(path: string, schema: TableSchema, columns: readonly BinnedColumn[]): Promise<void> {
  const fields = new Map(schema.fields.map((field) => [field.name, field]));
  const cols = columns.map(({ name, edges, labels, missingBin }) => {
    const missing = missingBin >= 0;
    if (edges === undefined) return [name, { type: 'cat', values: missing ? labels.slice(0, -1) : labels, missing }];
    return [name, { type: 'num', integer: fields.get(name)?.type === 'integer', edges, missing }];
  });
  const target = schema.fields.find((field) => field.roles.includes('target'))?.name;
  await writeFile(path, JSON.stringify({ target, cols: Object.fromEntries(cols) }));
}
