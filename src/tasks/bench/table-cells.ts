import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../canonical-json.ts';
import { alignTables } from '../../evaluation/aligned-tables.ts';
import type { BenchLine, CostLine, RunLine, TableLine } from '../../evaluation/benchmark/lines.ts';
import { measureSynthetic, measureTable } from '../../evaluation/benchmark/measure.ts';
import { binTables } from '../../evaluation/bins.ts';
import type { Table } from '../../table/columns.ts';
import { readTable } from '../../table/read-table.ts';
import type { TableSchema } from '../../table/schema.ts';
import { readSchema } from '../../table/schema-file.ts';
import { openTableWriter } from '../../table/write-table.ts';
import type { BenchConfig, ModelChoice } from './config.ts';
import { measureFit } from './measure-fit.ts';
import { plainSchema, type Rival, runRival, writeBins } from './rivals.ts';
import type { BenchTable } from './tables.ts';

/** What a cell adds to the head that every line has. */
type Body<Line extends BenchLine> = Omit<Line, 'key' | 'when' | 'machine' | 'version'>;

/** One line to be measured. */
export interface Cell {
  /** Hash of everything the line depends on. */
  readonly key: string;
  /** For progress and failures. */
  readonly what: string;
  readonly measure: (signal: AbortSignal | undefined) => Promise<Body<TableLine> | Body<RunLine> | Body<CostLine>>;
}

/** What all cells share. */
export interface MatrixPlan {
  readonly config: BenchConfig;
  readonly models: readonly ModelChoice[];
  readonly rivals: readonly Rival[];
  /** Folder for everything that is thrown away. */
  readonly scratch: string;
  /** Program that measures; part of every key. */
  readonly version: string;
}

/** Hash of everything that a line depends on. */
export function keyOf(facts: object): string {
  return createHash('sha256').update(canonicalJson(facts)).digest('hex');
}

/** A table with its rows, read when the first cell needs them. */
interface OpenTable {
  readonly schema: TableSchema;
  readonly real: Table;
  readonly holdout: Table;
  readonly facts: ReturnType<typeof measureTable>;
}

/** The cells of one table: the table itself, then every run of every system at every epsilon. */
export function tableCells(table: BenchTable, plan: MatrixPlan): readonly Cell[] {
  const { config, models, rivals, version } = plan;
  const open = once(() => openTable(table));
  const facts: Cell = {
    key: keyOf({ kind: 'table', version, table: table.sha256, name: table.name }),
    what: table.name,
    measure: async () => {
      const { name, origin, sha256 } = table;
      return { kind: 'table', table: name, origin, sha256, ...(await open()).facts };
    },
  };
  const runs = Array.from({ length: config.runs }, (_, index) => index + 1);
  const cells = runs.flatMap((run) => [
    ...config.epsilons.flatMap((epsilon) =>
      models.map((model) => modelCell(table, plan, { open, model, epsilon, run })),
    ),
    ...rivals.flatMap((rival) =>
      (rival.isPrivate ? config.epsilons : [0]).map((epsilon) => rivalCell(table, plan, { open, rival, epsilon, run })),
    ),
  ]);
  return [facts, ...cells];
}

function once<T>(compute: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    started ??= compute();
    return started;
  };
}

async function openTable(table: BenchTable): Promise<OpenTable> {
  const schema = await readSchema(table.schema);
  const real = await readTable(table.train, schema);
  const holdout = await readTable(table.holdout, schema);
  return { schema, real, holdout, facts: measureTable(schema, { real, synthetic: holdout, holdout }) };
}

interface RunOf {
  readonly open: () => Promise<OpenTable>;
  readonly epsilon: number;
  readonly run: number;
}

/** Attacks are measured once per cell of the matrix: they cost more than the fit. */
function attackRowsOf({ config }: MatrixPlan, run: number): number {
  return run === 1 ? config.attackRows : 0;
}

function modelCell(table: BenchTable, plan: MatrixPlan, job: RunOf & { readonly model: ModelChoice }): Cell {
  const { open, model, epsilon, run } = job;
  const { version, config } = plan;
  const attackRows = attackRowsOf(plan, run);
  const { delta } = config;
  const subject = { table: table.sha256, name: table.name, model: model.name, options: model.options };
  return {
    key: keyOf({ kind: 'run', version, ...subject, epsilon, delta, run, attackRows }),
    what: `${table.name} ε=${epsilon} ${model.label} ${run}`,
    measure: (signal) =>
      inScratch(plan.scratch, async (scratch) => {
        const opened = await open();
        const rows = opened.real.rowCount;
        const out = join(scratch, 'synthetic.csv');
        const cost = await measureFit(
          {
            ...{ train: table.train, schema: table.schema, model: model.name, options: model.options },
            ...{ epsilon, delta, scratch, sample: { out, rows, seed: run } },
          },
          signal,
        );
        const synthetic = await readTable(out, opened.schema);
        const measured = await measure(opened, synthetic, { attackRows, signal });
        const head = { kind: 'run', table: table.name, system: model.label, isRival: false, isPrivate: true } as const;
        return { ...head, epsilon, delta, run, rows, cost, ...measured };
      }),
  };
}

function rivalCell(table: BenchTable, plan: MatrixPlan, job: RunOf & { readonly rival: Rival }): Cell {
  const { open, rival, epsilon, run } = job;
  const { version, config } = plan;
  const attackRows = attackRowsOf(plan, run);
  const { delta } = config;
  const subject = { table: table.sha256, name: table.name, rival: rival.name, variables: rival.variables };
  return {
    key: keyOf({ kind: 'run', version, ...subject, epsilon, delta, run, attackRows }),
    what: `${table.name} ε=${epsilon} ${rival.name} ${run}`,
    measure: (signal) =>
      inScratch(plan.scratch, async (scratch) => {
        const opened = await open();
        const rows = opened.real.rowCount;
        const files = await writeRivalFiles(opened, scratch);
        const job = { train: files.train, bins: files.bins, epsilon, delta, rows, seed: run };
        const { cost, leaks, versions } = await runRival(
          rival,
          { ...job, out: files.out, json: join(scratch, 'measured.json') },
          { minutes: config.rivalMinutes, signal },
        );
        const synthetic = await readTable(files.out, files.schema);
        const measured = await measure(opened, synthetic, { attackRows, signal });
        const { name: system, isPrivate } = rival;
        const head = { kind: 'run', table: table.name, system, isRival: true, isPrivate } as const;
        return { ...head, epsilon, delta, run, rows, cost, ...measured, leaks, versions };
      }),
  };
}

function measure(
  { schema, real, holdout, facts }: OpenTable,
  synthetic: Table,
  options: { readonly attackRows: number; readonly signal: AbortSignal | undefined },
) {
  const { attackRows, signal } = options;
  return measureSynthetic(
    schema,
    { real, synthetic, holdout },
    { ruler: facts.ruler, attackRows, ...(signal && { signal }) },
  );
}

async function writeRivalFiles(opened: OpenTable, scratch: string) {
  const schema = plainSchema(opened.schema);
  const path = (name: string) => join(scratch, name);
  const writer = await openTableWriter(path('train.csv'), schema);
  await writer.write(opened.real);
  await writer.close();
  const { columns } = binTables(alignTables(schema, { real: opened.real, synthetic: opened.holdout }));
  await writeBins(path('bins.json'), schema, columns);
  return { schema, train: path('train.csv'), bins: path('bins.json'), out: path('synthetic.csv') };
}

/** Runs `work` with an empty folder that is removed afterwards. */
export async function inScratch<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(parent, 'cell');
  await mkdir(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
