import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { TabveilError } from '../errors.ts';
import { type ClaimTerms, claimReleases, continueReleases } from '../privacy/claimed-releases.ts';
import type { Ledger, OpenRun, Reservation } from '../privacy/ledger/ledger.ts';
import { openLedger } from '../privacy/ledger/open.ts';
import type { Mechanisms } from '../privacy/mechanisms.ts';
import { PrivacyRun } from '../privacy/privacy-run.ts';
import { Private } from '../privacy/private.ts';
import { ReplayedReleases, recordReleases } from '../privacy/recorded-releases.ts';
import { SecureBits } from '../random/secure-bits.ts';
import type { TrainingMemory } from '../synthesizers/synthesizer.ts';
import type { Table } from '../table/columns.ts';
import { readVersion } from '../version.ts';
import { tellWhatIsSpent } from './spent-failure.ts';
import type { TaskContext } from './task-context.ts';
import type { PreparedTraining, TrainRequest } from './train.ts';
import {
  addRelease,
  beginCheckpoint,
  readCheckpoint,
  replaceState,
  requireCheckpointWritable,
} from './training-checkpoint.ts';
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
  const { checkpoint } = options;
  // Tried before the reservation: a misspelt folder must not cost the budget.
  if (checkpoint !== undefined) await requireCheckpointWritable(checkpoint);
  context.onProgress?.({ phase: 'read', done: 0, total: 1 });
  const { table, ledger: found } = await openTrainingTable(options, prepared.schema, context);
  const { ledger, created, recognised, fingerprint } = found;
  const reservation = await ledger.reserve({
    ...claimOf(prepared, options),
    unit: prepared.schema.unit,
    fingerprint,
    resumable: checkpoint !== undefined,
    ...(prepared.schema.population === undefined ? {} : { population: prepared.schema.population }),
  });
  const run = new PrivacyRun({ plan: prepared.calibrated.plan, bits: new SecureBits() });
  const started = { rows: Private.seal(table), testNoise: run.testNoise, reservation, ledger, created, recognised };
  if (checkpoint === undefined) return { ...started, mechanisms: run };
  const header = { ledger: ledger.path, entry: reservation.entry, settingsHash: hashSettings(prepared) };
  await beginCheckpoint(checkpoint, header).catch((error: unknown) => {
    const { epsilon, delta } = options;
    throw tellWhatIsSpent(error, { epsilon, delta }, context.signal);
  });
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
  const { ledger: path, entry, settingsHash, releases, kept } = await readCheckpoint(checkpoint);
  const ledger = await openLedger(path);
  const open = await ledger.openRun(entry);
  if (open === undefined) {
    throw refuse(checkpoint, `is of a run that is not in the ledger ${path}, or is committed in it`);
  }
  const { reservation, begun } = open;
  if (!isPaidFor(open, claimOf(prepared, options)) || settingsHash !== hashSettings(prepared)) {
    throw refuse(checkpoint, 'belongs to a training with another schema, model, setting, budget or purpose');
  }
  if (reservation.software !== `tabveil ${readVersion()}`) {
    throw refuse(checkpoint, `was made by ${reservation.software}, this is tabveil ${readVersion()}`);
  }
  const table = rememberTable(() => readSameTable(checkpoint, { ledger, open, prepared, options }, context));
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

/** The table of a training that goes on: its content must be what was paid for. */
async function readSameTable(
  checkpoint: string,
  {
    ledger,
    open,
    prepared,
    options,
  }: {
    readonly ledger: Ledger;
    readonly open: OpenRun;
    readonly prepared: PreparedTraining;
    readonly options: TrainRequest;
  },
  context: TaskContext,
): Promise<Table> {
  const { table, ledger: found } = await openTrainingTable(
    { ...options, ledger: ledger.path },
    prepared.schema,
    context,
  );
  if (found.fingerprint === open.fingerprint) return table;
  throw refuse(checkpoint, 'is of a training on a table with another content');
}

/** What a training is paid for, as the ledger notes it. */
function claimOf(prepared: PreparedTraining, { purpose, epsilon, delta }: TrainRequest): OpenRun['paid'] {
  const { schemaHash, synthesizer, calibrated } = prepared;
  const plan = calibrated.plan;
  return { purpose: purpose ?? DEFAULT_PURPOSE, synthesizer: synthesizer.name, epsilon, delta, schemaHash, plan };
}

/**
 * Whether a claim is what the ledger has paid for. The ledger decides, because a checkpoint is a file that anyone who trains can
 * edit: less noise than was paid for would go unnoticed otherwise.
 */
function isPaidFor({ paid }: OpenRun, claim: OpenRun['paid']): boolean {
  return canonicalJson(paid) === canonicalJson(claim);
}

/** Settings of the synthesizer: the ledger does not know them, and not all of them show in the plan. */
function hashSettings({ modelOptions }: PreparedTraining): string {
  return createHash('sha256').update(canonicalJson(modelOptions)).digest('hex');
}

function refuse(checkpoint: string, finding: string): TabveilError {
  return new TabveilError(
    'usage',
    'checkpoint.other',
    `${checkpoint}: the checkpoint ${finding}. Name another file for a new training.`,
  );
}
