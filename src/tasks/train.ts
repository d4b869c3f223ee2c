import { createHash, randomBytes } from 'node:crypto';
import { type CalibratedPlan, calibratePlan } from '../privacy/accounting/calibrate-plan.ts';
import { buildCertificate, type Certificate, serializeCertificate } from '../privacy/certificate.ts';
import { renderModelCard } from '../report/model-card.ts';
import { chooseSynthesizer } from '../synthesizers/choose.ts';
import { type FittedTable, fitTable, planShape, planTableShares } from '../synthesizers/fit-table.ts';
import { checkModelPath, hashFiles, serializeModel, writeModelFolder } from '../synthesizers/model-folder.ts';
import { checkOptions, findSynthesizer } from '../synthesizers/registry.ts';
import type { FitInput, Synthesizer, SynthesizerOptions } from '../synthesizers/synthesizer.ts';
import type { Table } from '../table/columns.ts';
import type { TableSchema } from '../table/schema.ts';
import { readSchema } from '../table/schema-file.ts';
import { resolveModelOptions } from './model-options.ts';
import { tellWhatIsSpent } from './spent-failure.ts';
import { DEFAULT_PURPOSE, resumeTraining, type StartedTraining, startTraining } from './start-training.ts';
import type { TaskContext } from './task-context.ts';
import { hasCheckpoint, removeCheckpoint } from './training-checkpoint.ts';

/** What a training needs to know. */
export interface TrainOptions {
  /** Table file (.csv, .parquet, .json, .arrow). */
  readonly table: string;
  /** Schema file. */
  readonly schema: string;
  /** Name of a synthesizer, or `auto`. */
  readonly model: string;
  readonly epsilon: number;
  readonly delta: number;
  /** Model folder to write; must not exist. */
  readonly out: string;
  /** Ledger file; beside the table when absent. */
  readonly ledger?: string;
  /** Purpose the spend is booked under. */
  readonly purpose?: string;
  readonly modelOptions?: SynthesizerOptions;
  /**
   * File that takes down released values while the training goes on. If it is there already, the training that wrote it goes
   * on from it without spending; the table is read only if something is still to be drawn.
   */
  readonly checkpoint?: string;
}

/** What a training from a program needs to know: tables and schemas may be in memory, and then the ledger must be named. */
export interface TrainRequest extends Omit<TrainOptions, 'table' | 'schema'> {
  /** Table file, or a table in memory from `fromArrow`, `fromColumns` or `fromDanfo`. */
  readonly table: string | Table;
  /** Schema file, or a schema that has been read. */
  readonly schema: string | TableSchema;
}

/** Which synthesizer a training uses and what it claims. */
export interface TrainingTerms {
  readonly synthesizer: string;
  /** Why this synthesizer, when the choice was left to Tabveil. */
  readonly reason?: string;
  readonly epsilon: number;
  readonly delta: number;
  readonly accountedEpsilon: number;
  readonly accountant: string;
}

/** What a training did; public. */
export interface TrainResult extends TrainingTerms {
  /** Model folder. */
  readonly model: string;
  /** Released estimate of the number of rows. */
  readonly rows: number;
  readonly ledger: {
    readonly path: string;
    readonly dataset: string;
    /** True when the ledger was made now, with a grant of exactly this training's (epsilon, delta). */
    readonly created: boolean;
    /** True when the table was recognised as a copy of one whose ledger paid. */
    readonly recognised: boolean;
  };
}

/** Name that leaves the choice of the synthesizer to Tabveil. */
const AUTO = 'auto';

/** The card of the model, for people; certified like every file. */
const CARD_FILE = 'card.md';

/** Everything public that is settled before the first private byte is used. */
export interface PreparedTraining {
  readonly schema: TableSchema;
  readonly schemaHash: string;
  readonly synthesizer: Synthesizer;
  /** Settings of the synthesizer, files among them read. */
  readonly modelOptions: SynthesizerOptions;
  /** Why this synthesizer, when the choice was left to Tabveil. */
  readonly reason?: string;
  readonly calibrated: CalibratedPlan;
}

/** Reads the schema and fixes every privacy event; touches no data. */
export async function prepareTraining(options: Omit<TrainRequest, 'table' | 'out'>): Promise<PreparedTraining> {
  const modelOptions = await resolveModelOptions(options.modelOptions);
  const { epsilon, delta } = options;
  const named = options.model === AUTO ? undefined : findSynthesizer(options.model);
  const schema = typeof options.schema === 'string' ? await readSchema(options.schema) : options.schema;
  const choice = chooseSynthesizer(planShape(schema, { options: modelOptions, budget: { epsilon, delta } }));
  const { synthesizer, reason } = named === undefined ? choice : { synthesizer: named, reason: undefined };
  checkOptions(synthesizer, modelOptions);
  const shares = planTableShares(schema, { synthesizer, options: modelOptions, budget: { epsilon, delta } });
  return {
    schema,
    schemaHash: createHash('sha256').update(schema.canonical).digest('hex'),
    synthesizer,
    modelOptions,
    ...(reason === undefined ? {} : { reason }),
    calibrated: calibratePlan(shares, { epsilon, delta }),
  };
}

/**
 * Trains a model: checks everything public, reserves the budget, learns, writes the model folder, commits.
 *
 * **Privacy**: the ledger line is on disk before any private statistic is computed; from then on the claim is spent
 * whatever happens. The model folder holds public, released and post-processed values only.
 * @throws TabveilError usage, input or budget; nothing half-written is left behind.
 */
