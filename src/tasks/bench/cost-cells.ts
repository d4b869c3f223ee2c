import type { CostLine } from '../../evaluation/benchmark/lines.ts';
import { type TableSize, writeMadeUpTable } from './made-up-table.ts';
import { measureFit } from './measure-fit.ts';
import { type Cell, inScratch, keyOf, type MatrixPlan } from './table-cells.ts';

/** The size that two of three stay at while the third grows. */
const BASE: TableSize = { rows: 10_000, columns: 10, categories: 8 };

/** Epsilon of the cost curves: how much is learned decides how long it takes. */
const EPSILON = 1;

/** The cells of the cost curves: a fit of every model on made-up tables that grow in one direction. */
export function costCells(plan: Omit<MatrixPlan, 'rivals'>): readonly Cell[] {
  const { config, models } = plan;
  const { cost } = config;
  if (cost === undefined) return [];
  const axes = (['rows', 'columns', 'categories'] as const).flatMap((axis) =>
    cost[axis].map((value) => ({ axis, size: { ...BASE, [axis]: value } })),
  );
  return axes.flatMap((point) => models.map((model) => costCell(plan, model, point)));
}

function costCell(
  { config, scratch, version }: Omit<MatrixPlan, 'rivals'>,
  model: MatrixPlan['models'][number],
  { axis, size }: { readonly axis: CostLine['axis']; readonly size: TableSize },
): Cell {
  const { delta } = config;
  return {
    key: keyOf({ kind: 'cost', version, model: model.name, options: model.options, axis, ...size, delta }),
    what: `cost ${axis}=${size[axis]} ${model.label}`,
    measure: (signal) =>
      inScratch(scratch, async (folder) => {
        const { table, schema } = await writeMadeUpTable(folder, size);
        const job = { train: table, schema, model: model.name, options: model.options };
        const cost = await measureFit({ ...job, epsilon: EPSILON, delta, scratch: folder }, signal);
        return { kind: 'cost', system: model.label, axis, ...size, cost };
      }),
  };
}
