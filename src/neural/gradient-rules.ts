import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import type { TensorOps as Ops } from './tensors.ts';

type Rules = readonly GradConfig[];

/** A gradient function receives tensors under names it knows; TensorFlow.js types them loosely. */
const only = (outer: Tensor | Tensor[]): Tensor => (Array.isArray(outer) ? outer[0]! : outer);

/**
 * Registers how to differentiate the operations our networks are made of.
 *
 * `@tensorflow/tfjs-core` ships its own rules only as modules that Node cannot load; and where it does load them, products
 * use transpose flags, which the wasm backend runs ten to twenty times slower than an explicit transpose. Operations
 * without a rule here refuse to be differentiated.
 *
 * Tests hold every rule against finite differences on each backend.
 */
export function registerGradientRules(ops: Ops): void {
  for (const rule of [...arithmetic(ops), ...unary(ops), ...reductions(ops), ...products(ops), ...layout(ops)]) {
    ops.registerGradient(rule);
  }
}

/** Sums `gradient` over the axes along which an operand of `shape` was repeated. */
function unbroadcast(ops: Ops, gradient: Tensor, shape: number[]): Tensor {
  const lead = gradient.rank - shape.length;
  const axes = gradient.shape.flatMap((size, axis) =>
    axis < lead || (shape[axis - lead] === 1 && size !== 1) ? [axis] : [],
  );
  return ops.reshape(axes.length === 0 ? gradient : ops.sum(gradient, axes), shape);
}

function arithmetic(ops: Ops): Rules {
  const binary = (
    kernelName: string,
    left: (outer: Tensor, a: Tensor, b: Tensor) => Tensor,
    right: (outer: Tensor, a: Tensor, b: Tensor) => Tensor,
  ): GradConfig => ({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (outer, saved) => {
      const [a, b] = saved as [Tensor, Tensor];
      return {
        a: () => unbroadcast(ops, left(only(outer), a, b), a.shape),
        b: () => unbroadcast(ops, right(only(outer), a, b), b.shape),
      };
    },
  });
  const same = (outer: Tensor) => outer;
  const masked = (outer: Tensor, mask: Tensor) => ops.mul(outer, ops.cast(mask, 'float32'));
  const none = (outer: Tensor) => ops.zerosLike(outer);
  return [
    ...['Greater', 'GreaterEqual', 'Less', 'LessEqual'].map((kernelName) => binary(kernelName, none, none)),
    binary('Add', same, same),
    binary('Sub', same, (outer) => ops.neg(outer)),
    binary(
      'Multiply',
      (outer, _a, b) => ops.mul(outer, b),
      (outer, a) => ops.mul(outer, a),
    ),
    binary(
      'RealDiv',
      (outer, _a, b) => ops.div(outer, b),
      (outer, a, b) => ops.neg(ops.div(ops.mul(outer, a), ops.mul(b, b))),
    ),
    binary(
      'Maximum',
      (outer, a, b) => masked(outer, ops.greaterEqual(a, b)),
      (outer, a, b) => masked(outer, ops.less(a, b)),
    ),
    binary(
      'Minimum',
      (outer, a, b) => masked(outer, ops.lessEqual(a, b)),
      (outer, a, b) => masked(outer, ops.greater(a, b)),
    ),
  ];
}

function unary(ops: Ops): Rules {
  const ofInput = (kernelName: string, slope: (outer: Tensor, x: Tensor) => Tensor): GradConfig => ({
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (outer, saved) => ({ x: () => slope(only(outer), saved[0]!) }),
  });
  const ofOutput = (kernelName: string, slope: (outer: Tensor, y: Tensor) => Tensor): GradConfig => ({
    kernelName,
    outputsToSave: [true],
    gradFunc: (outer, saved) => ({ x: () => slope(only(outer), saved[0]!) }),
  });
  return [
    ofInput('Neg', (outer) => ops.neg(outer)),
    ofInput('Identity', (outer) => ops.clone(outer)),
    ofInput('Cast', (outer) => ops.clone(outer)),
    ofInput('Log', (outer, x) => ops.div(outer, x)),
    ofInput('Square', (outer, x) => ops.mul(outer, ops.mul(x, 2))),
    ofInput('Abs', (outer, x) => ops.mul(outer, ops.sign(x))),
    ofInput('Relu', (outer, x) => ops.mul(outer, ops.step(x))),
    ofInput('Softplus', (outer, x) => ops.mul(outer, ops.sigmoid(x))),
    ofOutput('Exp', (outer, y) => ops.mul(outer, y)),
    ofOutput('Sqrt', (outer, y) => ops.div(outer, ops.mul(y, 2))),
    ofOutput('Tanh', (outer, y) => ops.mul(outer, ops.sub(1, ops.mul(y, y)))),
    ofOutput('Sigmoid', (outer, y) => ops.mul(outer, ops.mul(y, ops.sub(1, y)))),
  ];
}

