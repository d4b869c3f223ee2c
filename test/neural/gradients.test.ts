import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAdamState, stepAdam } from '../../src/neural/adam.ts';
import { type GeneratorShape, generatorLogits, generatorTensors } from '../../src/neural/generator.ts';
import { headProbabilities } from '../../src/neural/generator-forward.ts';
import { gumbelHeads, softmaxHeads } from '../../src/neural/heads.ts';
import { marginalLoss } from '../../src/neural/marginal-loss.ts';
import { differentiate, type Parameter } from '../../src/neural/parameters.ts';
import { type AnyTensor, type Matrix, type Scalar, type TensorOps, withGradient } from '../../src/neural/tensors.ts';
import { wasmOps } from '../support/neural-backend.ts';

interface Reference {
  readonly losses: Readonly<Record<string, { readonly loss: number; readonly gradients: readonly number[][] }>>;
  readonly adam: readonly number[][];
}

const REFERENCE: Reference = JSON.parse(
  readFileSync(join(import.meta.dirname, '../reference/neural-gradients.json'), 'utf8'),
);

const SHAPE: GeneratorShape = { inputSize: 3, hiddenSize: 5, blocks: 2, headSizes: [4, 2, 3] };
const ROWS = 6;
const WIDTH = 9;
/** 32-bit floats through four layers against double precision. */
const TOLERANCE = 2e-4;

/** The numbers that the reference script makes too. */
const pattern = (length: number, seed: number, scale = 1) =>
  Float32Array.from({ length }, (_, index) => Math.sin(seed + 1.7 * index) * scale);

function freshParameters(): Parameter[] {
  return generatorTensors(SHAPE).map((tensor, seed) => ({
    ...tensor,
    values: pattern(
      tensor.shape.reduce((a, b) => a * b, 1),
      seed,
    ),
  }));
}

function symmetric(values: Float32Array): Float32Array {
  return values.map((value, index) => (value + values[(index % WIDTH) * WIDTH + Math.floor(index / WIDTH)]!) / 2);
}

let ops: TensorOps;
beforeAll(async () => {
  ops = await wasmOps();
});

const logitsOf = (tensors: readonly AnyTensor[]) =>
  generatorLogits(ops, SHAPE, { tensors, input: ops.tensor2d(pattern(ROWS * 3, 0.5, 2), [ROWS, 3]) });
const weigh = (shares: Matrix): Scalar => {
  const weights = ops.tensor2d(pattern(ROWS * WIDTH, 0.75), [ROWS, WIDTH]);
  return withGradient<Scalar>(ops, [shares], (save) => {
    save([weights]);
    return {
      value: ops.sum(ops.mul(shares, weights)),
      gradients: (outer, saved) => [ops.mul(saved[0]!, outer)],
    };
  });
};

const losses: Readonly<Record<string, (tensors: readonly AnyTensor[]) => Scalar>> = {
  softmax: (tensors) => weigh(softmaxHeads(ops, logitsOf(tensors), SHAPE.headSizes)),
  gumbel: (tensors) => {
    const noise = ops.tensor2d(pattern(ROWS * WIDTH, 0.25), [ROWS, WIDTH]);
    return weigh(gumbelHeads(ops, logitsOf(tensors), { sizes: SHAPE.headSizes, temperature: 0.2, noise }));
  },
  marginals: (tensors) => {
    const target = symmetric(pattern(WIDTH * WIDTH, 0.1, 0.1));
    const precision = symmetric(pattern(WIDTH * WIDTH, 0.2).map(Math.abs));
    return marginalLoss(ops, softmaxHeads(ops, logitsOf(tensors), SHAPE.headSizes), {
      pairs: ops.tensor2d(target, [WIDTH, WIDTH]),
      pairWeights: ops.tensor2d(precision, [WIDTH, WIDTH]),
      singles: ops.tensor1d(target.slice(0, WIDTH)),
      singleWeights: ops.tensor1d(precision.slice(0, WIDTH)),
      evenness: 0.7,
    });
  },
};

/** Largest absolute difference. */
const distance = (a: ArrayLike<number>, b: readonly number[]) =>
  b.reduce((most, value, index) => Math.max(most, Math.abs(value - a[index]!)), 0);

describe.each(Object.keys(losses))('the %s loss of the generator', (name) => {
  it('has the value and the gradients that PyTorch computes', () => {
    const { loss, gradients } = differentiate(ops, freshParameters(), losses[name]!);
    const expected = REFERENCE.losses[name]!;
    expect(Math.abs(loss - expected.loss)).toBeLessThan(TOLERANCE);
    expect(gradients.map((gradient) => gradient.length)).toEqual(expected.gradients.map(({ length }) => length));
    gradients.forEach((gradient, index) => {
      const scale = Math.max(1, ...expected.gradients[index]!.map(Math.abs));
      expect(distance(gradient, expected.gradients[index]!) / scale).toBeLessThan(TOLERANCE);
    });
  });

  it('changes as its gradient says when one weight of every tensor moves', () => {
    const parameters = freshParameters();
    const { gradients } = differentiate(ops, parameters, losses[name]!);
    const step = 2 ** -7;
    for (const [index, { values }] of parameters.entries()) {
      const entry = values.length >> 1;
      const lossAt = (shift: number) => {
        values[entry]! += shift;
        const { loss } = differentiate(ops, parameters, losses[name]!);
        values[entry]! -= shift;
        return loss;
      };
      const slope = (lossAt(step) - lossAt(-step)) / (2 * step);
      const scale = Math.max(1, Math.abs(gradients[index]![entry]!));
      expect(Math.abs(slope - gradients[index]![entry]!) / scale).toBeLessThan(0.01);
    }
  });
});

describe('differentiate', () => {
  it('leaves no tensor behind', () => {
    const before = ops.memory().numTensors;
    differentiate(ops, freshParameters(), losses.softmax!);
    expect(ops.memory().numTensors).toBe(before);
  });
});

describe('stepAdam', () => {
  it('moves the generator to where PyTorch moves it in five steps', () => {
    const parameters = freshParameters();
    const state = createAdamState(parameters);
    const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
    for (let step = 0; step < 5; step++) {
      const { gradients } = differentiate(ops, parameters, losses.softmax!);
      stepAdam(state, parameters, { gradients, learningRate: 0.01, settings });
    }
    expect(state.steps).toBe(5);
    parameters.forEach(({ values }, index) => {
      expect(distance(values, REFERENCE.adam[index]!)).toBeLessThan(TOLERANCE);
    });
  });
});

describe('headProbabilities', () => {
  it('agrees with the network on the backend', () => {
    const parameters = freshParameters();
    const input = pattern(ROWS * 3, 0.5, 2);
    const onBackend = ops.tidy(() => {
      const tensors = parameters.map(({ values, shape }) => ops.tensor(values, [...shape]));
      return softmaxHeads(ops, logitsOf(tensors), SHAPE.headSizes);
    });
    const plain = headProbabilities(SHAPE, parameters, input);
    expect(distance(plain, [...onBackend.dataSync()])).toBeLessThan(1e-5);
    onBackend.dispose();
  });

  it('gives heads that sum to one', () => {
    const shares = headProbabilities(SHAPE, freshParameters(), pattern(ROWS * 3, 0.5, 200));
    for (let row = 0; row < ROWS; row++) {
      let start = row * WIDTH;
      for (const size of SHAPE.headSizes) {
        const head = shares.subarray(start, start + size);
        expect(head.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
        start += size;
      }
    }
  });
});
