// @ts-check
/**
 * How fast is one private step of a discriminator (350→256→256→1: clipped gradients of a batch of real rows, noise, Adam)?
 *
 * Ours on both backends, PyTorch with ghost clipping written by hand, and Opacus with per-sample gradients, in one run: the
 * competitors take turns step by step, so that other work on the machine hits all alike. Ours draws exact noise from the
 * operating system; the others take PyTorch's fast generator.
 *
 * Use, after `npm run build`: `TORCH_PYTHON=… OPACUS_PYTHON=… node benchmarks/speed/dpsgd.mjs`. Rivals without a Python are
 * left out, and `THREADS=1` leaves out their turns with two threads; so is the native backend where it is not installed (`scripts/build-native-backend.sh`).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeMachine } from '../machine.mjs';
import { ownStep, torchStep } from './private-step.mjs';

/** @typedef {import('./private-step.mjs').Competitor} Competitor */
/** @typedef {import('./private-step.mjs').Taken} Taken */

const BATCHES = [500, 2000];
const ROUNDS = Number(process.env.ROUNDS ?? 25);
const WARM_UP = 4;
/** On a busy machine two threads of PyTorch spend their time waiting for each other; targets take the faster number. */
const RIVAL_THREADS = (process.env.THREADS ?? '1,2').split(',').map(Number);

/** @param {number} batch */
async function competitors(batch) {
  const all = [ownStep('wasm', batch), ownStep('native', batch)];
  const { TORCH_PYTHON, OPACUS_PYTHON } = process.env;
  for (const threads of RIVAL_THREADS) {
    if (TORCH_PYTHON) all.push(torchStep(TORCH_PYTHON, 'ghost', { batch, threads }));
    if (OPACUS_PYTHON) all.push(torchStep(OPACUS_PYTHON, 'opacus', { batch, threads }));
  }
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
