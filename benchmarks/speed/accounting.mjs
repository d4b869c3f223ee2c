// How long do accounting and planning take? CPU and wall time, best of several, after a warm-up.
// Run after `npm run build`: node benchmarks/speed/accounting.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { calibrateDpSgd } from '../../dist/privacy/accounting/calibrate-noise.js';
import { calibratePlan } from '../../dist/privacy/accounting/calibrate-plan.js';
import { pldAccountant } from '../../dist/privacy/accounting/pld-accountant.js';
import { renyiAccountant } from '../../dist/privacy/accounting/renyi-accountant.js';
import { zcdpAccountant } from '../../dist/privacy/accounting/zcdp-accountant.js';
import { describeMachine } from '../machine.mjs';

const RUNS = 5;

const dpsgd = (samplingRate, noiseMultiplier, steps) => [
  { kind: 'subsampled-gaussian', samplingRate, noiseMultiplier, steps },
];
const marginal = (label, weight) => ({
  label,
  purpose: 'marginal',
  kind: 'discrete-gaussian',
  weight,
  l2Sensitivity: 1,
  oneCell: true,
});
const selection = (label, weight, count) => ({ label, purpose: 'selection', kind: 'exponential', weight, count });
const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));

/** Plans as the synthesizers make them, and harder ones. */
const plans = {
  'independent, 15 columns': many(15, (i) => marginal(`one-way ${i}`, 1)),
  'MST, 15 columns': [
    ...many(15, (i) => marginal(`one-way ${i}`, 1 / 45)),
    selection('edges', 1 / 42, 14),
    ...many(14, (i) => marginal(`pair ${i}`, 1 / 42)),
  ],
  'AIM-like, 60 rounds': [
    ...many(15, (i) => marginal(`one-way ${i}`, 0.1 / 15)),
    ...many(60, (i) => marginal(`round ${i}`, 0.81 / 60)),
    selection('rounds', 0.09 / 60, 60),
  ],
  '300 different marginals': many(300, (i) => marginal(`m${i}`, 1 + i / 300)),
  '300 different marginals and 300 selections': [
    ...many(300, (i) => marginal(`m${i}`, (0.9 * (1 + i / 300)) / 450)),
    selection('selections', 0.1 / 300, 300),
  ],
};

const subjects = {
  'PLD, DP-SGD q=0.01 sigma=1, 10,000 steps': () => pldAccountant.epsilon(dpsgd(0.01, 1, 10_000), 1e-5),
  'PLD, DP-SGD q=0.0001 sigma=0.8, 10,000 steps': () => pldAccountant.epsilon(dpsgd(1e-4, 0.8, 10_000), 1e-7),
  'PLD, DP-SGD q=0.001 sigma=1, 1,000,000 steps': () => pldAccountant.epsilon(dpsgd(1e-3, 1, 1_000_000), 1e-6),
  'Rényi, 10,000 different subsampled events': () =>
    renyiAccountant.epsilon(
      many(10_000, (i) => dpsgd(0.001 + 1e-5 * (i % 97), 0.8 + 1e-4 * i, 1 + (i % 3))[0]),
      1e-6,
    ),
  'noise multiplier for epsilon 1, q=0.01, 10,000 steps': () =>
    calibrateDpSgd({ epsilon: 1, delta: 1e-5 }, 0.01, 10_000),
  ...Object.fromEntries(
    Object.entries(plans).map(([name, shares]) => [
      `plan: ${name}, epsilon 1`,
      () => calibratePlan(shares, { epsilon: 1, delta: 1e-9 }).accountedEpsilon,
    ]),
  ),
};

const results = Object.entries(subjects).map(([name, run]) => {
  const times = many(RUNS, () => {
    const [cpu, started] = [process.cpuUsage(), performance.now()];
    const value = run();
    const wallSeconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { value, wallSeconds, cpuSeconds: (user + system) / 1e6 };
  });
  const least = (key) => Number(Math.min(...times.map((time) => time[key])).toFixed(4));
  return {
    name,
    value: times[0].value,
    firstCpuSeconds: Number(times[0].cpuSeconds.toFixed(4)),
    cpuSeconds: least('cpuSeconds'),
    wallSeconds: least('wallSeconds'),
  };
});

/** Noise saved against concentrated accounting: variance ratio at the same target. */
const savings = Object.entries(plans).map(([name, shares]) => {
  const { plan, accountant } = calibratePlan(shares, { epsilon: 1, delta: 1e-9 });
  const zcdp = zcdpAccountant.epsilon(
    plan.map((line) => line.event),
    1e-9,
  );
  return { plan: name, accountant, zcdpEpsilonOfTheSamePlan: Number(zcdp.toFixed(5)) };
});

const report = {
  question: 'How long do accounting and planning take, and what does PLD save?',
  command: 'node benchmarks/speed/accounting.mjs',
  limit: 'PLD of 10,000 DP-SGD steps under 2 s; planning under 1 s',
  results,
  savings,
  runs: RUNS,
  machine: describeMachine(),
};
const folder = fileURLToPath(new URL('../results/', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}accounting.json`, `${JSON.stringify(report, null, 2)}\n`);
console.log(JSON.stringify(report, null, 2));
