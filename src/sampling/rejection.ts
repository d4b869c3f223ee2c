import { TabveilError } from '../errors.ts';
import { BLOCK_ROWS } from '../marginals/block-sampler.ts';
import { createCodes } from '../marginals/memory-count-source.ts';
import { checkConditions } from '../synthesizers/conditions.ts';
import type { CellCondition, ConditionalGenerator, OpenModel } from '../synthesizers/synthesizer.ts';

/** Rows drawn per row kept beyond which conditions are refused. */
const MOST_DRAWN_PER_ROW = 10_000;

/** Blocks drawn before conditions are called too rare. */
const PATIENCE_BLOCKS = 32;

/**
 * Rows under conditions from a model that can draw rows only without: independent rows are drawn and kept with the
 * product of their weights, which is exact.
 *
 * **Cost**: rows drawn per row kept is the inverse of the conditions' probability.
 * @throws TabveilError (usage), when rows are generated, if fewer than one of 10,000 is kept.
 */
export function createRejectionGenerator(model: OpenModel, conditions: readonly CellCondition[]): ConditionalGenerator {
  checkConditions(model.domain, conditions);
  const generateBlock = model.createGenerator('iid');
  const drawn = model.domain.sizes.map((size) => createCodes(size, BLOCK_ROWS));
  // Relative to the largest weight of a column all rows are kept as often, and more of them.
  const scaled = conditions.map(({ attribute, weights }) => {
    const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
    return { attribute, weights: weights.map((weight) => weight / largest) };
  });
  return {
    statement: `drawn exactly from the model given the conditions, by rejection (at most ${MOST_DRAWN_PER_ROW} rows drawn per row kept); rows are independent`,
    generateBlock: (rows, stream, out) => {
      let kept = 0;
      for (let block = 1; kept < rows; block++) {
        generateBlock(BLOCK_ROWS, stream, drawn);
        for (let row = 0; row < BLOCK_ROWS && kept < rows; row++) {
          let weight = 1;
          for (const condition of scaled) weight *= condition.weights[drawn[condition.attribute]![row]!]!;
          if (weight === 0 || (weight < 1 && stream.nextFloat() >= weight)) continue;
          drawn.forEach((codes, column) => {
            out[column]![kept] = codes[row]!;
          });
          kept++;
        }
        if (block >= PATIENCE_BLOCKS && kept * MOST_DRAWN_PER_ROW < block * BLOCK_ROWS) throw refuseRare();
      }
    },
  };
}

function refuseRare(): TabveilError {
  return new TabveilError(
    'usage',
    'sample.rare',
    `--where: fewer than one of ${MOST_DRAWN_PER_ROW} rows of this model meets the conditions, and it can draw rows only by rejection; loosen them or use another model.`,
  );
}
