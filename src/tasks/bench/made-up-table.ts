import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createStream } from '../../random/stream.ts';

/** Size of a made-up table. */
export interface TableSize {
  readonly rows: number;
  readonly columns: number;
  /** Categories of every column. */
  readonly categories: number;
}

/** Share of cells that follow the column to their left; the rest are uniform. */
const FOLLOWING = 0.7;

/**
 * Writes a table of any size with dependent columns (each follows its left neighbour in 70 % of rows), and its schema.
 * The table of a size is always the same.
 */
export async function writeMadeUpTable(
  folder: string,
  size: TableSize,
): Promise<{ readonly table: string; readonly schema: string }> {
  const { rows, columns, categories } = size;
  const name = `made-up-${rows}-${columns}-${categories}`;
  const [table, schema] = [join(folder, `${name}.csv`), join(folder, `${name}.schema.json`)];
  const names = Array.from({ length: columns }, (_, column) => `c${column}`);
  const values = Array.from({ length: categories }, (_, code) => `v${code}`);
  const fields = names.map((field) => ({
    name: field,
    type: 'string',
    constraints: { required: true, enum: values },
  }));
  await writeFile(schema, JSON.stringify({ fields }));
  const stream = createStream('made-up table', rows, columns, categories);
  const lines = [names.join(',')];
  for (let row = 0; row < rows; row += 1) {
    let left = stream.below(categories);
    const cells = [`v${left}`];
    for (let column = 1; column < columns; column += 1) {
      if (stream.nextFloat() >= FOLLOWING) left = stream.below(categories);
      cells.push(`v${left}`);
    }
    lines.push(cells.join(','));
  }
  await writeFile(table, `${lines.join('\n')}\n`);
  return { table, schema };
}
