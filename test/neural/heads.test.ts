import { beforeAll, describe, expect, it } from 'vitest';
import { gumbelHeads, gumbelNoise } from '../../src/neural/heads.ts';
import type { Matrix, TensorOps } from '../../src/neural/tensors.ts';
import { createStream } from '../../src/random/stream.ts';
import { wasmOps } from '../support/neural-backend.ts';

let ops: TensorOps;
beforeAll(async () => {
  ops = await wasmOps();
});

describe('gumbelHeads', () => {
  it('put their largest entry where the softmax of the logits would draw it, at any temperature', () => {
    const rows = 20_000;
    const shares = [0.6, 0.3, 0.1];
    const logits = Float32Array.from({ length: rows * 5 }, (_, index) => Math.log([...shares, 0.5, 0.5][index % 5]!));
    for (const temperature of [0.2, 2]) {
      const noise = gumbelNoise(createStream(7, 'heads'), rows * 5);
      const out = ops.tidy(() =>
        gumbelHeads(ops, ops.tensor2d(logits, [rows, 5]), {
          sizes: [3, 2],
          temperature,
          noise: ops.tensor2d(noise, [rows, 5]),
        }),
      ) as Matrix;
      const values = out.dataSync();
      const counts = [0, 0, 0];
      let furthest = 0;
      for (let row = 0; row < rows; row++) {
        const head = [values[5 * row]!, values[5 * row + 1]!, values[5 * row + 2]!];
        furthest = Math.max(furthest, Math.abs(head[0]! + head[1]! + head[2]! - 1));
        counts[head.indexOf(Math.max(...head))]! += 1;
      }
      expect(furthest).toBeLessThan(1e-5);
      // Five standard deviations of the most uncertain count: a false alarm once in a million.
      shares.forEach((share, cell) => {
        expect(Math.abs(counts[cell]! / rows - share)).toBeLessThan(5 * Math.sqrt(0.25 / rows));
      });
      out.dispose();
    }
  });
});
