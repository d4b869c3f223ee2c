import { TabveilError } from '../../errors.ts';
import type { Domain } from '../../marginals/domain.ts';
import type { GraphicalModel } from '../../marginals/graphical-model.ts';
import { createMarginalOracle, type Factor } from '../../marginals/marginal-oracle.ts';

/** Smallest probability whose logarithm is taken: below the smallest 32-bit float of full precision. */
const LEAST_SHARE = 1e-38;

/** A mixture of product distributions. */
export interface Mixture {
  /** Columns without the hidden one. */
  readonly domain: Domain;
  readonly components: number;
  /** Head probabilities: components × sum of sizes, row-major. */
  readonly shares: Float32Array;
  /** Rules of impossible combinations over `domain`, as log potentials of 0 and -Infinity. */
  readonly zeros: readonly Factor[];
  /** Expected number of rows. */
  readonly total: number;
}

/** Index of a column in the graphical model: the hidden column comes first. */
export const behindHidden = (attribute: number): number => attribute + 1;

/**
 * The mixture as a graphical model with one hidden column, the component: each column hangs on it alone, except where
 * rules of impossible combinations join columns. The rules are exact: the model is the mixture given that no rule is
 * broken.
 *
 * Sampling, conditioning and marginals of graphical models therefore serve neural ones too, and are exact.
 * @throws TabveilError (input) when the rules exclude every row.
 */
export function mixtureAsGraphicalModel(mixture: Mixture): GraphicalModel {
  const { domain, components, shares, zeros, total } = mixture;
  const sizes = [components, ...domain.sizes];
  const hidden: Domain = { names: [hiddenName(domain), ...domain.names], sizes };
  const cliques = domain.sizes.map((_, attribute) => [0, behindHidden(attribute)]);
  const fixed = zeros.map(({ clique, values }) => ({ clique: clique.map(behindHidden), values }));
  const oracle = createMarginalOracle(hidden, cliques, fixed);
  const logPotentials = new Float64Array(oracle.length);
  const width = domain.sizes.reduce((sum, size) => sum + size, 0);
  let column = 0;
  domain.sizes.forEach((size, attribute) => {
    const offset = oracle.offsets[attribute]!;
    for (let component = 0; component < components; component++) {
      for (let cell = 0; cell < size; cell++) {
        const share = shares[component * width + column + cell]!;
        logPotentials[offset + component * size + cell] = Math.log(Math.max(share, LEAST_SHARE));
      }
    }
    column += size;
  });
  const logMass = oracle.evaluate(logPotentials, total, new Float64Array(oracle.length));
  if (!(logMass > Number.NEGATIVE_INFINITY)) {
    throw new TabveilError('input', 'model.parts', 'model: its rules exclude every row. Get a fresh copy.');
  }
  return {
    domain: hidden,
    total,
    tree: oracle.tree,
    beliefs: oracle.beliefs.map((belief) => belief.slice()),
    potentials: [],
  };
}

/** A name that no column has. */
function hiddenName({ names }: Domain): string {
  let name = 'component';
  while (names.includes(name)) name = `${name} `;
  return name;
}
