import { backpropagateRows, type DiscriminatorTensors, inputGradients, traceDiscriminator } from './discriminator.ts';
import { type Matrix, type Scalar, type TensorOps, withGradient } from './tensors.ts';

/**
 * How well generated rows deceive a discriminator: mean of log(1 + exp(−logit)), the non-saturating loss.
 *
 * **Privacy**: sees generated rows and the discriminator's released weights only.
 * @param rows rows × width, generated. @param conditions rows × width, what each was asked for; it gets no gradient.
 * @source Goodfellow et al. 2014 (arXiv 1406.2661), section 3.
 */
export function deceptionLoss(ops: TensorOps, network: DiscriminatorTensors, rows: Matrix, conditions: Matrix): Scalar {
  return withGradient<Scalar>(ops, [rows], (save) => {
    const trace = traceDiscriminator(ops, network, ops.concat2d([rows, conditions], 1));
    const outer: Matrix = ops.sub(ops.sigmoid(trace.logits), 1);
    const gradients = inputGradients(ops, network, backpropagateRows(ops, network, trace, outer));
    const [count, width] = rows.shape;
    save([ops.slice2d(gradients, [0, 0], [count, width])]);
    return {
      value: ops.mean(ops.softplus(ops.neg(trace.logits))),
      gradients: (mean, saved) => [ops.mul(saved[0] as Matrix, ops.div(mean, count))],
    };
  });
}

/** Mean of −log P[the generator gives the cell it was asked for]. @param shares head probabilities. @param conditions one-hot. */
export function conditionLoss(ops: TensorOps, shares: Matrix, conditions: Matrix): Scalar {
  return withGradient<Scalar>(ops, [shares], (save) => {
    const met = ops.maximum(ops.sum(ops.mul(shares, conditions), 1, true), LEAST_SHARE);
    save([conditions, met]);
    return {
      value: ops.neg(ops.mean(ops.log(met))),
      gradients: (outer, saved) => {
        const [asked, share] = saved as [Matrix, Matrix];
        return [ops.mul(ops.div(asked, share), ops.div(ops.neg(outer), asked.shape[0]))];
      },
    };
  });
}

/** Keeps the logarithm finite. */
const LEAST_SHARE = 1e-12;
