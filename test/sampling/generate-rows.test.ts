import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { coarseDomain } from '../../src/encode/table-codec.ts';
import { BLOCK_ROWS, type SamplingMethod } from '../../src/marginals/block-sampler.ts';
import type { Codes } from '../../src/marginals/count-source.ts';
import { type Clique, countCells, type Domain } from '../../src/marginals/domain.ts';
import type { GraphicalModel } from '../../src/marginals/graphical-model.ts';
import { createCodes, createCountSource } from '../../src/marginals/memory-count-source.ts';
import { modelMarginals } from '../../src/marginals/model-marginals.ts';
import { planSampling } from '../../src/marginals/sampling-steps.ts';
import { createStream } from '../../src/random/stream.ts';
import { generateRows } from '../../src/sampling/generate-rows.ts';
import type { FittedTable } from '../../src/synthesizers/fit-table.ts';
import { loadGraphical } from '../../src/synthesizers/graphical-parts.ts';
import type { RareMerge } from '../../src/synthesizers/rare-merge.ts';
import { SYNTHESIZERS } from '../../src/synthesizers/registry.ts';
import type { OpenModel } from '../../src/synthesizers/synthesizer.ts';
import type { Column, Table } from '../../src/table/columns.ts';
import { FITTED_SCHEMA, fitSmallModel } from '../support/fitted-model.ts';
import { FALSE_ALARM_RATE, gTest } from '../support/goodness-of-fit.ts';
import { rowsOf } from '../support/table-neighbours.ts';

const METHODS: readonly SamplingMethod[] = ['iid', 'systematic'];

/** Synthesizers whose models are no graphical models test their marginals in suites of their own. */
const OTHER_MODELS: readonly string[] = ['copula', 'ctgan'];

describe.each(SYNTHESIZERS.map((synthesizer) => ({ name: synthesizer.name, synthesizer })))(
  'rows of $name',
  ({ synthesizer }) => {
    const isGraphical = !OTHER_MODELS.includes(synthesizer.name);
    let fitted: FittedTable;
    let model: OpenModel;
    beforeAll(async () => {
      ({ fitted, model } = await fitSmallModel(synthesizer));
    });
    const request = (rows: number, seed: number, method: SamplingMethod, opened = model) => ({
      ...{ model: opened, codec: fitted.codec, schema: FITTED_SCHEMA, rows, seed, method },
    });

    it.each(METHODS)('%s: are the same for one seed, however and whenever blocks are asked for', (method) => {
      const rows = 2 * BLOCK_ROWS + 77;
      const whole = [...generateRows(request(rows, 3, method))];
      expect(whole.map((table) => table.rowCount)).toEqual([BLOCK_ROWS, BLOCK_ROWS, 77]);
      const reopened = synthesizer.open(coarseDomain(fitted.codec), fitted.parts);
      const slow = generateRows(request(rows, 3, method));
      const other = generateRows(request(rows, 4, method));
      const again = generateRows(request(rows, 3, method, reopened));
      for (const expected of whole) {
        const [first, , second] = [slow.next().value, other.next().value, again.next().value];
        expect(digestOf(first)).toEqual(digestOf(expected));
        expect(digestOf(second)).toEqual(digestOf(expected));
      }
      expect(slow.next().done).toBe(true);
    });

    it.each(METHODS)('%s: differ for different seeds and in every block', (method) => {
      const [first, second] = [...generateRows(request(2 * BLOCK_ROWS, 3, method))];
      const [other] = [...generateRows(request(BLOCK_ROWS, 4, method))];
      const digests = [first, second, other].map((table) => digestOf(table));
      for (const name of FITTED_SCHEMA.fields.map((field) => field.name)) {
        expect(digests[1]?.[name]).not.toBe(digests[0]?.[name]);
        if (name !== 'id') expect(digests[2]?.[name]).not.toBe(digests[0]?.[name]);
      }
    });

    it('come in blocks of bounded size, made one at a time, however many are asked for', () => {
      const endless = generateRows(request(10 ** 12, 1, 'systematic'));
      for (let block = 0; block < 3; block++) {
        const table: Table | undefined = endless.next().value ?? undefined;
        expect(table?.rowCount).toBe(BLOCK_ROWS);
        for (const column of table?.columns.values() ?? []) {
          expect(column.kind === 'number' ? column.values.length : column.codes.length).toBe(BLOCK_ROWS);
        }
      }
      endless.return(undefined);
      expect([...generateRows(request(0, 1, 'iid'))]).toEqual([]);
    });

    it('hold only values of the schema: listed categories, steps within the bounds, fresh identifiers in order', () => {
      const [table] = [...generateRows(request(5000, 9, 'systematic'))];
      const rows = rowsOf(table as Table);
      const towns = new Set([...(fitted.learned.categories.get('town') ?? []), 'other']);
      for (const [index, { id, color, ward, age, pay, town }] of rows.entries()) {
        expect(id).toBe(String(index + 1));
        expect(['red', 'blue', 'green', null]).toContain(color);
        expect(['a', 'b']).toContain(ward);
        expect(Number.isInteger(age) && Number(age) >= 0 && Number(age) <= 99).toBe(true);
        const isMissing = Number.isNaN(pay);
        expect(isMissing || (Number(pay) >= -100 && Number(pay) <= 100_000 && Number(pay) % 2 === 0)).toBe(true);
        expect(towns.has(String(town))).toBe(true);
      }
      expect(rows.some(({ color }) => color === null)).toBe(true);
      expect(rows.some(({ pay }) => Number.isNaN(pay))).toBe(true);
    });

    const ROWS = 3 * BLOCK_ROWS;
    it.runIf(isGraphical).each(METHODS)(
      'graphical models, %s: follow the stored model in every column and pair (G-test, 1e-6)',
      async (method) => {
        const domain = coarseDomain(fitted.codec);
        const cliques = domain.names.flatMap((_, a) => [
          [a],
          ...domain.names.slice(a + 1).map((_, k) => [a, a + k + 1]),
        ]);
        const expected = expectedMarginals(domain, loadGraphical(domain, fitted.parts), cliques);
        const codes = drawCodes(model, method, ROWS);
        const counts = await createCountSource(domain, codes).count(cliques);
        counts.forEach((observed, index) => {
          const probabilities = [...(expected[index] ?? [])];
          expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
          expect(gTest([...observed], probabilities, ROWS), `clique ${cliques[index]}`).toBeGreaterThan(
            FALSE_ALARM_RATE,
          );
        });
      },
    );

    it.runIf(isGraphical)(
      'graphical models, systematic: within a block each code is taken by its share of the rows alike so far, give or take one',
      () => {
        const domain = coarseDomain(fitted.codec);
        const { model: graphical, merges } = loadGraphical(domain, fitted.parts);
        const codes = drawCodes(model, 'systematic', BLOCK_ROWS).map((column, attribute) =>
          merged(column, merges[attribute]),
        );
        const keys = new Int32Array(BLOCK_ROWS);
        for (const step of planSampling(graphical)) {
          if (step.restarts) keys.fill(0);
          for (const digit of step.appended) {
            const size = graphical.domain.sizes[digit]!;
            for (let row = 0; row < BLOCK_ROWS; row++) keys[row] = keys[row]! * size + codes[digit]![row]!;
          }
          const groups = new Float64Array(step.keys);
          const counts = new Float64Array(step.keys * step.size);
          for (let row = 0; row < BLOCK_ROWS; row++) {
            groups[keys[row]!]!++;
            counts[keys[row]! * step.size + codes[step.attribute]![row]!]!++;
          }
          const worst = counts.reduce((most, count, cell) => {
            const share = groups[Math.floor(cell / step.size)]! * step.conditionals[cell]!;
            return Math.max(most, Math.abs(count - share));
          }, 0);
          expect(worst).toBeLessThan(1 + 1e-6);
        }
      },
    );
  },
);

