import type { Tensor } from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { loadNeuralBackend, multipliesExactly, type NeuralBackend } from '../../src/neural/backend.ts';
import { withinScope } from '../../src/neural/scope.ts';
import { createStream } from '../../src/random/stream.ts';

type Ops = NeuralBackend['ops'];
/** A scalar function of one 3×4 matrix. */
type Loss = (ops: Ops, x: Tensor) => Tensor;

const SHAPE = [3, 4] as const;
const SIZE = SHAPE[0] * SHAPE[1];
const stream = createStream('gradient-rules');
/** Away from 0 and from each other, where kinks are. */
const POINT = Float32Array.from({ length: SIZE }, (_, index) => (index % 2 === 0 ? 0.43 : -0.32) - 0.06 * index);
const WEIGHTS = Float32Array.from({ length: SIZE }, () => stream.nextNormal());

const weigh = (ops: Ops, y: Tensor) => ops.sum(ops.mul(y, ops.tensor(WEIGHTS.subarray(0, y.size), y.shape)));
const positive = (ops: Ops, x: Tensor) => ops.add(ops.mul(x, x), 0.5);

const LOSSES: Readonly<Record<string, Loss>> = {
  'Add and Sub, with a repeated row': (ops, x) => weigh(ops, ops.sub(ops.add(x, ops.sum(x, 0)), ops.sum(x, 1, true))),
  Multiply: (ops, x) => weigh(ops, ops.mul(x, ops.mul(x, ops.sum(x, 0, true)))),
  RealDiv: (ops, x) => weigh(ops, ops.div(x, positive(ops, ops.sum(x, 0)))),
  'Maximum and Minimum': (ops, x) => weigh(ops, ops.maximum(ops.minimum(x, 0.25), ops.mul(x, 0.2))),
  Neg: (ops, x) => weigh(ops, ops.neg(x)),
  'Log and Square': (ops, x) => weigh(ops, ops.log(ops.add(ops.square(x), 1))),
  Abs: (ops, x) => weigh(ops, ops.abs(x)),
  Relu: (ops, x) => weigh(ops, ops.relu(x)),
  Softplus: (ops, x) => weigh(ops, ops.softplus(x)),
  Exp: (ops, x) => weigh(ops, ops.exp(x)),
  Sqrt: (ops, x) => weigh(ops, ops.sqrt(positive(ops, x))),
  Tanh: (ops, x) => weigh(ops, ops.tanh(x)),
  Sigmoid: (ops, x) => weigh(ops, ops.sigmoid(x)),
  Mean: (ops, x) => weigh(ops, ops.mul(ops.mean(x, 0), ops.mean(x))),
  Softmax: (ops, x) => weigh(ops, ops.softmax(x)),
  'BatchMatMul, all four ways': (ops, x) => {
    const gram = ops.matMul(x, x, false, true);
    const other = ops.matMul(x, x, true, false);
    const plain = ops.matMul(gram, x);
    const both = ops.matMul(other, x, true, true);
    return ops.add(weigh(ops, plain), weigh(ops, both));
  },
  'Reshape and Transpose': (ops, x) => weigh(ops, ops.transpose(ops.reshape(ops.exp(x), [2, 6]))),
  'Concat and SplitV': (ops, x) => {
    const [left, right] = ops.split(x, [1, 3], 1) as [Tensor, Tensor];
    return weigh(ops, ops.concat([ops.exp(right), ops.mul(left, 2)], 1));
  },
  Select: (ops, x) => weigh(ops, ops.where(ops.greater(x, 0), ops.exp(x), ops.mul(x, 0.3))),
};

/** Central differences in double precision are not to be had: 32-bit values leave about three digits. */
function differences(ops: Ops, loss: Loss): number[] {
  const at = (entry: number, shift: number) =>
    ops.tidy(() => {
      const moved = POINT.slice();
      moved[entry] = moved[entry]! + shift;
      return loss(ops, ops.tensor(moved, [...SHAPE])).dataSync()[0]!;
    }) as unknown as number;
  const step = 2 ** -7;
  return Array.from(
    POINT,
    (_, entry) =>
      (8 * (at(entry, step) - at(entry, -step)) - (at(entry, 2 * step) - at(entry, -2 * step))) / (12 * step),
  );
}

