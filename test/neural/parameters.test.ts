import { describe, expect, it } from 'vitest';
import { type GeneratorShape, generatorTensors, initialGenerator } from '../../src/neural/generator.ts';
import { startAverage, updateAverage } from '../../src/neural/moving-average.ts';
import { copyParameters, countParameters, packParameters, unpackParameters } from '../../src/neural/parameters.ts';
import { createStream } from '../../src/random/stream.ts';

const SHAPE: GeneratorShape = { inputSize: 4, hiddenSize: 6, blocks: 2, headSizes: [3, 2] };

describe('packParameters', () => {
  it('is undone by unpackParameters, bit by bit', () => {
    const parameters = initialGenerator(SHAPE, createStream(1));
    const packed = packParameters(parameters);
    expect(packed.length).toBe(countParameters(parameters));
    expect(unpackParameters(generatorTensors(SHAPE), packed)).toEqual(parameters);
  });

  it('refuses weights that are too few, too many, or too large for 32 bits', () => {
    const shapes = generatorTensors(SHAPE);
    const packed = packParameters(initialGenerator(SHAPE, createStream(1)));
    expect(() => unpackParameters(shapes, packed.slice(1))).toThrow('weights are stored');
    expect(() => unpackParameters(shapes, Float64Array.from([...packed, 0]))).toThrow('weights are stored');
    packed[3] = 1e300;
    expect(() => unpackParameters(shapes, packed)).toThrow(
      'a weight of "input.weights" is Infinity; weights are finite 32-bit floats',
    );
  });
});

describe('initialGenerator', () => {
  it('depends on the stream alone, within the bound of each layer, with the given logits as biases', () => {
    const logits = [1, 2, 3, 4, 5];
    const parameters = initialGenerator(SHAPE, createStream(2), logits);
    expect(initialGenerator(SHAPE, createStream(2), logits)).toEqual(parameters);
    expect(initialGenerator(SHAPE, createStream(3), logits)).not.toEqual(parameters);
    const named = new Map(parameters.map(({ name, values }) => [name, [...values]]));
    expect(named.get('heads.bias')).toEqual(logits);
    expect(named.get('block-1.gain')).toEqual([1, 1, 1, 1, 1, 1]);
    expect(Math.max(...named.get('input.weights')!.map(Math.abs))).toBeLessThanOrEqual(0.5);
    expect(Math.max(...named.get('block-0.weights')!.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(6) + 1e-6);
  });
});

describe('updateAverage', () => {
  it('forgets early states, then weighs the past by the decay', () => {
    const parameters = initialGenerator(SHAPE, createStream(4));
    const average = startAverage(copyParameters(parameters).map((p) => ({ ...p, values: p.values.map(() => 1e6) })));
    for (let step = 0; step < 400; step++) updateAverage(average, parameters, 0.9);
    average.average.forEach(({ values }, index) => {
      values.forEach((value, entry) => {
        expect(value).toBeCloseTo(parameters[index]!.values[entry]!, 4);
      });
    });
    const moved = copyParameters(parameters).map((p) => ({ ...p, values: p.values.map((value) => value + 1) }));
    updateAverage(average, moved, 0.9);
    expect(average.average[0]!.values[0]! - parameters[0]!.values[0]!).toBeCloseTo(0.1, 4);
  });
});
