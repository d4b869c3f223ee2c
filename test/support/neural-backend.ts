import * as ops from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { loadNeuralBackend } from '../../src/neural/backend.ts';
import type { TensorOps } from '../../src/neural/tensors.ts';

/** Operations on the WebAssembly backend, which every installation has. */
export async function wasmOps(): Promise<TensorOps> {
  await ops.setBackend('wasm');
  await ops.ready();
  return ops;
}

/** Both backends by the name of their option, with what to add to the name of a test where one is missing. */
export async function backendCases(): Promise<
  readonly { readonly backend: 'wasm' | 'native'; readonly isMissing: boolean; readonly label: string }[]
> {
  const isMissing = await loadNeuralBackend({ prefer: 'native' }).then(
    () => false,
    () => true,
  );
  return [
    { backend: 'wasm', isMissing: false, label: 'wasm' },
    { backend: 'native', isMissing, label: isMissing ? 'native (skipped: not installed)' : 'native' },
  ];
}
