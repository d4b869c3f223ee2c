import { TabveilError } from '../errors.ts';
import { countCells, type Domain } from './domain.ts';
import { projectFactor } from './factor.ts';
import type { JunctionTree } from './junction-tree.ts';
import type { Factor } from './marginal-oracle.ts';

/**
 * A distribution over coded rows, as calibrated marginals of a junction tree: the density is the product of the clique
 * marginals over the product of the separator marginals.
 */
export interface GraphicalModel {
  readonly domain: Domain;
  /** Expected number of rows; every belief sums to it. */
  readonly total: number;
  readonly tree: JunctionTree;
  /** Expected counts over each tree clique: row-major, last attribute fastest. */
  readonly beliefs: readonly Float64Array[];
  /** Log potentials on the measured cliques, for warm starts; empty for a model read from a file. */
  readonly potentials: readonly Factor[];
}

/** What a model file holds of a graphical model: plain data, untrusted until `loadGraphicalModel` has checked it. */
export interface GraphicalModelData {
  readonly total: number;
  readonly cliques: readonly (readonly number[])[];
  readonly parents: readonly number[];
  readonly beliefs: readonly Float64Array[];
}

/** Largest difference of two beliefs on a shared separator, relative to the total, that rounding explains. */
const CONSISTENCY_TOLERANCE = 1e-6;

/** The plain data of a model, without potentials. */
export function saveGraphicalModel({ total, tree, beliefs }: GraphicalModel): GraphicalModelData {
  return { total, cliques: tree.cliques, parents: tree.parents, beliefs };
}

/**
 * A graphical model from plain data that may come from a stranger.
 * @throws TabveilError of kind `input` when cliques are not ascending attributes of the domain, some attribute is in
 * none, the tree is no junction tree, a belief has the wrong length, holds a negative number or NaN, or neighbours
 * disagree on what they share.
 */
export function loadGraphicalModel(domain: Domain, data: GraphicalModelData): GraphicalModel {
  const { total, cliques, parents, beliefs } = data;
  refuse(!(Number.isFinite(total) && total >= 0), `the total is ${total}; it is a finite number of at least 0`);
  refuse(
    cliques.length === 0 || parents.length !== cliques.length || beliefs.length !== cliques.length,
    `${cliques.length} cliques, ${parents.length} parents and ${beliefs.length} tables; give one of each per clique`,
  );
  cliques.forEach((clique, index) => {
    checkClique(domain, clique, index);
    checkBelief(domain, clique, beliefs[index]!, total, index);
  });
  const separators = checkTree(domain, cliques, parents);
  const model: GraphicalModel = { domain, total, tree: { cliques, parents, separators }, beliefs, potentials: [] };
  checkConsistency(model);
  return model;
}

function refuse(wrong: boolean, what: string): void {
  if (wrong) throw new TabveilError('input', 'model.graphical', `graphical model: ${what}.`);
}

function checkClique(domain: Domain, clique: readonly number[], index: number): void {
  const ascending = clique.every(
    (attribute, position) =>
      Number.isInteger(attribute) &&
      attribute > (position === 0 ? -1 : clique[position - 1]!) &&
      attribute < domain.sizes.length,
  );
  refuse(
    !ascending,
    `clique ${index} is [${clique}]; cliques are ascending attribute numbers below ${domain.sizes.length}`,
  );
}

function checkBelief(
  domain: Domain,
  clique: readonly number[],
  belief: Float64Array,
  total: number,
  index: number,
): void {
  const cells = countCells(domain, clique);
  refuse(belief.length !== cells, `table ${index} has ${belief.length} cells; its clique has ${cells}`);
  let sum = 0;
  let wrong = 0;
  for (let cell = 0; cell < belief.length; cell++) {
    if (!(belief[cell]! >= 0)) wrong++;
    sum += belief[cell]!;
  }
  refuse(wrong > 0, `table ${index} has ${wrong} cells that are negative or not a number; cells are at least 0`);
  refuse(
    !(Math.abs(sum - total) <= CONSISTENCY_TOLERANCE * total),
    `table ${index} sums to ${sum}; every table sums to the total ${total}`,
  );
}

/** Separators of a checked tree: parents come first, every attribute occurs, and each occurs in one connected part. */
function checkTree(domain: Domain, cliques: GraphicalModelData['cliques'], parents: readonly number[]): number[][] {
  const seen = new Set<number>();
  const separators = cliques.map((clique, index) => {
    const parent = parents[index]!;
    const ordered = index === 0 ? parent === -1 : Number.isInteger(parent) && parent >= 0 && parent < index;
    refuse(
      !ordered,
      `clique ${index} has parent ${parent}; the root comes first with parent -1, parents before children`,
    );
    const inParent = new Set(cliques[parent] ?? []);
    const stray = clique.find((attribute) => seen.has(attribute) && !inParent.has(attribute));
    refuse(stray !== undefined, `attribute ${stray} occurs in unconnected parts of the tree at clique ${index}`);
    for (const attribute of clique) seen.add(attribute);
    return clique.filter((attribute) => inParent.has(attribute));
  });
  refuse(seen.size !== domain.sizes.length, `${seen.size} of ${domain.sizes.length} attributes occur; all must`);
  return separators;
}

function checkConsistency({ domain, total, tree, beliefs }: GraphicalModel): void {
  tree.separators.forEach((separator, index) => {
    if (index === 0) return;
    const parent = tree.parents[index]!;
    const below = projectFactor(domain, tree.cliques[index]!, beliefs[index]!, separator);
    const above = projectFactor(domain, tree.cliques[parent]!, beliefs[parent]!, separator);
    const worst = below.reduce((max, value, cell) => Math.max(max, Math.abs(value - above[cell]!)), 0);
    refuse(
      !(worst <= CONSISTENCY_TOLERANCE * total),
      `tables ${index} and ${parent} differ by ${worst} on the attributes they share; they must agree`,
    );
  });
}
