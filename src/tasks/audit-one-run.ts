import { loadNeuralBackend } from '../neural/backend.ts';
import { MOST_L2_BOUND } from '../neural/clipped-gradients.ts';
import { calibrateDpSgd } from '../privacy/accounting/calibrate-noise.ts';
import { tightestEpsilon } from '../privacy/accounting/tightest.ts';
import { claimOf } from '../privacy/audit/claim.ts';
import type { OneRunSubject } from '../privacy/audit/one-run-audit.ts';
import type { PrivacyEvent } from '../privacy/events.ts';
import type { Mechanisms, PrivacyPlan } from '../privacy/mechanisms.ts';
import { l2BoundFor } from '../privacy/noise/subsampled-gaussian.ts';
import { Private } from '../privacy/private.ts';
import { createStream } from '../random/stream.ts';
import { ADVERSARY_LABEL, type Adversary, createAdversary, stepAdversary } from '../synthesizers/ctgan/adversary.ts';
import { layOut } from '../synthesizers/ctgan/conditions.ts';
import { drawFakes } from '../synthesizers/ctgan/fakes.ts';
import { unitPerRow } from '../synthesizers/ctgan/private-units.ts';
import type { SynthesizerAuditOptions } from './audit-synthesizers.ts';

const STEPS = 8;
/** High: a canary that is never drawn cannot be told from one that did not take part. */
const SAMPLING_RATE = 0.75;
/** Shorter than any gradient, so that every canary's is as long as clipping allows. */
const CLIP = 1e-3;
const FAKES = 8;
/** Times the number of canaries below the false-alarm rate: each of them may be the one whose guarantee fails. */
const DELTA = 1e-7;

/**
 * The training of the adversarial model's discriminator on many canaries: rows of one column, each the only one of its
 * category, so that each moves weights that no other row moves. Batches are as large as in practice: hundreds of rows drawn
 * from thousands, in several passes. The discriminator has no hidden layer, for then a row's gradient points the same way at
 * every step and the attacker need not follow the weights: the score is the sum of the canary's own noisy gradients.
 *
 * **Privacy**: the rows are made up.
 * @source Steinke, Nasr, Jagielski, "Privacy auditing with one (1) training run", NeurIPS 2023 (arXiv 2305.08846), white-box.
 */
export function oneRunSubject(canaries: number, { budget, createMechanisms }: SynthesizerAuditOptions): OneRunSubject {
  const noiseMultiplier = calibrateDpSgd(budget, SAMPLING_RATE, STEPS);
  const event: PrivacyEvent = {
    kind: 'subsampled-gaussian',
    samplingRate: SAMPLING_RATE,
    noiseMultiplier,
    steps: STEPS,
  };
  const plan: PrivacyPlan = [{ label: ADVERSARY_LABEL, purpose: 'audit', event }];
  return {
    name: `DP-SGD in one run, epsilon ${budget.epsilon}, delta ${budget.delta}`,
    setting: `${canaries} canaries, each in by a fair coin, ${STEPS} steps of a discriminator at rate ${SAMPLING_RATE}; score: sum of a canary's noisy gradients`,
    claim: claimOf([event]),
    tested: { epsilon: tightestEpsilon([event], DELTA).epsilon, delta: DELTA },
    canaries,
    run: async (included) => {
      const { ops } = await loadNeuralBackend({ prefer: 'wasm' });
      const layout = layOut([canaries], undefined);
      const terms = { clip: CLIP, l2Bound: l2BoundFor(noiseMultiplier, MOST_L2_BOUND) };
      const settings = { ops, layout, terms, unitRows: 1, normaliser: canaries, learningRate: 0.01, hiddenSizes: [] };
      const adversary = createAdversary(settings, createStream('audit', 'one run'));
      return scoreCanaries(adversary, { included, mechanisms: createMechanisms(plan) });
    },
  };
}

/** Trains on the canaries that are included, and sums what every step shows about each canary, included or not. */
async function scoreCanaries(
  adversary: Adversary,
  { included, mechanisms }: { readonly included: Uint8Array; readonly mechanisms: Mechanisms },
): Promise<Float64Array> {
  const { layout } = adversary;
  const codes = Int32Array.from(included.keys()).filter((canary) => included[canary] === 1);
  const shares = new Float32Array(layout.width).fill(1 / layout.width);
  const scores = new Float64Array(included.length);
  const watched: Pick<Mechanisms, 'subsampledGaussian'> = {
    subsampledGaussian: async (rows, request) => {
      const released = await mechanisms.subsampledGaussian(rows, request);
      // The weights of a canary's cell and of its condition; loss falls with them, so gradients of real rows are negative.
      for (let canary = 0; canary < scores.length; canary++) {
        scores[canary]! -= released.value[canary]! + released.value[layout.width + canary]!;
      }
      return released;
    },
  };
  const stream = createStream('audit', 'one run', 'fakes');
  for (let step = 0; step < STEPS; step++) {
    const fakes = drawFakes(layout, { shares, asked: Int32Array.of(0) }, { count: FAKES, stream: stream.split(step) });
    await stepAdversary(adversary, {
      mechanisms: watched,
      units: Private.seal(unitPerRow([codes])),
      fakes,
      seed: step,
    });
  }
  return scores;
}
