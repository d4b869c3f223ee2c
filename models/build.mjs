// Fits the models of this folder again, on tables drawn from the simulated worlds in datasets/.
// Run after a build: node models/build.mjs [lending-mst …]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { train, verify } from '../dist/index.js';

/** What is fitted: a world, a synthesizer, and a budget. */
const MODELS = {
  'lending-mst': { world: 'lending', model: 'mst', epsilon: 1, delta: 1e-6 },
};
const ROWS = 30_000;
const SEED = 1;

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(MODELS);
const work = mkdtempSync(join(tmpdir(), 'tabveil-models-'));
try {
  for (const name of names) {
    const job = MODELS[name];
    if (job === undefined) throw new Error(`${name} is unknown; models are ${Object.keys(MODELS).join(', ')}`);
    const { world, ...budget } = job;
    const datasets = fileURLToPath(new URL(`../datasets/${world}/`, import.meta.url));
    const table = join(work, `${name}.csv`);
    const generator = [join(datasets, 'generate.mjs'), '--rows', ROWS, '--seed', SEED, '--out', table];
    if (spawnSync(process.execPath, generator, { stdio: 'inherit' }).status !== 0) throw new Error(`${world}: no table`);
    const out = fileURLToPath(new URL(name, import.meta.url));
    rmSync(out, { recursive: true, force: true });
    const purpose = `example model of the simulated world ${world}`;
    await train({ table, schema: join(datasets, 'schema.json'), ...budget, out, purpose });
    const { guarantee } = await verify({ model: out });
    console.log(`${name}: ${guarantee}`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
