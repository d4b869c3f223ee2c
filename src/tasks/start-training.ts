import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { TabveilError } from '../errors.ts';
import type { Ledger, Reservation } from '../privacy/ledger/ledger.ts';
import { openLedger } from '../privacy/ledger/open.ts';
import type { Mechanisms } from '../privacy/mechanisms.ts';
import { PrivacyRun } from '../privacy/privacy-run.ts';
import { Private } from '../privacy/private.ts';
import { ReplayedReleases, recordReleases } from '../privacy/recorded-releases.ts';
import { SecureBits } from '../random/secure-bits.ts';
import type { Table } from '../table/columns.ts';
import { readVersion } from '../version.ts';
import type { TaskContext } from './task-context.ts';
import type { PreparedTraining, TrainRequest } from './train.ts';
import { addRelease, beginCheckpoint, readCheckpoint } from './training-checkpoint.ts';
import { openTrainingTable } from './training-table.ts';

/** Purpose a training is booked under when the user names none. */
export const DEFAULT_PURPOSE = 'synthetic data';

/** A training whose budget is reserved, ready to learn. */
export interface StartedTraining {
  readonly rows: Private<Table>;
  readonly mechanisms: Mechanisms;
  readonly testNoise: boolean;
  readonly reservation: Reservation;
  readonly ledger: Ledger;
  /** True when the ledger was made now. */
  readonly created: boolean;
  /** True when the table was recognised as a copy of another. */
  readonly recognised: boolean;
}

/**
 * Reads the table, reserves the budget, and begins a checkpoint if one is asked for.
 *
 * **Privacy**: the ledger line is on disk before any private statistic is computed.
 */
export async function startTraining(
  prepared: PreparedTraining,
  options: TrainRequest,
  context: TaskContext,
): Promise<StartedTraining> {
  context.onProgress?.({ phase: 'read', done: 0, total: 1 });
  const { table, ledger: found } = await openTrainingTable(options, prepared.schema, context);
  const { ledger, created, recognised, fingerprint } = found;
  const reservation = await ledger.reserve({
    purpose: options.purpose ?? DEFAULT_PURPOSE,
    synthesizer: prepared.synthesizer.name,
    epsilon: options.epsilon,
    delta: options.delta,
    plan: prepared.calibrated.plan,
    schemaHash: prepared.schemaHash,
    unit: prepared.schema.unit,
    fingerprint,
    ...(prepared.schema.population === undefined ? {} : { population: prepared.schema.population }),
  });
  const run = new PrivacyRun({ plan: prepared.calibrated.plan, bits: new SecureBits() });
  const { checkpoint } = options;
  const started = { rows: Private.seal(table), testNoise: run.testNoise, reservation, ledger, created, recognised };
  if (checkpoint === undefined) return { ...started, mechanisms: run };
  await beginCheckpoint(checkpoint, { ledger: ledger.path, reservation, requestHash: hashRequest(prepared, options) });
  return { ...started, mechanisms: recordReleases(run, (release) => addRelease(checkpoint, release)) };
}

/**
 * Goes on with a training that stopped, from its checkpoint: everything it released is used again, the table is not read,
 * no noise is drawn, and nothing is paid.
 * @throws TabveilError (usage, input) when the checkpoint is of another training or version, or its run is not open.
 */
export async function resumeTraining(
  checkpoint: string,
  prepared: PreparedTraining,
  options: TrainRequest,
): Promise<StartedTraining> {
  const { ledger: path, reservation, requestHash, releases } = await readCheckpoint(checkpoint);
  if (requestHash !== hashRequest(prepared, options)) {
    throw refuse(checkpoint, 'belongs to a training with another schema, model, setting or budget');
  }
  if (reservation.software !== `tabveil ${readVersion()}`) {
    throw refuse(checkpoint, `was made by ${reservation.software}, this is tabveil ${readVersion()}`);
  }
  const ledger = await openLedger(path);
  const { runs } = await ledger.history();
  const run = runs.find(({ entry }) => entry === reservation.entry);
  if (run?.status !== 'reserved' || ledger.dataset !== reservation.dataset) {
    throw refuse(checkpoint, `is of a run that is ${run === undefined ? 'not in' : 'committed in'} the ledger ${path}`);
  }
  const rows = Private.seal<Table>({ rowCount: 0, columns: new Map() });
  const mechanisms = new ReplayedReleases(releases);
  return { rows, mechanisms, testNoise: false, reservation, ledger, created: false, recognised: false };
}

/** Everything that decides what a training asks for. */
function hashRequest(prepared: PreparedTraining, { epsilon, delta }: TrainRequest): string {
  const { schemaHash, synthesizer, calibrated, modelOptions } = prepared;
  const request = { schemaHash, synthesizer: synthesizer.name, epsilon, delta, modelOptions, plan: calibrated.plan };
  return createHash('sha256').update(canonicalJson(request)).digest('hex');
}

function refuse(checkpoint: string, finding: string): TabveilError {
  return new TabveilError(
    'usage',
    'checkpoint.other',
    `${checkpoint}: the checkpoint ${finding}. Name another file for a new training.`,
  );
}