export async function train(options: TrainRequest, context: TaskContext = {}): Promise<TrainResult> {
  const prepared = await prepareTraining(options);
  await checkModelPath(options.out);
  const { checkpoint } = options;
  const started =
    checkpoint !== undefined && (await hasCheckpoint(checkpoint))
      ? await resumeTraining(checkpoint, { prepared, options }, context)
      : await startTraining(prepared, options, context);
  const { ledger } = started;
  const { certificate, rows } = await learn({ prepared, options, started, context }).catch((error: unknown) => {
    throw tellWhatIsSpent(error, options, context.signal);
  });
  const outputHash = createHash('sha256').update(serializeCertificate(certificate)).digest('hex');
  await ledger.commit(started.reservation, { outputHash });
  if (checkpoint !== undefined) await removeCheckpoint(checkpoint);
  return {
    model: options.out,
    synthesizer: prepared.synthesizer.name,
    ...(prepared.reason === undefined ? {} : { reason: prepared.reason }),
    epsilon: options.epsilon,
    delta: options.delta,
    accountedEpsilon: certificate.accountedEpsilon,
    accountant: certificate.accountant,
    rows,
    ledger: {
      path: ledger.path,
      dataset: ledger.dataset,
      created: started.created,
      recognised: started.recognised,
    },
  };
}

/** Everything that happens between reservation and commit. */
interface PaidJob {
  readonly prepared: PreparedTraining;
  readonly options: TrainRequest;
  readonly started: StartedTraining;
  readonly context: TaskContext;
}

/** Learns from the private rows and writes the model folder; the budget has been reserved. */
async function learn(job: PaidJob): Promise<{ readonly certificate: Certificate; readonly rows: number }> {
  const { prepared, options, started, context } = job;
  context.onProgress?.({ phase: 'fit', done: 0, total: 1 });
  const fitted = await fitTable(started.rows, {
    schema: prepared.schema,
    synthesizer: prepared.synthesizer,
    options: prepared.modelOptions,
    budget: { epsilon: options.epsilon, delta: options.delta },
    plan: prepared.calibrated.plan,
    mechanisms: started.mechanisms,
    boundingKey: randomBytes(32),
    ...(started.memory === undefined ? {} : { memory: started.memory }),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    ...(context.onNotice === undefined ? {} : { onNotice: context.onNotice }),
    onProgress: reportFit(context),
  });
  context.signal?.throwIfAborted();
  const certificate = await writeModel(fitted, job);
  return { certificate, rows: fitted.parts.rows };
}

/** Least part of the work from which the rest is foretold. */
const LEAST_WORK_DONE = 0.02;

/** Reports steps of a fit with the time left: the clock is read for the bar alone and reaches no artefact. */
function reportFit({ onProgress }: TaskContext): Required<FitInput>['onProgress'] {
  let started: number | undefined;
  return (done, total, error, workDone = 0) => {
    started ??= performance.now();
    const secondsLeft = ((performance.now() - started) * (1 - workDone)) / workDone / 1000;
    onProgress?.({
      ...{ phase: 'fit', done, total },
      ...(error === undefined ? {} : { error }),
      ...(workDone < LEAST_WORK_DONE ? {} : { secondsLeft }),
    });
  };
}

async function writeModel(fitted: FittedTable, job: PaidJob): Promise<Certificate> {
  const { schema, schemaHash, synthesizer, calibrated } = job.prepared;
  const publicInputs = listPublicInputs(schema);
  const card = renderModelCard({
    synthesizer: synthesizer.name,
    method: synthesizer.summary,
    purpose: job.options.purpose ?? DEFAULT_PURPOSE,
    rows: fitted.parts.rows,
    unit: schema.unit,
    epsilon: job.options.epsilon,
    delta: job.options.delta,
    publicInputs,
  });
  const model = serializeModel(fitted, schema, synthesizer.name);
  const files = new Map([...model, [CARD_FILE, new TextEncoder().encode(card)]]);
  const certificate = buildCertificate({
    epsilon: job.options.epsilon,
    delta: job.options.delta,
    plan: calibrated.plan,
    unit: schema.unit,
    synthesizer: synthesizer.name,
    reservation: job.started.reservation,
    publicInputs,
    schemaHash,
    artefacts: hashFiles(files),
    testNoise: job.started.testNoise,
  });
  const text = new TextEncoder().encode(serializeCertificate(certificate));
  await writeModelFolder(job.options.out, new Map([...files, ['certificate.json', text]]));
  return certificate;
}

/** What was taken as public by declaration, field by field, in words. */
export function listPublicInputs(schema: TableSchema): string[] {
  const knowledge = schema.knowledge ?? { zeros: [], marginals: [] };
  const fields = schema.fields.map((field) => {
    const facts = ['name', 'type', field.nullable ? 'may be missing' : 'never missing'];
    if (field.domain.kind === 'categorical' && field.domain.categories.status === 'public') facts.push('categories');
    if (field.domain.kind === 'numeric') {
      if (field.domain.bounds.status === 'public') facts.push('bounds');
      facts.push('precision');
      if (field.domain.edges !== undefined) facts.push('bins');
    }
    return `${field.name}: ${facts.join(', ')}`;
  });
  const zeros = knowledge.zeros.length === 0 ? [] : [`${knowledge.zeros.length} rules of impossible combinations`];
  return [
    ...fields,
    ...zeros,
    ...knowledge.marginals.map(({ columns }) => `published table of ${columns.join(' × ')}`),
  ];
}
