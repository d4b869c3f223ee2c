import { calibratePlan } from '../../src/privacy/accounting/calibrate-plan.ts';
import type { Mechanisms, PrivacyPlan } from '../../src/privacy/mechanisms.ts';
import type { Private } from '../../src/privacy/private.ts';
import { createStream } from '../../src/random/stream.ts';
import { type FittedTable, fitTable, planTableShares } from '../../src/synthesizers/fit-table.ts';
import { serializeModel } from '../../src/synthesizers/model-folder.ts';
import type { KeptState, Synthesizer, TrainingMemory } from '../../src/synthesizers/synthesizer.ts';
import type { Table } from '../../src/table/columns.ts';
import type { TableSchema } from '../../src/table/schema.ts';
import { parseSchema } from '../../src/table/schema-file.ts';
import type { ReplaySubject } from './record-replay.ts';
import { type Row, tableOf } from './table-neighbours.ts';

/** What the trainings of these tests may cost. */
export const TRAINING_BUDGET = { epsilon: 3, delta: 1e-6 };

const FIELDS = [
  { name: 'id', type: 'string', privacy: { role: 'identifier' } },
  { name: 'color', type: 'string', constraints: { enum: ['red', 'blue', 'green'] } },
  { name: 'ward', type: 'string', constraints: { required: true, enum: ['a', 'b'] }, privacy: { role: 'target' } },
  { name: 'age', type: 'integer', constraints: { required: true, minimum: 0, maximum: 99 } },
  { name: 'pay', type: 'number', constraints: { minimum: -100, maximum: 100_000 }, privacy: { precision: 2 } },
  { name: 'height', type: 'number', constraints: { required: true }, privacy: { bounds: 'learn', precision: 0.1 } },
  { name: 'town', type: 'string', constraints: { required: true }, privacy: { categories: 'learn' } },
];

/** Schemas with every kind of field, by unit of privacy. */
export const UNIT_SCHEMAS: Readonly<Record<'row' | 'entity', TableSchema>> = {
  row: parseSchema({ fields: FIELDS }, 'row.schema.json'),
  entity: parseSchema({ fields: FIELDS, privacy: { unit: { entity: ['id'], maxRows: 2 } } }, 'entity.schema.json'),
};

/** A small table of those schemas: related columns, missing cells, up to three rows per entity. */
export function unitTable(schema: TableSchema, rows: number): Table {
  const stream = createStream(11, 'contract table');
  const cells = Array.from({ length: rows }, (_, row): Row => {
    const young = stream.below(2) === 0;
    return {
      id: `p${Math.floor(row / 3)}`,
      color: ['red', 'blue', null][stream.below(3)] ?? null,
      ward: young ? 'a' : 'b',
      age: young ? stream.below(30) : 30 + stream.below(60),
      pay: stream.below(4) === 0 ? Number.NaN : stream.below(9_000_000) / 100,
      height: 160 + stream.below(400) / 10,
      town: ['Ulm', 'Bern', 'Rome'][stream.below(3)] ?? 'Ulm',
    };
  });
  return tableOf(schema, cells);
}

/** The calibrated plan of a training within `TRAINING_BUDGET`. */
export function planTraining(
  synthesizer: Synthesizer,
  schema: TableSchema,
): { readonly plan: PrivacyPlan; readonly epsilon: number } {
  const shares = planTableShares(schema, { synthesizer, options: quickOptions(synthesizer), budget: TRAINING_BUDGET });
  const { plan, accountedEpsilon } = calibratePlan(shares, TRAINING_BUDGET);
  return { plan, epsilon: accountedEpsilon };
}

const quickOptions = ({ quickOptions: options }: Synthesizer) => options ?? {};

/** One training of a table that is behind the door. */
export interface TrainingJob {
  readonly synthesizer: Synthesizer;
  readonly schema: TableSchema;
  readonly plan: PrivacyPlan;
  readonly data: Private<Table>;
  readonly mechanisms: Mechanisms;
  readonly onProgress?: (done: number, total: number) => void;
  readonly memory?: TrainingMemory;
}

/** Fits a table as `train` does, with a constant in place of the secret that chooses rows. */
export function fitJob({ data, ...job }: TrainingJob): Promise<FittedTable> {
  const options = quickOptions(job.synthesizer);
  return fitTable(data, { ...job, options, budget: TRAINING_BUDGET, boundingKey: new Uint8Array(32) });
}

/** A whole training, preprocessing included, as a function of the data and the outputs of mechanisms. */
export function trainingOf(synthesizer: Synthesizer, schema: TableSchema): ReplaySubject<Table> {
  const { plan } = planTraining(synthesizer, schema);
  return {
    name: `${synthesizer.name} on ${schema.unit.kind}s`,
    plan,
    run: async (data, mechanisms) => {
      const progress: number[] = [];
      const onProgress = (done: number, total: number) => void progress.push(done, total);
      const kept: KeptState[] = [];
      const memory = { begunSteps: () => 0, keep: async (state: KeptState) => void kept.push(state) };
      const fitted = await fitJob({ synthesizer, schema, plan, data, mechanisms, onProgress, memory });
      return { files: serializeModel(fitted, schema, synthesizer.name), progress, kept };
    },
  };
}
