import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadNeuralBackend } from '../../src/neural/backend.ts';
import {
  type ClippingTerms,
  type GradientJob,
  MOST_L2_BOUND,
  PASS_ROWS,
  type RowSide,
  sumClippedGradients,
} from '../../src/neural/clipped-gradients.ts';
import {
  type DiscriminatorShape,
  discriminatorTensors,
  initialDiscriminator,
  loadDiscriminator,
  traceDiscriminator,
} from '../../src/neural/discriminator.ts';
import type { Parameter } from '../../src/neural/parameters.ts';
import { createStream } from '../../src/random/stream.ts';

interface Case {
  readonly layerNorm: boolean;
  readonly side: RowSide;
  readonly clip: number;
  readonly norms: readonly number[];
  readonly sum: readonly number[];
}
const CASES: readonly Case[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../reference/clipped-gradients.json'), 'utf8'),
).cases;

const HIDDEN = [6, 5];
const COLUMNS = [4, 3];
const ROWS = 9;
const shapeOf = (layerNorm: boolean): DiscriminatorShape => ({ inputSize: 7, hiddenSizes: HIDDEN, layerNorm });

/** The numbers that the reference script makes too. */
const patterned = (shape: DiscriminatorShape): Parameter[] =>
  discriminatorTensors(shape).map((tensor, seed) => ({
    ...tensor,
    values: Float32Array.from({ length: tensor.shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(seed + 1.7 * k)),
  }));

/** Two one-hot columns. */
const ONE_HOT = {
  write: (row: number, out: Float32Array) => {
    out[row % COLUMNS[0]!] = 1;
    out[COLUMNS[0]! + ((row * row) % COLUMNS[1]!)] = 1;
  },
};

const norm = (values: Iterable<number>) => Math.hypot(...values);
const drawnRows = (...rows: readonly number[]) => Int32Array.from(rows);
const ALL = drawnRows(...Array.from({ length: ROWS }, (_, row) => row));
const termsOf = (clip: number, l2Bound = MOST_L2_BOUND): ClippingTerms => ({ clip, l2Bound });

const wasm = await loadNeuralBackend({ prefer: 'wasm' });
const native = await loadNeuralBackend({ prefer: 'native' }).catch(() => undefined);

for (const [name, backend] of [
  ['wasm', wasm],
  ['tensorflow', native],
] as const) {
  const title = `sumClippedGradients, ${name} backend${backend ? '' : ' (skipped: not installed)'}`;
  describe.skipIf(backend === undefined)(title, () => {
    const sum = async (job: Omit<GradientJob, 'rows'> & Partial<GradientJob>) => {
      await backend!.ops.setBackend(name);
      return sumClippedGradients(backend!.ops, { rows: ONE_HOT, ...job });
    };
    const jobOf = (layerNorm: boolean, side: RowSide, terms: ClippingTerms) => {
      const shape = shapeOf(layerNorm);
      return { shape, parameters: patterned(shape), side, terms };
    };

    it.each(CASES)('agrees with rows clipped one by one in PyTorch: layer norm $layerNorm, $side', async (row) => {
      const terms = termsOf(row.clip);
      const integers = await sum({ ...jobOf(row.layerNorm, row.side, terms), drawn: ALL });
      const unit = terms.clip / terms.l2Bound;
      expect(integers).toHaveLength(row.sum.length);
      const error = norm(row.sum.map((expected, index) => integers[index]! * unit - expected));
      expect(error / norm(row.sum)).toBeLessThan(0.02);
      // Single rows: what is below the bound is left as it is, what is above is cut to it.
      for (const [index, expected] of row.norms.entries()) {
        const found = norm(await sum({ ...jobOf(row.layerNorm, row.side, terms), drawn: drawnRows(index) })) * unit;
        expect(Math.abs(found - Math.min(row.clip, expected)) / row.clip).toBeLessThan(0.02);
      }
    });

    it('every row adds whole numbers of norm at most the bound, whatever the scale of the network', async () => {
      const values = fc.record({ clip: fc.constantFrom(1e-6, 0.1, 1, 1e6), scale: fc.constantFrom(1e-3, 1, 30, 1e6) });
      await fc.assert(
        fc.asyncProperty(values, fc.nat(ROWS - 1), fc.boolean(), async ({ clip, scale }, row, layerNorm) => {
          for (const l2Bound of [50, 777, MOST_L2_BOUND]) {
            const job = jobOf(layerNorm, 'real', termsOf(clip, l2Bound));
            const parameters = job.parameters.map((tensor) => ({
              ...tensor,
              values: tensor.values.map((v) => v * scale),
            }));
            const integers = await sum({ ...job, parameters, drawn: drawnRows(row) });
            expect(integers.every(Number.isInteger)).toBe(true);
            expect(norm(integers)).toBeLessThanOrEqual(l2Bound);
          }
        }),
        { numRuns: 25, seed: 7 },
      );
    });

    it('sums are exact and a row adds the same whoever is drawn with it', async () => {
      const shape: DiscriminatorShape = { inputSize: 40, hiddenSizes: [33, 17], layerNorm: true };
      const parameters = initialDiscriminator(shape, createStream('exact'), 3);
      const rows = {
        write: (row: number, out: Float32Array) => {
          for (const [column, prime] of [7, 11, 13].entries()) out[13 * column + ((row * prime) % 13)] = 1;
        },
      };
      const job = { shape, parameters, rows, side: 'real', terms: termsOf(0.5) } as const;
      const of = (drawn: Int32Array) => sum({ ...job, drawn });
      const many = Int32Array.from({ length: 2 * PASS_ROWS + 37 }, (_, row) => row);
      const total = await of(many);
      const without = await of(many.filter((row) => row !== 100));
      const alone = await of(drawnRows(100));
      expect(norm(alone)).toBeGreaterThan(1000);
      expect(total.map((value, index) => value - without[index]! - alone[index]!).every((rest) => rest === 0)).toBe(
        true,
      );
      const backwards = await of(many.toReversed());
      expect([...backwards]).toEqual([...total]);
    });

    it('rows whose gradient is not finite, and no rows at all, add nothing', async () => {
      const job = jobOf(false, 'real', termsOf(1));
      const broken = job.parameters.map((tensor, index) =>
        index === 0 ? { ...tensor, values: tensor.values.map((v, k) => (k < HIDDEN[0]! ? 3e38 : v)) } : tensor,
      );
      // Rows 0, 4 and 8 touch the broken weights.
      const whole = await sum({ ...job, parameters: broken, drawn: drawnRows(0, 1, 2, 3, 4, 8) });
      const sound = await sum({ ...job, parameters: broken, drawn: drawnRows(1, 2, 3) });
      expect([...whole]).toEqual([...sound]);
      expect(norm(sound)).toBeGreaterThan(0);
      expect(norm(await sum({ ...job, drawn: drawnRows() }))).toBe(0);
    });

    it('unclipped sums agree with finite differences of the loss', async () => {
      await backend!.ops.setBackend(name);
      const { ops } = backend!;
      const shape = shapeOf(true);
      const terms = termsOf(1000, MOST_L2_BOUND);
      const parameters = patterned(shape);
      const row = 2;
      const lossAt = (changed: readonly Parameter[]) =>
        ops.tidy(() => {
          const input = new Float32Array(7);
          ONE_HOT.write(row, input);
          const { logits } = traceDiscriminator(
            ops,
            loadDiscriminator(ops, shape, changed),
            ops.tensor2d(input, [1, 7]),
          );
          return Math.log1p(Math.exp(-logits.dataSync()[0]!));
        }) as unknown as number;
      const fine = await sum({ shape, parameters, side: 'real', terms: { ...terms, clip: 8 }, drawn: drawnRows(row) });
      let offset = 0;
      for (const [index, tensor] of parameters.entries()) {
        for (const entry of [0, tensor.values.length - 1]) {
          const shifted = (shift: number) =>
            lossAt(
              parameters.map((other, at) =>
                at === index ? { ...other, values: other.values.map((v, k) => (k === entry ? v + shift : v)) } : other,
              ),
            );
          const expected = (shifted(2 ** -8) - shifted(-(2 ** -8))) * 2 ** 7;
          expect(Math.abs((fine[offset + entry]! * 8) / MOST_L2_BOUND - expected)).toBeLessThan(0.02);
        }
        offset += tensor.values.length;
      }
    });
  });
}
