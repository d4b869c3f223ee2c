// How fast is exact noise? One million draws per distribution and source, CPU seconds of this process.
// Run after `npm run build`: node benchmarks/speed/noise.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rational } from '../../dist/math/rational.js';
import { DiscreteGaussianSampler } from '../../dist/privacy/noise/discrete-gaussian.js';
import { DiscreteLaplaceSampler } from '../../dist/privacy/noise/discrete-laplace.js';
import { chooseExponential } from '../../dist/privacy/noise/exponential.js';
import { SecureBits } from '../../dist/random/secure-bits.js';
import { createStream } from '../../dist/random/stream.js';
import { describeMachine } from '../machine.mjs';

const DRAWS = 1_000_000;
const bits = new SecureBits();
const stream = createStream(1);
const words = new Uint32Array(4096);

const subjects = {
  ...Object.fromEntries(
    [rational(1n, 4n), rational(1n), rational(100n), rational(12345678901n, 2n ** 20n), rational(10n ** 8n)].map(
      (variance) => {
        const sampler = new DiscreteGaussianSampler(bits, variance);
        return [`discrete Gaussian, variance ${variance.numerator}/${variance.denominator}`, () => sampler.draw()];
      },
    ),
  ),
  ...Object.fromEntries(
    [rational(1n), rational(2n ** 40n, 12345678901n), rational(1000n)].map((scale) => {
      const sampler = new DiscreteLaplaceSampler(bits, scale);
      return [`discrete Laplace, scale ${scale.numerator}/${scale.denominator}`, () => sampler.draw()];
    }),
  ),
  'exponential mechanism, 100 candidates': (() => {
    const scores = Float64Array.from({ length: 100 }, (_, index) => index % 10);
    const choice = { epsilon: rational(1n), sensitivity: rational(1n) };
    return () => chooseExponential(bits, scores, choice);
  })(),
  'secure integer below 10': () => bits.below(10),
  'stream: 53-bit float': () => stream.nextFloat(),
  'stream: block of 4096 words': () => stream.fillUint32(words),
  'stream: new block stream': () => stream.split(7),
};

const counts = { 'stream: block of 4096 words': 10_000, 'stream: new block stream': 100_000 };
const results = Object.entries(subjects).map(([name, draw]) => {
  const draws = counts[name] ?? DRAWS;
  for (let warmUp = 0; warmUp < draws / 20; warmUp++) draw();
  const start = process.cpuUsage();
  for (let index = 0; index < draws; index++) draw();
  const { user, system } = process.cpuUsage(start);
  const cpuSeconds = (user + system) / 1e6;
  return { name, draws, cpuSeconds, perSecond: Math.round(draws / cpuSeconds) };
});

console.table(results);
const folder = fileURLToPath(new URL('../results/', import.meta.url));
mkdirSync(folder, { recursive: true });
const result = {
  question: 'How fast is exact noise?',
  command: 'node benchmarks/speed/noise.mjs',
  limit: '1,000,000 discrete Gaussian draws in 3 CPU-seconds',
  results,
  machine: describeMachine(),
  day: new Date().toISOString().slice(0, 10),
};
writeFileSync(`${folder}noise.json`, `${JSON.stringify(result, null, 2)}\n`);
