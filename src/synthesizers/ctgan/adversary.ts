import type { Codes } from '../../marginals/count-source.ts';
import { type AdamSettings, type AdamState, createAdamState, stepAdam } from '../../neural/adam.ts';
import {
  type ClippingTerms,
  type RowBatch,
  type RowSide,
  sumClippedGradients,
} from '../../neural/clipped-gradients.ts';
import { type DiscriminatorShape, initialDiscriminator } from '../../neural/discriminator.ts';
import { countParameters, type Parameters } from '../../neural/parameters.ts';
import type { TensorOps } from '../../neural/tensors.ts';
import type { Mechanisms } from '../../privacy/mechanisms.ts';
import type { Private } from '../../privacy/private.ts';
import type { Stream } from '../../random/stream.ts';
import { type CellLayout, conditionColumn } from './conditions.ts';
import type { PrivateUnits } from './private-units.ts';

/** Label of the event that pays for all steps. */
export const ADVERSARY_LABEL = 'adversary';

/** A discriminator in training, with everything its steps need that does not change. */
export interface Adversary {
  readonly ops: TensorOps;
  readonly shape: DiscriminatorShape;
  readonly layout: CellLayout;
  /** Changed in place. */
  readonly parameters: Parameters;
  readonly adam: AdamState;
  /** How the gradient of one row is clipped. */
  readonly terms: ClippingTerms;
  /** Most rows of one unit of privacy: the gradient of a unit is at most as many times as long as that of a row. */
  readonly unitRows: number;
  /** Constant that sums over drawn rows are divided by: rate times the released number of rows. */
  readonly normaliser: number;
  readonly learningRate: number;
}

/** Momentum is short: the generator moves. */
const ADAM: AdamSettings = { beta1: 0.5, beta2: 0.99, epsilon: 1e-8 };

/** A fresh discriminator of rows with their conditions. */
export function createAdversary(
  settings: Omit<Adversary, 'shape' | 'parameters' | 'adam'> & { readonly hiddenSizes: readonly number[] },
  stream: Stream,
): Adversary {
  const { layout, hiddenSizes } = settings;
  const shape = { inputSize: 2 * layout.width, hiddenSizes, layerNorm: true };
  const parameters = initialDiscriminator(shape, stream, layout.sizes.length + 1);
  return { ...settings, shape, parameters, adam: createAdamState(parameters) };
}

/** What one step works with. */
export interface AdversaryStep {
  readonly mechanisms: Pick<Mechanisms, 'subsampledGaussian'>;
  /** Codes over merged cells. */
  readonly units: Private<PrivateUnits>;
  readonly fakes: RowBatch;
  /** Public number that decides which columns rows are conditioned on. */
  readonly seed: number;
}

/**
 * One step of the discriminator: the clipped, noised gradient on drawn private rows, and the clipped gradient on fakes.
 *
 * **Privacy**: takes one step of the planned event. Units are drawn, and a drawn one adds all of its rows; each row is conditioned
 * on a cell of its own; fakes are fixed in number and are not paired with rows; the normaliser does not depend on how many rows
 * were drawn.
 */
export async function stepAdversary(adversary: Adversary, step: AdversaryStep): Promise<void> {
  const { ops, layout, shape, parameters, terms } = adversary;
  const sumOver = (side: RowSide, rows: RowBatch, drawn: Int32Array) =>
    sumClippedGradients(ops, { shape, parameters, terms, rows, drawn, side });
  const statistic = step.units.map(({ codes, units, rowsOf }) => ({
    rows: units,
    sum: (drawn: Int32Array) => sumOver('real', realRows(layout, codes, step.seed), rowsOf(drawn)),
  }));
  const l2Bound = terms.l2Bound * adversary.unitRows;
  const request = { label: ADVERSARY_LABEL, coordinates: countParameters(parameters), l2Bound };
  const { value: real } = await step.mechanisms.subsampledGaussian(statistic, request);
  const { fakes } = step;
  const fake = sumOver(
    'fake',
    fakes,
    Int32Array.from({ length: fakes.count }, (_, index) => index),
  );
  const unit = terms.clip / terms.l2Bound;
  const [realShare, fakeShare] = [unit / adversary.normaliser, unit / fakes.count];
  const mean = new Float64Array(real.length);
  for (let index = 0; index < mean.length; index++) mean[index] = real[index]! * realShare + fake[index]! * fakeShare;
  stepAdam(adversary.adam, parameters, {
    gradients: splitByTensor(parameters, mean),
    learningRate: adversary.learningRate,
    settings: ADAM,
  });
}

/** Rows as a discriminator takes them: one-hot cells, then the one-hot condition, which is a cell of the row itself. */
function realRows(layout: CellLayout, codes: readonly Codes[], seed: number): RowBatch {
  return {
    count: codes[0]?.length ?? 0,
    write: (row, out) => {
      for (const [column, start] of layout.starts.entries()) out[start + codes[column]![row]!] = 1;
      const asked = conditionColumn(layout, codes, row, seed);
      out[layout.width + layout.starts[asked]! + codes[asked]![row]!] = 1;
    },
  };
}

function splitByTensor(parameters: Parameters, flat: Float64Array): Float64Array[] {
  let offset = 0;
  return parameters.map(({ values }) => {
    offset += values.length;
    return flat.subarray(offset - values.length, offset);
  });
}
