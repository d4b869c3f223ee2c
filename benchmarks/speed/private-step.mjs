// @ts-check
/**
 * One private step of a discriminator (350→256→256→1: clipped gradients of a batch of real rows, noise, Adam), ours and two
 * rivals': what `dpsgd.mjs` compares step by step and `pairs.mjs` holds against a baseline.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createAdamState, stepAdam } from '../../dist/neural/adam.js';
import { loadNeuralBackend } from '../../dist/neural/backend.js';
import { sumClippedGradients } from '../../dist/neural/clipped-gradients.js';
import { initialDiscriminator } from '../../dist/neural/discriminator.js';
import { addRoundedGaussian } from '../../dist/privacy/noise/rounded-gaussian.js';
import { SecureBits } from '../../dist/random/secure-bits.js';
import { createStream } from '../../dist/random/stream.js';

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
export async function ownStep(prefer, batch) {
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

/** Rivals by the way they clip. */
export const RIVAL_STEPS = { ghost: 'PyTorch, ghost clipping by hand', opacus: 'Opacus, per-sample gradients' };

/**
 * @param {string} python @param {'ghost' | 'opacus'} way @param {{ batch: number, threads: number }} setting
 * @returns {Promise<Competitor>}
 */
export async function torchStep(python, way, { batch, threads }) {
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
  const name = RIVAL_STEPS[way];
  return { name: threads === 1 ? `${name}, one thread` : name, versions, step, stop: () => child.stdin.end() };
}
