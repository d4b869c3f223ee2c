import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TabveilError } from '../errors.ts';
import { registerGradientRules } from './gradient-rules.ts';
import { transposedTimes } from './products.ts';
import { bindBackend } from './scope.ts';
import type { TensorOps } from './tensors.ts';

/** A neural backend, ready to compute. */
export interface NeuralBackend {
  /** `tensorflow`: the native library of `@tensorflow/tfjs-node`. `wasm`: WebAssembly, which every installation has. */
  readonly name: 'tensorflow' | 'wasm';
  /** Operations to compute with; always these, because the native package brings its own copy of the namespace. */
  readonly ops: TensorOps;
  /** One line for people about which backend was chosen and why. */
  readonly notice: string;
}

/** How to choose a backend. */
export interface BackendChoice {
  /** `auto`: native where it works, else wasm. The others insist. */
  readonly prefer?: 'auto' | 'native' | 'wasm';
  /** Folder whose `node_modules` holds a native backend built by `scripts/build-native-backend.sh`. */
  readonly nativeFolder?: string;
  /** Receives the notice, once per call. */
  readonly notify?: (notice: string) => void;
}

/** Where `scripts/build-native-backend.sh` builds unless told otherwise by the variable of the same name. */
export const NATIVE_FOLDER_VARIABLE = 'TABVEIL_NATIVE';

/**
 * Loads TensorFlow.js: `@tensorflow/tfjs-node` when it is installed and multiplies exactly, otherwise the
 * wasm backend. Nothing is loaded before the first call, and nothing is downloaded.
 *
 * Results are reproducible per backend and machine: the backends round differently.
 * @throws TabveilError (usage) when a backend was insisted on and does not work.
 */
export async function loadNeuralBackend(choice: BackendChoice = {}): Promise<NeuralBackend> {
  // One after the other: a load that another one overtakes would be told that its backend does not start.
  const loading = LOADS.last.then(() => loadOne(choice));
  LOADS.last = loading.catch(() => {});
  return loading;
}

const LOADS: { last: Promise<unknown> } = { last: Promise.resolve() };

async function loadOne(choice: BackendChoice): Promise<NeuralBackend> {
  const { prefer = 'auto', nativeFolder = defaultNativeFolder(), notify = () => {} } = choice;
  const native = prefer === 'wasm' ? NOT_ASKED : await loadNative(nativeFolder);
  if ('reason' in native && prefer === 'native') throw unusable('native', native.reason);
  const backend = 'reason' in native ? await loadWasm(native.reason) : native;
  bindBackend(backend.ops, backend.name);
  notify(backend.notice);
  return backend;
}

/** Why there is no native backend. */
interface Absence {
  readonly reason: string;
}

const NOT_ASKED: Absence = { reason: 'as asked' };

function defaultNativeFolder(): string {
  return process.env[NATIVE_FOLDER_VARIABLE] ?? join(homedir(), '.cache', 'tabveil-native');
}

async function loadNative(folder: string): Promise<NeuralBackend | Absence> {
  // TensorFlow writes about processor features to stderr unless told that only errors matter.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Sums are split among threads, so that their rounding would depend on the number of cores; and networks of this size lose more
  // to threads that wait for each other than they gain.
  process.env.TF_NUM_INTRAOP_THREADS ??= '1';
  let reason = '@tensorflow/tfjs-node is not installed';
  for (const address of nativeAddresses(folder)) {
    try {
      const loaded = (await import(address)) as { default?: TensorOps } & TensorOps;
      const ops = loaded.default ?? loaded;
      if (await works(ops, 'tensorflow')) {
        registerGradientRules(ops);
        return { name: 'tensorflow', ops, notice: 'neural backend: TensorFlow, native library.' };
      }
      reason = '@tensorflow/tfjs-node multiplies wrongly';
    } catch (error) {
      if (!isAbsent(error)) reason = '@tensorflow/tfjs-node is installed, but its native library does not load';
    }
  }
  return { reason };
}

/** The installed package first, then the one in the folder. */
function nativeAddresses(folder: string): string[] {
  const name = '@tensorflow/tfjs-node';
  try {
    return [name, pathToFileURL(createRequire(join(folder, 'package.json')).resolve(name)).href];
  } catch {
    return [name];
  }
}

async function loadWasm(absence: string): Promise<NeuralBackend> {
  const core = await import('@tensorflow/tfjs-core');
  const ops = (core as unknown as { default?: TensorOps }).default ?? core;
  await import('@tensorflow/tfjs-backend-wasm');
  registerGradientRules(ops);
  if (!(await works(ops, 'wasm'))) throw unusable('wasm', 'it does not start or multiplies wrongly');
  return { name: 'wasm', ops, notice: `neural backend: WebAssembly, one thread (native: ${absence}).` };
}

/** Smoke test: makes the backend current and checks that it multiplies whole numbers exactly. */
async function works(ops: TensorOps, name: string): Promise<boolean> {
  return (await ops.setBackend(name)) && multipliesExactly(ops);
}

/** Rows and columns of the smoke test: as many rows as a pass of private rows has. */
const EXACT = { rows: 512, columns: 64 } as const;

/**
 * Whether products of whole numbers are exact as long as their sums stay within 2^24: the privacy of clipped gradients rests on
 * it. Backends that shorten their inputs, as some processors do when they are told that speed matters more, fail here.
 */
export function multipliesExactly(ops: TensorOps): boolean {
  const { rows, columns } = EXACT;
  const left = Float32Array.from({ length: rows * columns }, (_, index) => ((index * 7) % 5) - 2);
  // 14 bits, odd, of both signs.
  const right = Float32Array.from(
    { length: rows * columns },
    (_, index) => (index % 2 ? -1 : 1) * (16_383 - 2 * (index % 97)),
  );
  const product = ops.tidy(() =>
    transposedTimes(
      ops,
      ops.tensor2d(left, [rows, columns]),
      ops.tensor2d(right, [rows, columns]),
    ).dataSync<'float32'>(),
  ) as unknown as Float32Array;
  return product.length === columns * columns && product.every((value, index) => value === exactSum(index));

  function exactSum(index: number): number {
    const [a, b] = [Math.floor(index / columns), index % columns];
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += left[row * columns + a]! * right[row * columns + b]!;
    return sum;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}

function unusable(backend: string, reason: string): TabveilError {
  return new TabveilError(
    'usage',
    'neural.backend',
    `neural backend: ${backend} cannot be used: ${reason}. Choose the other one, or run scripts/build-native-backend.sh.`,
  );
}
