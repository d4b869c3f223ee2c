// How long `tabveil --help` takes, beside a Node process that does nothing.
// Run after a build: node benchmarks/speed/help-startup.mjs [runs]
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const RESULT = fileURLToPath(new URL('../results/help-startup.json', import.meta.url));
const runs = Number(process.argv[2] ?? 30);

/** Wall time of one process in milliseconds. */
function timeProcess(args) {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return performance.now() - started;
}

/** Median and 90th percentile, in milliseconds with one decimal. */
function summarise(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => Math.round(10 * sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]) / 10;
  return { medianMs: at(0.5), p90Ms: at(0.9) };
}

const help = [];
const nothing = [];
for (let run = 0; run < runs; run++) {
  nothing.push(timeProcess(['-e', '0']));
  help.push(timeProcess([MAIN, '--help']));
}
const result = {
  question: 'How long does tabveil --help take?',
  command: 'node benchmarks/speed/help-startup.mjs',
  limitMs: 300,
  help: summarise(help),
  emptyNodeProcess: summarise(nothing),
  runs,
  machine: {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  },
  day: new Date().toISOString().slice(0, 10),
};
writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`);
console.log(JSON.stringify(result, null, 2));
