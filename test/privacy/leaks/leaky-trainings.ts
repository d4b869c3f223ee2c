import type { Mechanisms, PrivacyPlan } from '../../../src/privacy/mechanisms.ts';
import { openPrivate, type Private } from '../../../src/privacy/private.ts';
import { independent } from '../../../src/synthesizers/independent.ts';
import { measureMarginal } from '../../../src/synthesizers/measure.ts';
import { serializeModel } from '../../../src/synthesizers/model-folder.ts';
import type { FitInput, Synthesizer } from '../../../src/synthesizers/synthesizer.ts';
import { MISSING_CODE, type Table } from '../../../src/table/columns.ts';
import type { Field, TableSchema } from '../../../src/table/schema.ts';
import type { Divergence, ReplaySubject } from '../../support/record-replay.ts';
import { fitJob, planTraining, UNIT_SCHEMAS } from '../../support/table-training.ts';

/** A training with one known leak, and how record and replay must notice it. */
export interface LeakyTraining {
  readonly subject: ReplaySubject<Table>;
  readonly schema: TableSchema;
  /** Kinds of divergence that show this leak; each must be reported. */
  readonly shows: readonly Divergence['kind'][];
}

/** A training under construction. */
interface Run {
  readonly data: Private<Table>;
  readonly mechanisms: Mechanisms;
  readonly schema: TableSchema;
  readonly plan: PrivacyPlan;
}

/** How a training is to leak. */
export interface Recipe {
  readonly shows: LeakyTraining['shows'];
  readonly unit?: 'row' | 'entity';
  readonly synthesizer?: Synthesizer;
  /** Distorts the plan before the run. */
  readonly plan?: (plan: PrivacyPlan) => PrivacyPlan;
  /** Looks at the private rows and distorts what should be public. */
  readonly peek?: (table: Table, run: Run) => Partial<Run>;
  /** Looks at the private rows and distorts what is published. */
  readonly publish?: (table: Table, result: Published) => unknown;
}

/** What a training publishes. */
interface Published {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly rows: number;
}

/** The training of a recipe: honest but for what the recipe distorts. */
export function build(name: string, recipe: Recipe): LeakyTraining {
  const schema = UNIT_SCHEMAS[recipe.unit ?? 'row'];
  const synthesizer = recipe.synthesizer ?? independent;
  const honest = planTraining(synthesizer, schema).plan;
  const plan = recipe.plan?.(honest) ?? honest;
  const run = async (data: Private<Table>, mechanisms: Mechanisms): Promise<unknown> => {
    const table = await openPrivate(data);
    const job = { synthesizer, data, mechanisms, schema, plan };
    const distorted = { ...job, ...recipe.peek?.(table, job) };
    const fitted = await fitJob(distorted);
    const files = serializeModel(fitted, distorted.schema, synthesizer.name);
    const result = { files, rows: fitted.parts.rows };
    return recipe.publish?.(table, result) ?? result;
  };
  return { subject: { name, plan, run }, schema, shows: recipe.shows };
}

/** The schema with one field changed. */
function changeField(schema: TableSchema, name: string, change: (field: Field) => Field): TableSchema {
  return { ...schema, fields: schema.fields.map((field) => (field.name === name ? change(field) : field)) };
}

function numbersOf(table: Table, name: string): number[] {
  const column = table.columns.get(name);
  return column?.kind === 'number' ? [...column.values].filter(Number.isFinite) : [];
}

function withBounds(field: Field, numbers: readonly number[]): Field {
  if (field.domain.kind !== 'numeric' || numbers.length === 0) return field;
  const [minimum, maximum] = [Math.min(...numbers), Math.max(...numbers)].map(Math.round) as [number, number];
  return { ...field, domain: { ...field.domain, bounds: { status: 'public', value: { minimum, maximum } } } };
}

function withCategories(field: Field, table: Table): Field {
  const column = table.columns.get(field.name);
  if (field.domain.kind !== 'categorical' || column?.kind !== 'category') return field;
  const value = ['', ...column.categories];
  return { ...field, domain: { ...field.domain, categories: { status: 'public', value } } };
}

const hasMissing = (table: Table, name: string): boolean => {
  const column = table.columns.get(name);
  return column?.kind === 'category' && column.codes.includes(MISSING_CODE);
};

