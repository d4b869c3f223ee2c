import { transposedTimes } from './products.ts';
import { type Matrix, type Scalar, type TensorOps, type Vector, withGradient } from './tensors.ts';

/** What the pair tables and single columns of a mixture of products should be; shares of rows, laid out over all logits. */
export interface MarginalTargets {
  /** Target of every pair of cells, width × width, symmetric. */
  readonly pairs: Matrix;
  /** Weight of every pair of cells, symmetric; 0 where nothing was measured and within columns. */
  readonly pairWeights: Matrix;
  /** Target of every single cell. */
  readonly singles: Vector;
  readonly singleWeights: Vector;
  /**
   * Nats of loss per nat of entropy that the heads of a component lack: draws what no measurement speaks about towards
   * independence, where a mixture of sharp components would be a small sample of itself.
   */
  readonly evenness: number;
}

/** Added to shares before their logarithm is taken. */
const LEAST_SHARE = 1e-9;

/**
 * Weighted squared error of all measured marginals at once.
 *
 * Row z of `shares` is a product distribution p(z) over the columns, and the batch is their mixture, so the table of two
 * columns is the mean of outer products, a block of G = sharesᵀ·shares / rows. The loss is
 * ½·Σ pairWeights·(G − pairs)² / 2 + ½·Σ singleWeights·(mean(shares) − singles)² + evenness·Σ mean(shares·ln(shares)):
 * each pair of cells counts once.
 * @param shares rows × width, heads of one row independent of each other.
 * **Cost**: two products of rows × width² multiplications, whatever the number of measured pairs.
 * @source Liu, Vietri and Wu 2021 (GEM, arXiv 2106.07153), equation 5, with squared error weighted by precision and with
 * the entropy term, ours, which does what maximum entropy does in graphical models.
 */
export function marginalLoss(ops: TensorOps, shares: Matrix, targets: MarginalTargets): Scalar {
  return withGradient<Scalar>(ops, [shares], (save) => {
    const rows = shares.shape[0];
    const pairErrors: Matrix = ops.sub(ops.div(transposedTimes(ops, shares, shares), rows), targets.pairs);
    const singleErrors: Vector = ops.sub(ops.mean(shares, 0), targets.singles);
    const pairPulls: Matrix = ops.mul(targets.pairWeights, pairErrors);
    const singlePulls: Vector = ops.mul(targets.singleWeights, singleErrors);
    const pairLoss = ops.mul(ops.sum(ops.mul(pairPulls, pairErrors)), 0.25);
    const singleLoss = ops.mul(ops.sum(ops.mul(singlePulls, singleErrors)), 0.5);
    const logs: Matrix = ops.log(ops.add(shares, LEAST_SHARE));
    const unevenness = ops.mul(ops.sum(ops.mul(shares, logs)), targets.evenness / rows);
    save([shares, pairPulls, singlePulls, logs]);
    return {
      value: ops.add(ops.add(pairLoss, singleLoss), unevenness),
      gradients: (outer, saved) => {
        const [savedShares, pulls, singles, savedLogs] = saved as [Matrix, Matrix, Vector, Matrix];
        const towardsEven = ops.mul(ops.add(savedLogs, 1), targets.evenness);
        const pull = ops.add(ops.add(ops.matMul(savedShares, pulls), singles), towardsEven);
        return [ops.mul(pull, ops.div(outer, rows))];
      },
    };
  });
}
