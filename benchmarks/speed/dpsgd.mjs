// @ts-check
/**
 * How fast is one private step of a discriminator (350→256→256→1: clipped gradients of a batch of real rows, noise, Adam)?
 *
 * Ours on both backends, PyTorch with ghost clipping written by hand, and Opacus with per-sample gradients, in one run: the
 * competitors take turns step by step, so that other work on the machine hits all alike. Ours draws exact noise from the
 * operating system; the others take PyTorch's fast generator.
 *
 * Use, after `npm run build`: `TORCH_PYTHON=… OPACUS_PYTHON=… node benchmarks/speed/dpsgd.mjs`. Rivals without a Python are
 * left out, and so is the native backend where it is not installed (`scripts/build-native-backend.sh`).
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createAdamState, stepAdam } from '../../dist/neural/adam.js';
import { loadNeuralBackend } from '../../dist/neural/backend.js';
import { sumClippedGradients } from '../../dist/neural/clipped-gradients.js';
import { initialDiscriminator } from '../../dist/neural/discriminator.js';
import { addRoundedGaussian } from '../../dist/privacy/noise/rounded-gaussian.js';
import { SecureBits } from '../../dist/random/secure-bits.js';
import { createStream } from '../../dist/random/stream.js';
import { describeMachine } from '../machine.mjs';

const BATCHES = [500, 2000];
const ROUNDS = Number(process.env.ROUNDS ?? 25);
const WARM_UP = 4;
const SHAPE = { inputSize: 350, hiddenSizes: [256, 256], layerNorm: false };
const TERMS = { clip: 1, l2Bound: 32_768 };
/** Noise of standard deviation 2^15 = l2Bound: multiplier 1. */
const NOISE_EXPONENT = 15;

/** @typedef {{ wall: number, cpu: number }} Taken seconds of one step */
/** @typedef {{ name: string, versions: Record<string, unknown>, step: () => Promise<Taken>, stop: () => void }} Competitor */

/** @param {Float64Array} flat @param {readonly { values: Float32Array }[]} parameters */
function split(flat, parameters) {
  let offset = 0;
  return parameters.map(({ values }) => {
    offset += values.length;
    return flat.subarray(offset - values.length, offset);
  });
}

const ROWS = {
  write: (/** @type {number} */ row, /** @type {Float32Array} */ out) => {
    for (let column = 0; column < 15; column++) out[column * 23 + ((row * 7 + column * 13) % 23)] = 1;
  },
};

/** @param {'native' | 'wasm'} prefer @param {number} batch @returns {Promise<Competitor>} */
async function ours(prefer, batch) {
  const { ops, name } = await loadNeuralBackend({ prefer });
  const parameters = initialDiscriminator(SHAPE, createStream(1), 15);
  const adam = createAdamState(parameters);
  const bits = new SecureBits();
  const drawn = Int32Array.from({ length: batch }, (_, row) => row);
  const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const step = async () => {
    await ops.setBackend(name);
    const [wall, cpu] = [performance.now(), process.cpuUsage()];
    const job = { shape: SHAPE, parameters, terms: TERMS, rows: ROWS, drawn, side: /** @type {const} */ ('real') };
    const sum = sumClippedGradients(ops, job);
    addRoundedGaussian(bits, sum, NOISE_EXPONENT);
    const unit = TERMS.clip / TERMS.l2Bound / batch;
    for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] ?? 0) * unit;
    stepAdam(adam, parameters, { gradients: split(sum, parameters), learningRate: 1e-3, settings });
    const used = process.cpuUsage(cpu);
    return { wall: (performance.now() - wall) / 1000, cpu: (used.user + used.system) / 1e6 };
  };
  return { name: `tabveil, ${name}`, versions: { node: process.version }, step, stop: () => {} };
}

/**
 * @param {string} python @param {'ghost' | 'opacus'} way @param {{ batch: number, threads: number }} setting
 * @returns {Promise<Competitor>}
 */
async function rival(python, way, { batch, threads }) {
  const script = fileURLToPath(new URL('dpsgd-torch.py', import.meta.url));
  const child = spawn(python, ['-W', 'ignore', script, way, String(batch)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, THREADS: String(threads) },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${python} ended early`);
    return JSON.parse(value);
  };
  const versions = await next();
  const step = () => {
    child.stdin.write('step\n');
    return next();
  };
  const name = way === 'ghost' ? 'PyTorch, ghost clipping by hand' : 'Opacus, per-sample gradients';
  return { name: threads === 1 ? `${name}, one thread` : name, versions, step, stop: () => child.stdin.end() };
}

/** @param {number} batch */
async function competitors(batch) {
  const all = [ours('wasm', batch), ours('native', batch)];
  const { TORCH_PYTHON, OPACUS_PYTHON } = process.env;
  if (TORCH_PYTHON) all.push(rival(TORCH_PYTHON, 'ghost', { batch, threads: 2 }));
  if (TORCH_PYTHON) all.push(rival(TORCH_PYTHON, 'ghost', { batch, threads: 1 }));
  if (OPACUS_PYTHON) all.push(rival(OPACUS_PYTHON, 'opacus', { batch, threads: 2 }));
  /** @type {Competitor[]} */
  const ready = [];
  for (const result of await Promise.allSettled(all)) {
    if (result.status === 'fulfilled') ready.push(result.value);
    else console.error(String(result.reason));
  }
  return ready;
}

/** @param {readonly number[]} values @param {number} share */
const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0;
const milliseconds = (/** @type {number} */ seconds) => Number((1000 * seconds).toFixed(1));

const results = [];
for (const batch of BATCHES) {
  const field = await competitors(batch);
  /** @type {Map<string, Taken[]>} */
  const taken = new Map(field.map(({ name }) => [name, []]));
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const { name, step } of field) {
      const time = await step();
      if (round >= 0) taken.get(name)?.push(time);
    }
  }
  for (const { name, versions, stop } of field) {
    stop();
    const times = taken.get(name) ?? [];
    const wall = times.map((time) => time.wall);
    const cpu = times.map((time) => time.cpu);
    const row = {
      batch,
      name,
      steps: times.length,
      wallMsBest: milliseconds(quantile(wall, 0)),
      wallMsMedian: milliseconds(quantile(wall, 0.5)),
      cpuMsBest: milliseconds(quantile(cpu, 0)),
      cpuMsMedian: milliseconds(quantile(cpu, 0.5)),
      versions,
    };
    results.push(row);
  }
}
console.table(results.map(({ versions: _, ...row }) => row));

const folder = fileURLToPath(new URL('../results/', import.meta.url));
mkdirSync(folder, { recursive: true });
const result = {
  question: 'How fast is one private step of a discriminator (350→256→256→1)?',
  command: 'TORCH_PYTHON=… OPACUS_PYTHON=… node benchmarks/speed/dpsgd.mjs',
  measured: new Date().toISOString().slice(0, 10),
  machine: describeMachine(),
  results,
};
writeFileSync(`${folder}dpsgd.json`, `${JSON.stringify(result, null, 2)}\n`);
process.exit(0);
