import { loadNeuralBackend, type NeuralBackend } from '../neural/backend.ts';
import { MOST_L2_BOUND } from '../neural/clipped-gradients.ts';
import type { TensorOps } from '../neural/tensors.ts';
import { calibrateDpSgd } from '../privacy/accounting/calibrate-noise.ts';
import type { AuditSubject } from '../privacy/audit/audit.ts';
import { claimOf } from '../privacy/audit/claim.ts';
import { LikelihoodWitness } from '../privacy/audit/witness.ts';
import type { PrivacyEvent } from '../privacy/events.ts';
import type { Mechanisms, PrivacyPlan } from '../privacy/mechanisms.ts';
import { l2BoundFor } from '../privacy/noise/subsampled-gaussian.ts';
import { Private } from '../privacy/private.ts';
import { createStream } from '../random/stream.ts';
import { ADVERSARY_LABEL, createAdversary, stepAdversary } from '../synthesizers/ctgan/adversary.ts';
import { layOut } from '../synthesizers/ctgan/conditions.ts';
import { drawFakes } from '../synthesizers/ctgan/fakes.ts';
import { unitPerRow } from '../synthesizers/ctgan/private-units.ts';
import type { SynthesizerAuditOptions } from './audit-synthesizers.ts';

const STEPS = 2;
/** High, so that most runs show the canary: at lower rates the same claim takes many more runs to be proven. */
const SAMPLING_RATE = 0.75;
/** Shorter than any gradient of a fresh network, so that the canary's is as long as clipping allows. */
const CLIP = 1e-3;
const LAYOUT = layOut([2, 2], 1);
const FAKES = 8;

/** Codes of no rows, and of the canary alone: an attacker who knows all other rows can take them off. */
const ROWS = {
  without: [new Uint8Array(0), new Uint8Array(0)],
  with: [Uint8Array.of(0), Uint8Array.of(1)],
} as const;

/**
 * The training of the adversarial model's discriminator, as it is in production, with and without a canary row whose gradient
 * is as long as clipping allows. The attacker sees every noisy gradient and knows the weights, so it computes the canary's
 * gradient of each step; the score is the exact log-likelihood ratio.
 *
 * **Privacy**: the rows are made up.
 * @source Nasr et al., "Tight auditing of differentially private machine learning", USENIX Security 2023 (canary gradients,
 * all updates visible).
 */
export function gradientSubject({ budget, createMechanisms }: SynthesizerAuditOptions): AuditSubject {
  const noiseMultiplier = calibrateDpSgd(budget, SAMPLING_RATE, STEPS);
  const event: PrivacyEvent = {
    kind: 'subsampled-gaussian',
    samplingRate: SAMPLING_RATE,
    noiseMultiplier,
    steps: STEPS,
  };
  const plan: PrivacyPlan = [{ label: ADVERSARY_LABEL, purpose: 'audit', event }];
  let backend: Promise<NeuralBackend> | undefined;
  const terms = { clip: CLIP, l2Bound: l2BoundFor(noiseMultiplier, MOST_L2_BOUND) };
  return {
    name: `DP-SGD, epsilon ${budget.epsilon}, delta ${budget.delta}`,
    setting: `no rows against one, ${STEPS} steps of a discriminator at rate ${SAMPLING_RATE}; score: log-likelihood ratio of all noisy gradients`,
    test: 'gaussian',
    claim: claimOf([event]),
    run: async (side) => {
      backend ??= loadNeuralBackend({ prefer: 'wasm' });
      const { ops } = await backend;
      const witness = new LikelihoodWitness(plan, createMechanisms);
      await trainDiscriminator(ops, { side, mechanisms: witness.watch(), terms });
      await trainDiscriminator(ops, {
        side: side === 'with' ? 'without' : 'with',
        mechanisms: witness.replay(),
        terms,
      });
      return side === 'with' ? witness.logLikelihoodRatio : -witness.logLikelihoodRatio;
    },
  };
}

interface DiscriminatorRun {
  readonly side: keyof typeof ROWS;
  readonly mechanisms: Mechanisms;
  readonly terms: { readonly clip: number; readonly l2Bound: number };
}

async function trainDiscriminator(ops: TensorOps, { side, mechanisms, terms }: DiscriminatorRun): Promise<void> {
  const stream = createStream('audit', 'gradients');
  const settings = { ops, layout: LAYOUT, terms, unitRows: 1, normaliser: 1, learningRate: 0.01, hiddenSizes: [4] };
  const adversary = createAdversary(settings, stream.split('weights'));
  const shares = new Float32Array(LAYOUT.width).fill(0.5);
  for (let step = 0; step < STEPS; step++) {
    const fakes = drawFakes(LAYOUT, { shares, asked: Int32Array.of(0) }, { count: FAKES, stream: stream.split(step) });
    await stepAdversary(adversary, { mechanisms, units: Private.seal(unitPerRow(ROWS[side])), fakes, seed: step });
  }
}