/** Rows per extra round of the synthesizer that fits for longer the more rows there are. */
const ROWS_PER_ROUND = 4;
const MOST_ROUNDS = 10;

/** Measures the first column once more for every few rows. */
const roundsByRows: Synthesizer = {
  ...independent,
  name: 'rounds by rows',
  planShares: (shape) => [
    ...independent.planShares(shape),
    ...Array.from({ length: MOST_ROUNDS }, (_, round) => ({
      label: `round-${round}`,
      purpose: 'rounds',
      kind: 'discrete-gaussian' as const,
      weight: 0.1,
      l2Sensitivity: shape.unitRows,
      oneCell: false,
    })),
  ],
  fit: async (input: FitInput) => {
    const counts = await openPrivate(input.source.map(async (source) => (await source.count([[0]]))[0]!));
    const rows = counts.reduce((sum, count) => sum + count, 0);
    const rounds = Math.min(MOST_ROUNDS, Math.ceil(rows / ROWS_PER_ROUND));
    for (let round = 0; round < rounds; round++) await measureMarginal(input, [0], `round-${round}`);
    return independent.fit(input);
  },
};

const claimSensitivityOne = (plan: PrivacyPlan): PrivacyPlan =>
  plan.map((line) => ('l2Sensitivity' in line.event ? { ...line, event: { ...line.event, l2Sensitivity: 1 } } : line));

const RECIPES: Readonly<Record<string, Recipe>> = {
  'numeric bounds taken from the data': {
    shows: ['request', 'result'],
    peek: (table, { schema }) => ({
      schema: changeField(schema, 'age', (field) => withBounds(field, numbersOf(table, 'age'))),
    }),
  },
  'the exact number of rows in the model': {
    shows: ['result'],
    publish: (table, result) => ({ ...result, rows: table.rowCount }),
  },
  'the exact number of rows in the progress': {
    shows: ['result'],
    publish: (table, result) => ({ ...result, progress: Array.from({ length: table.rowCount }, (_, row) => row) }),
  },
  'the raw list of categories': {
    shows: ['request', 'shape'],
    peek: (table, { schema }) => ({ schema: changeField(schema, 'town', (field) => withCategories(field, table)) }),
  },
  'a cell for missing values only where some are missing': {
    shows: ['request'],
    peek: (table, { schema }) => ({
      schema: changeField(schema, 'color', (field) => ({ ...field, nullable: hasMissing(table, 'color') })),
    }),
  },
  'a number of rounds that depends on the rows': { shows: ['extra call', 'missing call'], synthesizer: roundsByRows },
  'no fine histogram for a constant column': {
    shows: ['request'],
    peek: (table, { plan }) => {
      const isConstant = new Set(numbersOf(table, 'pay')).size < 2;
      return isConstant ? { plan: plan.filter(({ label }) => label !== 'fine:pay') } : {};
    },
  },
  'sensitivity 1 for entities of two rows': { shows: ['sensitivity'], unit: 'entity', plan: claimSensitivityOne },
  'an entity cap that is declared and not enforced': {
    shows: ['sensitivity'],
    unit: 'entity',
    peek: (table, run) => ({ data: run.data.map(() => withFreshKeys(table)) }),
  },
  'an error that quotes a cell': {
    shows: ['failure'],
    publish: (table, result) => {
      const outlier = numbersOf(table, 'pay').find((pay) => pay > 1e6);
      if (outlier !== undefined) throw new RangeError(`pay ${outlier} is above its bounds`);
      return result;
    },
  },
};

/** Every row an entity of its own, so that no cap ever bites. */
function withFreshKeys(table: Table): Table {
  const categories = Array.from({ length: table.rowCount }, (_, row) => `row ${row}`);
  const ids = { kind: 'category', codes: Int32Array.from(categories.keys()), categories } as const;
  return { ...table, columns: new Map([...table.columns, ['id', ids]]) };
}

/** Trainings that leak, by name of the leak. */
export const LEAKY_TRAININGS: Readonly<Record<string, LeakyTraining>> = Object.fromEntries(
  Object.entries(RECIPES).map(([name, recipe]) => [name, build(name, recipe)]),
);