const wasm = await loadNeuralBackend({ prefer: 'wasm' });
const native = await loadNeuralBackend({ prefer: 'native' }).catch(() => undefined);

for (const [name, backend] of [
  ['wasm', wasm],
  ['tensorflow', native],
] as const) {
  describe.skipIf(backend === undefined)(`${name} backend${backend ? '' : ' (skipped: not installed)'}`, () => {
    const ops = backend?.ops as Ops;
    for (const [rule, loss] of Object.entries(LOSSES)) {
      it(`${rule}: the gradient agrees with finite differences`, async () => {
        await ops.setBackend(name);
        const gradient = ops.tidy(() => ops.grad((x) => loss(ops, x))(ops.tensor(POINT, [...SHAPE])));
        const found = gradient.dataSync();
        const expected = differences(ops, loss);
        const scale = Math.max(1, ...expected.map(Math.abs));
        for (const [entry, value] of expected.entries())
          expect(Math.abs(found[entry]! - value) / scale).toBeLessThan(3e-4);
        gradient.dispose();
      });
    }
    it('keeps no tensor behind', async () => {
      await ops.setBackend(name);
      const before = ops.memory().numTensors;
      ops.tidy(() =>
        ops
          .grad((x) => LOSSES.Softmax!(ops, x))(ops.tensor(POINT, [...SHAPE]))
          .dataSync(),
      );
      expect(ops.memory().numTensors).toBe(before);
    });
  });
}

describe('loadNeuralBackend', () => {
  afterAll(async () => {
    await wasm.ops.setBackend('wasm');
  });

  it('says in one line what it chose', async () => {
    const notices: string[] = [];
    const backend = await loadNeuralBackend({ notify: (notice) => notices.push(notice) });
    expect(notices).toEqual([backend.notice]);
    expect(backend.notice).toMatch(/^neural backend: [^\n]+\.$/);
  });

  it('loads that overlap all succeed', async () => {
    const loaded = await Promise.all([1, 2, 3].map(() => loadNeuralBackend({ prefer: 'wasm' })));
    expect(loaded.map(({ name }) => name)).toEqual(['wasm', 'wasm', 'wasm']);
  });

  it.skipIf(native === undefined)(
    `computes on the backend that was loaded, whatever is current${native ? '' : ' (skipped: native is not installed)'}`,
    async () => {
      for (const { ops, name } of [wasm, native!, wasm]) {
        expect(withinScope(ops, () => ops.getBackend())).toBe(name);
        expect(withinScope(ops, () => ops.add(ops.scalar(1), 1).dataSync()[0])).toBe(2);
      }
    },
  );

  it('takes no backend that shortens the numbers it multiplies', async () => {
    const { ops } = wasm;
    await ops.setBackend('wasm');
    expect(multipliesExactly(ops)).toBe(true);
    /** Leading bits of the 24 that a 32-bit float has: 8 as in bfloat16, 11 as in TensorFloat-32. */
    const shortened = (bits: number): Ops => {
      const shorten = (matrix: Tensor) => {
        const values = matrix.dataSync().map((value) => {
          const unit = 2 ** (Math.floor(Math.log2(Math.abs(value) || 1)) - bits + 1);
          return Math.round(value / unit) * unit;
        });
        return ops.tensor(values, matrix.shape);
      };
      return Object.assign(Object.create(ops) as Ops, {
        matMul: (a: Tensor, b: Tensor) => ops.matMul(shorten(a), shorten(b)),
      });
    };
    expect(multipliesExactly(shortened(24))).toBe(true);
    expect(multipliesExactly(shortened(11))).toBe(false);
    expect(multipliesExactly(shortened(8))).toBe(false);
  });

  it('refuses a native backend that is not there', async () => {
    await expect(loadNeuralBackend({ prefer: 'native', nativeFolder: '/nowhere' })).rejects.toThrow(
      /native cannot be used/,
    );
  });
});
