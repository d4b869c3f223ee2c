import { type Cut, MIN_LEAF_HESSIAN, nodeLoss, type SearchedFeature, type SearchedNode } from './cut.ts';

/** Tries all cuts of a number with missing values right, and left where there are any; keeps the best one in `best`. */
export function scanNumbers(best: Cut, feature: SearchedFeature, node: SearchedNode): void {
  scanUpwards(best, feature, node);
  if (feature.hasMissing) scanDownwards(best, feature, node);
}

/** Cuts after every bin from the first on; missing values go right. The last cut leaves nothing else there. */
function scanUpwards(best: Cut, feature: SearchedFeature, { histogram, sums, value, limits }: SearchedNode): void {
  const { gradients, hessians, counts } = histogram;
  const { minLeafRows, l2 } = limits;
  const { offset } = feature;
  const whole = sums.gradient * value;
  const end = offset + feature.size - 2 + Number(feature.hasMissing);
  let [gradient, hessian, count] = [0, 0, 0];
  for (let at = offset; at < end; at += 1) {
    gradient += gradients[at]!;
    hessian += hessians[at]!;
    count += counts[at]!;
    if (count < minLeafRows) continue;
    if (sums.count - count < minLeafRows) break;
    const rest = sums.hessian - hessian;
    if (hessian < MIN_LEAF_HESSIAN) continue;
    if (rest < MIN_LEAF_HESSIAN) break;
    const gain = whole - nodeLoss(gradient, hessian, l2) - nodeLoss(sums.gradient - gradient, rest, l2);
    if (gain > best.gain) keep(best, feature, { gain, bin: at - offset, missingLeft: false, gradient, hessian, count });
  }
}

/** Cuts before every bin from the last on; missing values go left. */
function scanDownwards(best: Cut, feature: SearchedFeature, { histogram, sums, value, limits }: SearchedNode): void {
  const { gradients, hessians, counts } = histogram;
  const { minLeafRows, l2 } = limits;
  const { offset } = feature;
  const whole = sums.gradient * value;
  let [right, rest, count] = [0, 0, 0];
  for (let at = offset + feature.size - 2; at > offset; at -= 1) {
    right += gradients[at]!;
    rest += hessians[at]!;
    count += counts[at]!;
    if (count < minLeafRows) continue;
    if (sums.count - count < minLeafRows) break;
    const [gradient, hessian] = [sums.gradient - right, sums.hessian - rest];
    if (rest < MIN_LEAF_HESSIAN) continue;
    if (hessian < MIN_LEAF_HESSIAN) break;
    const gain = whole - nodeLoss(gradient, hessian, l2) - nodeLoss(right, rest, l2);
    if (gain > best.gain) {
      const left = { gradient, hessian, count: sums.count - count };
      keep(best, feature, { gain, bin: at - 1 - offset, missingLeft: true, ...left });
    }
  }
}

function keep(best: Cut, { index }: SearchedFeature, cut: Omit<Cut, 'feature' | 'categories'>): void {
  Object.assign(best, cut, { feature: index, categories: undefined });
}
