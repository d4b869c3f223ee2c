import { TabveilError } from '../errors.ts';
import type { CountSource, Recoding } from './count-source.ts';
import { type Clique, countCells, createDomain, type Domain } from './domain.ts';

/**
 * The same private rows seen through public maps of attributes to coarser codes.
 *
 * @param recodings - one per attribute; `undefined` leaves an attribute as it is
 * @throws TabveilError when a map does not cover its attribute or points outside its size.
 *
 * **Privacy**: the maps must be public or released; each row still changes one cell of a marginal by one.
 */
export function coarsen(source: CountSource, recodings: readonly (Recoding | undefined)[]): CountSource {
  const domain = coarseDomain(source.domain, recodings);
  if (source.recode !== undefined) return source.recode(recodings);
  return {
    domain,
    count: async (cliques) => {
      const fine = await source.count(cliques);
      return fine.map((counts, index) => sumCells(source.domain, domain, recodings, cliques[index]!, counts));
    },
  };
}

/** The domain after recoding. @throws TabveilError when a map does not cover its attribute or points outside its size. */
export function coarseDomain(domain: Domain, recodings: readonly (Recoding | undefined)[]): Domain {
  if (recodings.length !== domain.sizes.length) {
    throw new TabveilError(
      'bug',
      'coarsen.count',
      `coarsen: ${recodings.length} maps for ${domain.sizes.length} attributes; give one per attribute or undefined.`,
    );
  }
  recodings.forEach((recoding, attribute) => {
    if (recoding === undefined) return;
    const covers = recoding.codes.length === domain.sizes[attribute];
    if (!covers || recoding.codes.some((code) => code < 0 || code >= recoding.size)) {
      throw new TabveilError(
        'bug',
        'coarsen.map',
        `coarsen: the map of attribute "${domain.names[attribute]}" sends ${recoding.codes.length} codes to [${recoding.codes.slice(0, 20)}]; it must send each of ${domain.sizes[attribute]} codes into 0 … ${recoding.size - 1}.`,
      );
    }
  });
  return createDomain(
    domain.names,
    domain.sizes.map((size, attribute) => recodings[attribute]?.size ?? size),
  );
}

function sumCells(
  fineDomain: Domain,
  domain: Domain,
  recodings: readonly (Recoding | undefined)[],
  clique: Clique,
  fine: Float64Array,
): Float64Array {
  let targets = Int32Array.of(0);
  for (const attribute of clique) {
    const codes = recodings[attribute]?.codes ?? Int32Array.from({ length: fineDomain.sizes[attribute]! }, (_, k) => k);
    targets = crossTargets(targets, codes, domain.sizes[attribute]!);
  }
  const coarse = new Float64Array(countCells(domain, clique));
  for (let cell = 0; cell < fine.length; cell++) coarse[targets[cell]!]! += fine[cell]!;
  return coarse;
}

/** Coarse cell of each fine cell after appending one more (fastest) attribute. */
function crossTargets(targets: Int32Array, codes: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const crossed = new Int32Array(targets.length * codes.length);
  for (let cell = 0; cell < crossed.length; cell++) {
    const slow = Math.floor(cell / codes.length);
    crossed[cell] = targets[slow]! * size + codes[cell - slow * codes.length]!;
  }
  return crossed;
}
