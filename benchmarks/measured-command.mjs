// @ts-check
/** Runs the built command line as users do and measures each process from inside. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {object} Usage
 * @property {number} cpuSeconds of all threads
 * @property {number} wallSeconds since the process started
 * @property {number} peakBytes peak resident memory
 */

const CLI = resolve(import.meta.dirname, '../dist/cli/main.js');
const METER = pathToFileURL(resolve(import.meta.dirname, 'resource-meter.mjs')).href;

/**
 * Runs `tabveil` with the given words.
 *
 * @param {readonly string[]} words
 * @returns {Usage & { stdout: string }}
 * @throws when the command fails; the message ends with what it printed
 */
export function runTabveil(words) {
  if (!existsSync(CLI)) throw new Error(`${CLI} is not there; run npm run build.`);
  const scratch = mkdtempSync(join(tmpdir(), 'tabveil-meter-'));
  try {
    const out = join(scratch, 'usage.json');
    const run = spawnSync(process.execPath, ['--import', METER, CLI, ...words], {
      encoding: 'utf8',
      maxBuffer: 64 * 2 ** 20,
      env: { ...process.env, RESOURCE_METER_OUT: out },
    });
    if (run.status !== 0) throw new Error(`tabveil ${words.join(' ')} ended with ${run.status}: ${run.stderr}`);
    return { ...JSON.parse(readFileSync(out, 'utf8')), stdout: run.stdout };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
