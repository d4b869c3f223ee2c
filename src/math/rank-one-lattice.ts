/** Multipliers tried per dimension, fewer when there are many dimensions, so that wide tables do not wait. */
const [MOST_CANDIDATES, FEWEST_CANDIDATES, CANDIDATES_IN_ALL] = [32, 8, 1024] as const;

/**
 * Weight of a dimension in the figure of merit: small, so that pairs and triples count and larger sets hardly; of weights
 * from 0.01 to 0.5 it made the most even pairs and triples of 15 columns.
 */
const DIMENSION_WEIGHT = 0.03;

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Multipliers of a rank-one lattice: point i has coordinates frac(i·multiplier_k/points), so that n points cover all
 * projections on few coordinates far more evenly than n random ones.
 *
 * Built coordinate by coordinate, each multiplier the best of a few fixed candidates by the worst-case error of smooth
 * periodic functions; deterministic.
 * @source Sloan and Reztsov 2002 (component-by-component construction); the kernel is the Bernoulli polynomial of degree 2.
 * **Cost**: up to 32 operations per point and dimension.
 */
export function latticeMultipliers(points: number, dimensions: number): Int32Array {
  const multipliers = new Int32Array(dimensions);
  const kernel = Float64Array.from({ length: points }, (_, k) => {
    const x = k / points;
    return 1 + DIMENSION_WEIGHT * 2 * Math.PI ** 2 * (x * x - x + 1 / 6);
  });
  const product = new Float64Array(points).fill(1);
  const candidates = Math.max(FEWEST_CANDIDATES, Math.min(MOST_CANDIDATES, Math.floor(CANDIDATES_IN_ALL / dimensions)));
  for (let dimension = 0; dimension < dimensions; dimension++) {
    const chosen = dimension === 0 ? 1 : bestMultiplier(kernel, product, { first: dimension * candidates, candidates });
    multipliers[dimension] = chosen;
    for (let point = 0, at = 0; point < points; point++, at = (at + chosen) % points) product[point]! *= kernel[at]!;
  }
  return multipliers;
}

function bestMultiplier(
  kernel: Float64Array,
  product: Float64Array,
  { first, candidates }: { readonly first: number; readonly candidates: number },
): number {
  const points = kernel.length;
  let [best, least] = [1, Number.POSITIVE_INFINITY];
  for (let candidate = 0; candidate < candidates; candidate++) {
    const share = ((first + candidate) * GOLDEN) % 1;
    const multiplier = nextCoprime(Math.max(1, Math.floor(share * points)), points);
    let error = 0;
    for (let point = 0, at = 0; point < points; point++, at += multiplier) {
      if (at >= points) at -= points;
      error += product[point]! * kernel[at]!;
    }
    if (error < least) [least, best] = [error, multiplier];
  }
  return best;
}

/** The first number from `start` on without a common divisor; points - 1 always is one. */
function nextCoprime(start: number, points: number): number {
  let candidate = start;
  while (candidate < points && greatestDivisor(candidate, points) > 1) candidate++;
  return candidate < points ? candidate : 1;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
