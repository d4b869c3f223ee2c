import * as ops from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import type { TensorOps } from '../../src/neural/tensors.ts';

/** Operations on the WebAssembly backend, which every installation has. */
export async function wasmOps(): Promise<TensorOps> {
  await ops.setBackend('wasm');
  await ops.ready();
  return ops;
}
