// @ts-check
/** Pairs of one private step per backend: PyTorch with ghost clipping written by hand, and Opacus. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadNeuralBackend } from '../../dist/neural/backend.js';
import { ownStep, RIVAL_STEPS, torchStep } from './private-step.mjs';

const PEERS = resolve(import.meta.dirname, '../peers');
const BATCHES = [500, 2000];

/** One thread, as the other rivals of these pairs: with two on a busy machine PyTorch spends its time waiting. */
const THREADS = 1;

/** Steps of one turn: one is too short for the clock of the process. */
const STEPS = 5;

/** Pythons with torch: named by the user, else of the rivals' environments. */
const PYTHONS = {
  ghost: process.env.TORCH_PYTHON ?? resolve(PEERS, '.venv-sdv/bin/python'),
  opacus: process.env.OPACUS_PYTHON ?? resolve(PEERS, '.venv-smartnoise/bin/python'),
};

/** @returns {Promise<import('./pairs.mjs').Pair[]>} */
export async function stepPairs() {
  const native = await loadNeuralBackend({ prefer: 'native' }).then(
    () => undefined,
    () => 'the native backend is not built (scripts/build-native-backend.sh)',
  );
  return BATCHES.flatMap((batch) =>
    /** @type {const} */ (['wasm', 'native']).flatMap((backend) =>
      /** @type {const} */ (['ghost', 'opacus']).map((way) => stepPair(backend, way, { batch, native })),
    ),
  );
}

/**
 * @param {'wasm' | 'native'} backend
 * @param {'ghost' | 'opacus'} way
 * @param {{ batch: number, native: string | undefined }} facts rows of a step, and why there is no native backend
 * @returns {import('./pairs.mjs').Pair}
 */
function stepPair(backend, way, { batch, native }) {
  const python = PYTHONS[way];
  const torch = existsSync(python) ? undefined : 'no Python with torch (TORCH_PYTHON, OPACUS_PYTHON name one)';
  const absent = torch ?? (backend === 'native' ? native : undefined);
  const own = once(() => ownStep(backend, batch));
  const other = once(() => torchStep(python, way, { batch, threads: THREADS }));
  return {
    name: `${STEPS} private steps of a discriminator, batch ${batch}, ${backend} backend`,
    rival: `${RIVAL_STEPS[way]}, one thread`,
    ours: async () => takeSteps(await own.get()),
    theirs: async () => takeSteps(await other.get()),
    ...(absent !== undefined && { absent }),
    close: () => {
      for (const started of [own, other]) started.close();
    },
  };
}

/** @param {import('./private-step.mjs').Competitor} competitor @returns {Promise<number>} CPU seconds of one turn */
async function takeSteps({ step }) {
  let seconds = 0;
  for (let taken = 0; taken < STEPS; taken++) seconds += (await step()).cpu;
  return seconds;
}

/**
 * Starts a competitor on first use.
 *
 * @param {() => Promise<import('./private-step.mjs').Competitor>} start
 */
function once(start) {
  /** @type {Promise<import('./private-step.mjs').Competitor> | undefined} */
  let started;
  return {
    get: () => {
      started ??= start();
      return started;
    },
    close: () => {
      started?.then(({ stop }) => stop()).catch(() => {});
    },
  };
}
