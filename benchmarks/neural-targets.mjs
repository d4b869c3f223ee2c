// @ts-check
/** Targets of neural training: the cost of a private step beside its rivals, and of whole trainings. */
import { readRuns } from './runs.mjs';
import { readResult, target } from './target.mjs';

/** @typedef {import('./target.mjs').Target} Target */

const OPACUS = 'Opacus, per-sample gradients';
const BY_HAND = 'PyTorch, ghost clipping by hand';

/**
 * Our best CPU time of one step over a rival's in the same run.
 *
 * @param {number} batch
 * @param {string} ours
 * @param {string} rival
 */
function stepRatio(batch, ours, rival) {
  const { results } = readResult('dpsgd.json');
  /** With one thread or two: the faster. */
  const of = (/** @type {string} */ name) => {
    const lines = results.filter((/** @type {any} */ line) => line.batch === batch && line.name.startsWith(name));
    const best = lines.map((/** @type {any} */ line) => line.cpuMsBest);
    return best.length === 0 ? Number.NaN : Math.min(...best);
  };
  return of(ours) / of(rival);
}

/** @returns {Target[]} one discriminator step, network 350→256→256→1 */
function stepTargets() {
  const pairs = [
    { backend: 'wasm', rival: OPACUS, limit: 1 },
    { backend: 'tensorflow', rival: OPACUS, limit: 1 },
    { backend: 'tensorflow', rival: BY_HAND, limit: 2.5 },
  ];
  return pairs.flatMap(({ backend, rival, limit }) =>
    [500, 2000].map((batch) =>
      target('ctgan', {
        what: `CPU of one private step, batch ${batch}, ${backend === 'wasm' ? 'wasm' : 'native'} backend, over ${rival}`,
        value: stepRatio(batch, `tabveil, ${backend}`, rival),
        limit,
        digits: 2,
        unit: ' ×',
        source: `dpsgd.json: batch ${batch}`,
      }),
    ),
  );
}

/**
 * @param {string} what
 * @param {(run: import('./runs.mjs').Run) => boolean} isMeant
 * @param {number} limit wall seconds
 */
function trainingTarget(what, isMeant, limit) {
  const runs = readRuns().filter((run) => run.table === 'adult' && run.epsilon === 1 && isMeant(run));
  const value =
    runs.length === 0 ? undefined : Math.max(...runs.map(({ fitWallSeconds = Number.NaN }) => fitWallSeconds));
  const source = 'quality.jsonl: ctgan, adult, epsilon 1';
  return target('ctgan', {
    what: `training on Adult, epsilon 1, slowest run (processor seconds where the machine was busy), ${what}`,
    value,
    limit,
    unit: ' s',
    digits: 0,
    source,
  });
}

/** @returns {Target[]} */
function trainingTargets() {
  const isWasm = (/** @type {string} */ setting) => setting.includes('backend=wasm');
  return [
    trainingTarget('by marginals, wasm', ({ system, setting }) => system === 'tabveil ctgan' && isWasm(setting), 600),
    trainingTarget(
      'adversarial, wasm',
      ({ system, setting }) => system === 'tabveil ctgan adversarial' && isWasm(setting),
      600,
    ),
    trainingTarget(
      'adversarial, native',
      ({ system, setting }) => system === 'tabveil ctgan adversarial' && !isWasm(setting),
      300,
    ),
  ];
}

/** @returns {Target[]} */
export function neuralTargets() {
  const drawn = readResult('commands.json').results.find((/** @type {any} */ line) => line.name === 'sample ctgan');
  return [
    ...stepTargets(),
    ...trainingTargets(),
    target('ctgan', {
      what: 'sampling from a shipped model to Parquet, start-up included, per CPU second',
      value: drawn?.rows / drawn?.cpuSeconds,
      limit: 200_000,
      unit: ' rows/s',
      digits: 0,
      higher: true,
      source: 'commands.json',
    }),
  ];
}
