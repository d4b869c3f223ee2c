import { TabveilError } from '../errors.ts';
import { type AliasTables, createAliasTables } from './alias-table.ts';
import type { Codes } from './count-source.ts';
import type { Domain } from './domain.ts';
import type { GraphicalModel } from './graphical-model.ts';
import { planSampling, type SamplingStep } from './sampling-steps.ts';
import { drawSystematic, type SystematicBuffers } from './systematic-sampling.ts';

/** Rows per block: the unit in which tables are generated, and a function of its own random stream only. */
export const BLOCK_ROWS = 65_536;
const TWO_32 = 2 ** 32;

/** Source of uniform 32-bit words, as `Stream`. */
export interface WordStream {
  nextUint32(): number;
  fillUint32(out: Uint32Array): void;
}

/**
 * How rows are drawn. `iid`: each row independently. `systematic`: each row has the same distribution, but within a
 * block the number of rows in each cell of a tree clique stays within about one of its expectation, so the block's
 * marginals carry almost no sampling error of their own.
 */
export type SamplingMethod = 'iid' | 'systematic';

/** Generates coded rows of one model, block by block. */
export interface BlockSampler {
  readonly domain: Domain;
  /**
   * Writes `rows` rows (1 … BLOCK_ROWS) to the first cells of `out`, one array per attribute. The result depends on the
   * model, `rows` and the words of `stream` only.
   */
  sampleBlock(rows: number, stream: WordStream, out: readonly Codes[]): void;
}

/** Codes while a block is made; one element type for all attributes keeps the loops monomorphic. */
type BlockColumn = Uint16Array | Int32Array;

/** Work space of one sampler. */
interface Block extends SystematicBuffers {
  readonly columns: readonly BlockColumn[];
}

/**
 * A sampler of the model's rows. Not to be shared between threads; every block may come from another sampler.
 *
 * **Cost**: about 10 (`iid`) or 20 (`systematic`) ns per cell; tables of the size of the model's.
 */
export function createBlockSampler(model: GraphicalModel, method: SamplingMethod): BlockSampler {
  const steps = planSampling(model);
  const aliases = method === 'iid' ? steps.map((step) => createAliasTables(step.conditionals, step.size)) : [];
  const block = createBlock(
    model.domain,
    steps.reduce((most, { keys }) => Math.max(most, keys), 1),
  );
  return {
    domain: model.domain,
    sampleBlock: (rows, stream, out) => {
      checkBlock(model.domain, rows, out);
      steps.forEach((step, index) => {
        extendKeys(block, step, model.domain, rows);
        const column = block.columns[step.attribute]!;
        const table = aliases[index];
        if (step.size === 1) column.fill(0, 0, rows);
        else if (table === undefined) drawSystematic(step, block, column, rows, stream);
        else drawAliased(table, block, column, rows, stream);
      });
      block.columns.forEach((column, attribute) => {
        out[attribute]!.set(column.subarray(0, rows));
      });
    },
  };
}

function createBlock(domain: Domain, mostKeys: number): Block {
  const isWide = domain.sizes.some((size) => size > 0x10000);
  return {
    columns: domain.sizes.map(() => (isWide ? new Int32Array(BLOCK_ROWS) : new Uint16Array(BLOCK_ROWS))),
    keys: new Int32Array(BLOCK_ROWS),
    order: new Int32Array(BLOCK_ROWS),
    drawn: new Int32Array(BLOCK_ROWS),
    words: new Uint32Array(BLOCK_ROWS),
    strata: new Int32Array(BLOCK_ROWS),
    starts: new Int32Array(mostKeys + 1),
  };
}

function checkBlock(domain: Domain, rows: number, out: readonly Codes[]): void {
  const fits = out.length === domain.sizes.length && out.every((column) => column.length >= rows);
  if (Number.isInteger(rows) && rows >= 1 && rows <= BLOCK_ROWS && fits) return;
  throw new TabveilError(
    'bug',
    'block-sampler.rows',
    `block sampler: ${rows} rows into ${out.length} columns were asked for; a block has 1 … ${BLOCK_ROWS} rows and needs ${domain.sizes.length} columns that long.`,
  );
}

function extendKeys(
  { keys, columns }: Block,
  { restarts, appended }: SamplingStep,
  domain: Domain,
  rows: number,
): void {
  if (restarts) keys.fill(0, 0, rows);
  for (const attribute of appended) appendDigit(keys, columns[attribute]!, domain.sizes[attribute]!, rows);
}

function appendDigit(keys: Int32Array, column: BlockColumn, size: number, rows: number): void {
  for (let row = 0; row < rows; row++) keys[row] = keys[row]! * size + column[row]!;
}

function drawAliased(
  { size, thresholds, aliases }: AliasTables,
  { keys, words }: Block,
  column: BlockColumn,
  rows: number,
  stream: WordStream,
): void {
  stream.fillUint32(rows === BLOCK_ROWS ? words : words.subarray(0, rows));
  for (let row = 0; row < rows; row++) {
    // The word's high part picks a cell, what is left of it decides between the cell and its alias.
    const product = words[row]! * size;
    const cell = (product / TWO_32) | 0;
    const index = keys[row]! * size + cell;
    column[row] = product - cell * TWO_32 < thresholds[index]! ? cell : aliases[index]!;
  }
}
