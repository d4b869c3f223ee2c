import { describe, expect, it } from 'vitest';
import { createDomain } from '../../../src/marginals/domain.ts';
import { modelMarginals } from '../../../src/marginals/model-marginals.ts';
import { createStream } from '../../../src/random/stream.ts';
import { behindHidden, type Mixture, mixtureAsGraphicalModel } from '../../../src/synthesizers/ctgan/mixture.ts';

const DOMAIN = createDomain(['a', 'b', 'c', 'component'], [2, 3, 4, 2]);
const COMPONENTS = 5;
const WIDTH = 11;

/** Random product distributions. */
function randomMixture(zeros: Mixture['zeros']): Mixture {
  const stream = createStream(1, 'mixture');
  const shares = new Float32Array(COMPONENTS * WIDTH);
  for (let component = 0; component < COMPONENTS; component++) {
    let start = component * WIDTH;
    for (const size of DOMAIN.sizes) {
      const weights = Array.from({ length: size }, () => -Math.log(1 - stream.nextFloat()));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      weights.forEach((weight, cell) => {
        shares[start + cell] = weight / total;
      });
      start += size;
    }
  }
  return { domain: DOMAIN, components: COMPONENTS, shares, zeros, total: 1000 };
}

/** Every row of the domain with its expected count, from the definition. */
function enumerate({ shares, zeros, total }: Mixture): { row: number[]; count: number }[] {
  const rows: { row: number[]; count: number }[] = [];
  for (let cell = 0; cell < 48; cell++) {
    const row = [Math.floor(cell / 24), Math.floor(cell / 8) % 3, Math.floor(cell / 2) % 4, cell % 2];
    let count = 0;
    for (let component = 0; component < COMPONENTS; component++) {
      let [product, start] = [1, component * WIDTH];
      row.forEach((code, attribute) => {
        product *= shares[start + code]!;
        start += DOMAIN.sizes[attribute]!;
      });
      count += product;
    }
    const isForbidden = zeros.some(({ clique, values }) => {
      const index = clique.reduce((sum, attribute) => sum * DOMAIN.sizes[attribute]! + row[attribute]!, 0);
      return values[index] === Number.NEGATIVE_INFINITY;
    });
    rows.push({ row, count: isForbidden ? 0 : count });
  }
  const mass = rows.reduce((sum, { count }) => sum + count, 0);
  return rows.map(({ row, count }) => ({ row, count: (count * total) / mass }));
}

const forbid = (clique: readonly number[], cells: readonly number[]) => {
  const length = clique.reduce((product, attribute) => product * DOMAIN.sizes[attribute]!, 1);
  return {
    clique,
    values: Float64Array.from({ length }, (_, cell) => (cells.includes(cell) ? Number.NEGATIVE_INFINITY : 0)),
  };
};

const RULES: Readonly<Record<string, Mixture['zeros']>> = {
  'no rules': [],
  'a rule of two columns': [forbid([0, 1], [0, 4])],
  'rules that chain three columns and one that joins them': [
    forbid([0, 1], [1]),
    forbid([1, 2], [2, 3, 7]),
    forbid([0, 1, 2], [5, 23]),
  ],
};

describe('mixtureAsGraphicalModel', () => {
  it.each(Object.entries(RULES))('with %s has the marginals of the mixture given the rules', (_, zeros) => {
    const mixture = randomMixture(zeros);
    const expected = enumerate(mixture);
    const model = mixtureAsGraphicalModel(mixture);
    const cliques = [[0], [3], [0, 1], [0, 2], [1, 3], [0, 1, 2], [1, 2, 3]];
    const found = modelMarginals(
      model,
      cliques.map((clique) => clique.map(behindHidden)),
    );
    cliques.forEach((clique, index) => {
      const brute = new Float64Array(found[index]!.length);
      for (const { row, count } of expected) {
        brute[clique.reduce((sum, attribute) => sum * DOMAIN.sizes[attribute]! + row[attribute]!, 0)]! += count;
      }
      brute.forEach((count, cell) => {
        expect(found[index]![cell]).toBeCloseTo(count, 3);
      });
    });
  });

  it('refuses rules that exclude every row', () => {
    expect(() => mixtureAsGraphicalModel(randomMixture([forbid([0], [0, 1])]))).toThrow('its rules exclude every row');
  });
});
