// How long `tabveil --help` takes, beside a Node process that does nothing.
// Run after a build: node benchmarks/speed/help-startup.mjs [runs]
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeMachine } from '../machine.mjs';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const RESULT = fileURLToPath(new URL('../results/help-startup.json', import.meta.url));
const runs = Number(process.argv[2] ?? 30);

/** Wall and CPU time of one process in milliseconds. */
function timeProcess(args) {
  const [started, before] = [performance.now(), childCpuSeconds()];
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
  return { wallMs: performance.now() - started, cpuMs: 1000 * (childCpuSeconds() - before) };
}

/** CPU time of all finished child processes; NaN where the system does not tell. */
function childCpuSeconds() {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return Number.NaN;
  }
}

/** Median and 90th percentile of the wall time and mean CPU time, in milliseconds with one decimal. */
function summarise(times) {
  const sorted = times.map(({ wallMs }) => wallMs).sort((a, b) => a - b);
  const round = (value) => Math.round(10 * value) / 10;
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  const cpuMs = round(times.reduce((sum, time) => sum + time.cpuMs, 0) / times.length);
  return { medianMs: at(0.5), p90Ms: at(0.9), cpuMs };
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
  limit: 'under 300 ms',
  help: summarise(help),
  emptyNodeProcess: summarise(nothing),
  runs,
  machine: describeMachine(),
  day: new Date().toISOString().slice(0, 10),
};
writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`);
console.log(JSON.stringify(result, null, 2));
