import { type Cut, MIN_LEAF_HESSIAN, nodeLoss, type SearchedFeature, type SearchedNode } from './cut.ts';

/** Rows, in Hessian units, that a category needs to be placed by its own gradient; also smooths its place. */
const CATEGORY_SUPPORT = 10;

/**
 * Tries cuts of categories in the order of their smoothed mean gradient, from both ends to the middle, and keeps the best one
 * in `best`. The categories scanned go left; the others, and those too rare to be placed, go right. Missing is a category.
 * @source Fisher, JASA 53 (1958) 789-798: the best cut of sorted means is the best subset for convex losses; smoothing and
 * support as in Ke et al., "LightGBM", NeurIPS 2017.
 */
export function scanCategories(best: Cut, feature: SearchedFeature, node: SearchedNode): void {
  const order = placedCategories(feature, node);
  if (order.length < 2) return;
  const middle = (order.length + 1) >> 1;
  scanFrom(best, feature, { ...node, order: order.slice(0, middle) });
  scanFrom(best, feature, { ...node, order: order.reverse().slice(0, middle - 1) });
}

/** Bins with enough rows by gradient / (Hessian + support), of equals the later one first. */
function placedCategories({ offset, size, hasMissing }: SearchedFeature, { histogram, sums }: SearchedNode): number[] {
  const rowsPerHessian = sums.count / sums.hessian;
  const places = new Float64Array(size);
  const bins: number[] = [];
  for (let bin = 0; bin < size - 1 + Number(hasMissing); bin += 1) {
    const hessian = histogram.hessians[offset + bin]!;
    if (hessian * rowsPerHessian < CATEGORY_SUPPORT) continue;
    places[bin] = histogram.gradients[offset + bin]! / (hessian + CATEGORY_SUPPORT);
    bins.push(bin);
  }
  return bins.sort((a, b) => places[a]! - places[b]! || b - a);
}

function scanFrom(
  best: Cut,
  { index, offset }: SearchedFeature,
  { histogram, sums, value, limits, order }: SearchedNode & { readonly order: readonly number[] },
): void {
  const { minLeafRows, l2 } = limits;
  const whole = sums.gradient * value;
  let [gradient, hessian, count] = [0, 0, 0];
  for (let at = 0; at < order.length; at += 1) {
    const bin = offset + (order[at] as number);
    gradient += histogram.gradients[bin]!;
    hessian += histogram.hessians[bin]!;
    count += histogram.counts[bin]!;
    const rest = sums.hessian - hessian;
    if (count < minLeafRows || hessian < MIN_LEAF_HESSIAN) continue;
    if (sums.count - count < minLeafRows || rest < MIN_LEAF_HESSIAN) break;
    const gain = whole - nodeLoss(gradient, hessian, l2) - nodeLoss(sums.gradient - gradient, rest, l2);
    if (gain > best.gain)
      Object.assign(best, { gain, feature: index, gradient, hessian, count, categories: order.slice(0, at + 1) });
  }
}
