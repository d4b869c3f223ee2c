import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { TabveilError } from '../errors.ts';
import { type ClaimTerms, claimReleases, continueReleases } from '../privacy/claimed-releases.ts';
import type { Ledger, Reservation } from '../privacy/ledger/ledger.ts';
import { openLedger } from '../privacy/ledger/open.ts';
import type { Mechanisms } from '../privacy/mechanisms.ts';
import { PrivacyRun } from '../privacy/privacy-run.ts';
import { Private } from '../privacy/private.ts';
import { ReplayedReleases, recordReleases } from '../privacy/recorded-releases.ts';
import { SecureBits } from '../random/secure-bits.ts';
import type { TrainingMemory } from '../synthesizers/synthesizer.ts';
import type { Table } from '../table/columns.ts';
import { readVersion } from '../version.ts';
import type { TaskContext } from './task-context.ts';
import type { PreparedTraining, TrainRequest } from './train.ts';
import { addRelease, beginCheckpoint, readCheckpoint, replaceState } from './training-checkpoint.ts';
import { openTrainingTable } from './training-table.ts';

/** Purpose a training is booked under when the user names none. */
export const DEFAULT_PURPOSE = 'synthetic data';

/** A training whose budget is reserved, ready to learn. */
export interface StartedTraining {
  readonly rows: Private<Table>;
  readonly mechanisms: Mechanisms;
  /** Where steps are kept; absent without a checkpoint. */
  readonly memory?: TrainingMemory;
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
  const claim: ClaimTerms['claim'] = (label, draws) => ledger.begin(reservation, { label, draws });
  const claimed = claimReleases(run, { claim, steps: (label) => stepsOf(prepared, label, 0) });
  return {
    ...started,
    mechanisms: recordReleases(claimed, (release) => addRelease(checkpoint, release)),
    memory: { begunSteps: () => 0, keep: (state) => replaceState(checkpoint, state) },
  };
}

/** Planned steps of an event, and what is left of them. */
function stepsOf({ calibrated }: PreparedTraining, label: string, begun: number): ReturnType<ClaimTerms['steps']> {
  const event = calibrated.plan.find((planned) => planned.label === label)?.event;
  const planned = event?.kind === 'subsampled-gaussian' ? event.steps : 1;
  return { planned, left: planned - begun };
}

/**
 * Goes on with a training that stopped, from its checkpoint: what it released is used again, what had not begun is drawn now,
 * and nothing is paid. The table is read only if something is still to be drawn.
 *
 * **Privacy**: every draw is begun in the ledger first, and each begins once over all runs that go on from copies of the
 * checkpoint. What had begun and is not in the checkpoint is lost.
 * @throws TabveilError (usage, input) when the checkpoint is of another training or version, or its run is not open.
 */
export async function resumeTraining(
  checkpoint: string,
  { prepared, options }: { readonly prepared: PreparedTraining; readonly options: TrainRequest },
  context: TaskContext,
): Promise<StartedTraining> {
  const { ledger: path, reservation, requestHash, releases, kept } = await readCheckpoint(checkpoint);
  if (requestHash !== hashRequest(prepared, options)) {
    throw refuse(checkpoint, 'belongs to a training with another schema, model, setting or budget');
  }
  if (reservation.software !== `tabveil ${readVersion()}`) {
    throw refuse(checkpoint, `was made by ${reservation.software}, this is tabveil ${readVersion()}`);
  }
  const ledger = await openLedger(path);
  const begun = await ledger.begun(reservation.entry);
  if (begun === undefined || ledger.dataset !== reservation.dataset) {
    throw refuse(checkpoint, `is of a run that is not in the ledger ${path}, or is committed in it`);
  }
  const table = rememberTable(() => readSameTable(checkpoint, { ledger, prepared, options }, context));
  const run = new PrivacyRun({ plan: prepared.calibrated.plan, bits: new SecureBits() });
  const begunSteps = (label: string) => begun.get(label) ?? 0;
  const live = claimReleases(run, {
    // A table that cannot be read must not cost a draw.
    claim: async (label, draws) => {
      await table();
      await ledger.begin(reservation, { label, draws });
    },
    steps: (label) => stepsOf(prepared, label, begunSteps(label)),
  });
  return {
    rows: Private.defer(table),
    mechanisms: continueReleases(
      new ReplayedReleases(releases),
      recordReleases(live, (release) => addRelease(checkpoint, release)),
    ),
    memory: {
      ...(kept === undefined ? {} : { kept }),
      begunSteps,
      keep: (state) => replaceState(checkpoint, state),
    },
    ...{ testNoise: run.testNoise, reservation, ledger, created: false, recognised: false },
  };
}

/** Reads at most once, and only when asked. */
function rememberTable(read: () => Promise<Table>): () => Promise<Table> {
  let reading: Promise<Table> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}

/** The table of a training that goes on: its content must be what the ledger knows. */
async function readSameTable(
  checkpoint: string,
  {
    ledger,
    prepared,
    options,
  }: { readonly ledger: Ledger; readonly prepared: PreparedTraining; readonly options: TrainRequest },
  context: TaskContext,
): Promise<Table> {
  const { table, ledger: found } = await openTrainingTable(
    { ...options, ledger: ledger.path },
    prepared.schema,
    context,
  );
  if (await ledger.hasSeen(found.fingerprint)) return table;
  throw refuse(checkpoint, 'is of a training on a table with another content');
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