/** SHA-256 of every column by name. */
function digestOf(table: Table | undefined): Record<string, string> {
  const digest = (column: Column) => {
    const hash = createHash('sha256');
    if (column.kind === 'number') hash.update(column.values);
    else hash.update(column.codes).update(JSON.stringify(column.categories));
    return hash.digest('hex');
  };
  return Object.fromEntries([...(table?.columns ?? [])].map(([name, column]) => [name, digest(column)]));
}

/** Codes of the given number of rows, a multiple of the block size. */
function drawCodes(model: OpenModel, method: SamplingMethod, rows: number): Codes[] {
  const generate = model.createGenerator(method);
  const all = model.domain.sizes.map((size) => createCodes(size, rows));
  const block = model.domain.sizes.map((size) => createCodes(size, BLOCK_ROWS));
  for (let start = 0; start < rows; start += BLOCK_ROWS) {
    generate(BLOCK_ROWS, createStream(31, method, start), block);
    all.forEach((column, attribute) => {
      column.set(block[attribute]!, start);
    });
  }
  return all;
}

const merged = (codes: Codes, merge: RareMerge | undefined): Codes =>
  merge === undefined ? codes : codes.map((code) => merge.recoding.codes[code]!);

/** Share of each code inside its merged code. */
function splitShares(size: number, merge: RareMerge | undefined): number[] {
  if (merge === undefined) return Array.from({ length: size }, () => 1);
  const { codes, size: groups } = merge.recoding;
  const totals = new Float64Array(groups);
  const members = new Float64Array(groups);
  codes.forEach((group, code) => {
    totals[group]! += merge.weights[code]!;
    members[group]!++;
  });
  return Array.from(codes, (group, code) =>
    totals[group]! > 0 ? merge.weights[code]! / totals[group]! : 1 / members[group]!,
  );
}

/** Probabilities of a stored model over unmerged codes: its merged marginals, split by the stored weights. */
function expectedMarginals(
  domain: Domain,
  { model, merges }: { readonly model: GraphicalModel; readonly merges: readonly (RareMerge | undefined)[] },
  cliques: readonly Clique[],
): Float64Array[] {
  const shares = domain.sizes.map((size, attribute) => splitShares(size, merges[attribute]));
  return modelMarginals(model, cliques).map((marginal, index) => {
    const clique = cliques[index]!;
    return new Float64Array(countCells(domain, clique)).map((_, cell) => {
      let [rest, share, mergedCell, stride] = [cell, 1, 0, 1];
      for (const attribute of [...clique].reverse()) {
        const code = rest % domain.sizes[attribute]!;
        rest = Math.floor(rest / domain.sizes[attribute]!);
        share *= shares[attribute]![code]!;
        mergedCell += stride * (merges[attribute]?.recoding.codes[code] ?? code);
        stride *= model.domain.sizes[attribute]!;
      }
      return (share * marginal[mergedCell]!) / model.total;
    });
  });
}