function reductions(ops: Ops): Rules {
  /** The reduced gradient in the shape of the input, repeated along the reduced axes. */
  const spread = (outer: Tensor, x: Tensor, axis: unknown): { readonly repeated: Tensor; readonly count: number } => {
    const axes = reducedAxes(axis, x.rank);
    const kept = x.shape.map((size, index) => (axes.has(index) ? 1 : size));
    const repeated = ops.mul(ops.reshape(outer, kept), ops.ones(x.shape));
    return { repeated, count: x.size / kept.reduce((product, size) => product * size, 1) };
  };
  return [
    {
      kernelName: 'Sum',
      inputsToSave: ['x'],
      gradFunc: (outer, saved, attributes) => ({ x: () => spread(only(outer), saved[0]!, attributes.axis).repeated }),
    },
    {
      kernelName: 'Mean',
      inputsToSave: ['x'],
      gradFunc: (outer, saved, attributes) => ({
        x: () => {
          const { repeated, count } = spread(only(outer), saved[0]!, attributes.axis);
          return ops.div(repeated, count);
        },
      }),
    },
    {
      kernelName: 'Softmax',
      outputsToSave: [true],
      gradFunc: (outer, saved) => ({
        logits: () => {
          const shares = saved[0]!;
          const weighted = ops.mul(only(outer), shares);
          return ops.sub(weighted, ops.mul(ops.sum(weighted, -1, true), shares));
        },
      }),
    },
  ];
}

function reducedAxes(axis: unknown, rank: number): Set<number> {
  if (axis === null || axis === undefined) return new Set(Array.from({ length: rank }, (_, index) => index));
  const axes = (Array.isArray(axis) ? axis : [axis]) as number[];
  return new Set(axes.map((index) => (index < 0 ? index + rank : index)));
}

function products(ops: Ops): Rules {
  const turned = (matrix: Tensor, flag: boolean) => (flag ? ops.transpose(matrix) : matrix);
  return [
    {
      kernelName: 'BatchMatMul',
      inputsToSave: ['a', 'b'],
      gradFunc: (outer, saved, attributes) => {
        const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
        const [a, b] = saved as [Tensor, Tensor];
        return {
          a: () => turned(ops.matMul(only(outer), ops.transpose(turned(b, transposeB))), transposeA),
          b: () => turned(ops.matMul(ops.transpose(turned(a, transposeA)), only(outer)), transposeB),
        };
      },
    },
  ];
}

function layout(ops: Ops): Rules {
  return [
    {
      kernelName: 'Reshape',
      inputsToSave: ['x'],
      gradFunc: (outer, saved) => ({ x: () => ops.reshape(only(outer), saved[0]!.shape) }),
    },
    {
      kernelName: 'Transpose',
      gradFunc: (outer, _saved, attributes) => {
        const order = attributes.perm as number[];
        return { x: () => ops.transpose(only(outer), ops.backend_util.getUndoAxesPermutation(order)) };
      },
    },
    {
      kernelName: 'Concat',
      saveAllInputs: true,
      gradFunc: (outer, saved, attributes) => {
        const axis = ((attributes.axis as number) + saved[0]!.rank) % saved[0]!.rank;
        const sizes = saved.map((part) => part.shape[axis]!);
        const parts = ops.split(only(outer), sizes, axis);
        return Object.fromEntries(parts.map((part, index) => [index, () => part]));
      },
    },
    {
      kernelName: 'SplitV',
      gradFunc: (outer, _saved, attributes) => ({ x: () => ops.concat(outer as Tensor[], attributes.axis as number) }),
    },
    {
      kernelName: 'Select',
      inputsToSave: ['condition'],
      gradFunc: (outer, saved) => {
        const chosen = ops.cast(saved[0]!, 'float32');
        return {
          condition: () => ops.zerosLike(chosen),
          t: () => ops.mul(only(outer), chosen),
          e: () => ops.mul(only(outer), ops.sub(1, chosen)),
        };
      },
    },
  ];
}
