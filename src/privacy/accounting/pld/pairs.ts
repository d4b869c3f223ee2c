import { normalUpperQuantile } from '../../../math/normal.ts';
import { gaussianDelta } from '../costs/gaussian.ts';
import { cumulantOfPoints, type DominatingPair } from './dominating-pair.ts';
import { cellBoundaries, normalIntervals, splitAtoms, splitCells } from './loss-pmf.ts';

/** Mass of low losses that may be rounded up to the lowest grid point: it costs at most its own size in delta. */
const LOW_TAIL = 1e-16;

/**
 * Continuous Gaussian noise: the loss is normal with variance mu² and mean mu²/2.
 * @param mu sensitivity in standard deviations.
 */
export function gaussianPair(mu: number): DominatingPair {
  return {
    hockeyStick: (epsilon) => gaussianDelta(mu, epsilon),
    cumulant: (tilt) => ({
      value: (tilt * (tilt + 1) * mu * mu) / 2,
      mean: (tilt + 0.5) * mu * mu,
      variance: mu * mu,
    }),
    largestLoss: Number.POSITIVE_INFINITY,
    lattice: undefined,
    discretise(step, tail) {
      const lowest = (mu * mu) / 2 - mu * normalUpperQuantile(LOW_TAIL);
      const highest = (mu * mu) / 2 + mu * normalUpperQuantile(Math.max(tail, 1e-300));
      const boundaries = cellBoundaries(lowest, highest, step);
      const points = (shift: number) => Float64Array.from(boundaries, (index) => (index * step + shift) / mu);
      const first = normalIntervals(points(-(mu * mu) / 2));
      const second = normalIntervals(points((mu * mu) / 2));
      const scale = Float64Array.from(boundaries, (index) => Math.exp(index * step));
      const excess = first.mass.map((mass, j) => mass - scale[j]! * second.mass[j]!);
      const error = first.error.map((own, j) => own + scale[j]! * (second.error[j]! + 2 ** -50 * second.mass[j]!));
      return splitCells({ boundaries, mass: first.mass, excess, error, below: LOW_TAIL, above: tail }, step);
    },
  };
}

/**
 * Randomised response: the loss is ±epsilon. It dominates every epsilon-DP mechanism and is exactly the discrete Laplace
 * mechanism of sensitivity 1.
 * @source Kairouz, Oh, Viswanath 2015, Theorem 3.4.
 */
export function randomisedResponsePair(epsilon: number): DominatingPair {
  const masses = Float64Array.of(1 / (1 + Math.exp(epsilon)), 1 / (1 + Math.exp(-epsilon)));
  const losses = Float64Array.of(-epsilon, epsilon);
  const logMasses = masses.map(Math.log);
  return {
    hockeyStick: (at) => (at >= epsilon ? 0 : (-Math.expm1(at - epsilon) * (1 + 2 ** -48)) / (1 + Math.exp(-epsilon))),
    cumulant: (tilt) => cumulantOfPoints(losses, logMasses, tilt),
    largestLoss: epsilon,
    lattice: epsilon,
    discretise: (step) => splitAtoms(losses, masses, step),
  };
}

/**
 * The exponential mechanism of bounded range, as one fixed pair that dominates every worst pair of the range at once:
 * the supremum over t of the two-point curves, (e^(range/2) − e^(epsilon/2))² / (e^range − 1) for |epsilon| ≤ range.
 *
 * Proof: the two-point pair with ends t and t − range has curve (e^range − e^t)(1 − e^(epsilon − t))/(e^range − 1), largest
 * at t = (range + epsilon)/2. The supremum is convex in e^epsilon, falls with slope −1 at the left end and 0 at the right
 * end, so it is itself the curve of a pair: the one whose loss has density proportional to e^(loss/2) on ±range.
 *
 * A single event is priced exactly; in compositions its variance range²/3 exceeds the range²/4 of the worst pairs, so
 * equal events are better played as a game (`boundedRangeRemainder`).
 */
export function boundedRangePair(range: number): DominatingPair {
  const half = Math.exp(range / 2) / (2 * Math.expm1(range));
  const squared = (epsilon: number) => (Math.exp(epsilon / 2) * Math.expm1((range - epsilon) / 2)) ** 2;
  return {
    hockeyStick: (epsilon) => (epsilon >= range ? 0 : (squared(epsilon) / Math.expm1(range)) * (1 + 1e-14)),
    cumulant(tilt) {
      const nodes = 64;
      const losses = Float64Array.from({ length: nodes }, (_, j) => range * ((2 * j + 1) / nodes - 1));
      const weight = Math.log((half * 2 * range) / nodes);
      return cumulantOfPoints(
        losses,
        losses.map((loss) => loss / 2 + weight),
        tilt,
      );
    },
    largestLoss: range,
    lattice: undefined,
    discretise(step) {
      const boundaries = cellBoundaries(-range, range, step);
      const ends = Float64Array.from(boundaries, (index) => Math.min(range, Math.max(-range, index * step)));
      const count = ends.length - 1;
      const mass = new Float64Array(count);
      const excess = new Float64Array(count);
      for (let j = 0; j < count; j++) {
        // P has density half·e^(l/2), Q half·e^(−l/2).
        const [low, high] = [ends[j]!, ends[j + 1]!];
        mass[j] = 2 * half * Math.exp(low / 2) * Math.expm1((high - low) / 2);
        const other = 2 * half * Math.exp(-high / 2) * Math.expm1((high - low) / 2);
        excess[j] = mass[j]! - Math.exp(boundaries[j]! * step) * other;
      }
      return splitCells({ boundaries, mass, excess, error: mass.map((m) => m * 2 ** -48), below: 0, above: 0 }, step);
    },
  };
}
