// @ts-check
// Fits the models of this folder again, every synthesizer on every simulated world in datasets/, verifies them, and writes the
// table in README.md and the output that the project's README shows. Run after a build: node models/build.mjs [lending-mst …]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { train, verify } from '../dist/index.js';
import { SYNTHESIZERS } from '../dist/synthesizers/registry.js';
import { simulateCsv, WORLDS } from '../dist/tasks/simulated-table.js';

/** What every model may cost, and how many rows it learns from. */
const BUDGET = { epsilon: 1, delta: 1e-6 };
const ROWS = 30_000;
const SEED = 1;

/** Settings that keep a model small enough to ship; the others are small as they are. */
const OPTIONS = /** @type {Readonly<Record<string, Readonly<Record<string, number>>>>} */ ({
  aim: { maxCells: 20_000 },
  ctgan: { components: 256 },
});

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const NAMES = WORLDS.flatMap((world) => SYNTHESIZERS.map(({ name }) => `${world}-${name}`));

/** @param {string} name @param {string} work */
async function buildModel(name, work) {
  const world = WORLDS.find((known) => name.startsWith(`${known}-`));
  if (world === undefined || !NAMES.includes(name)) throw new Error(`${name} is unknown; models are ${NAMES.join(', ')}`);
  const table = join(work, `${name}.csv`);
  writeFileSync(table, await simulateCsv(world, { rows: ROWS, seed: SEED }));
  const model = name.slice(world.length + 1);
  const out = join(FOLDER, name);
  rmSync(out, { recursive: true, force: true });
  const schema = join(FOLDER, '../datasets', world, 'schema.json');
  const purpose = `example model of the simulated world ${world}`;
  // The rows are simulated: each model has a ledger of its own, although all models of a world learn from the same ones.
  const ledger = join(work, `${name}.ledger.jsonl`);
  await train({ table, schema, model, modelOptions: OPTIONS[model] ?? {}, ...BUDGET, out, purpose, ledger });
  const { guarantee } = await verify({ model: out });
  const bytes = readdirSync(out).reduce((sum, file) => sum + statSync(join(out, file)).size, 0);
  process.stdout.write(`${name}: ${Math.round(bytes / 1024)} KiB. ${guarantee}\n`);
}

/** Rows of the table in README.md, one per model that is there. */
export function listModels() {
  const unit = /** @type {Readonly<Record<string, string>>} */ ({ hospital: 'patient with five visits at most' });
  const what = /** @type {Readonly<Record<string, string>>} */ ({
    lending: 'invented loan applications',
    hiring: 'invented job applications',
    hospital: 'invented hospital visits',
  });
  return NAMES.filter((name) => readdirSync(FOLDER).includes(name)).map((name) => {
    const world = WORLDS.find((known) => name.startsWith(`${known}-`)) ?? '';
    const table = `${ROWS.toLocaleString('en-US')} ${what[world]} ([${world}](../datasets/${world}/README.md))`;
    return `| \`${name}\` | ${table} | ${name.slice(world.length + 1)} | ε = 1, δ = 10⁻⁶ per ${unit[world] ?? 'row'} |`;
  });
}

/** Puts the list into README.md in the place of the one before. */
function writeList() {
  const path = join(FOLDER, 'README.md');
  const lines = readFileSync(path, 'utf8').split('\n');
  const kept = lines.filter((line) => !line.startsWith('| `'));
  const head = kept.findIndex((line) => line.startsWith('|---'));
  kept.splice(head + 1, 0, ...listModels());
  writeFileSync(path, kept.join('\n'));
}

/** Runs the example of the project's README, which samples from a model of this folder, and puts its output there. */
function writeExample() {
  const path = join(FOLDER, '../README.md');
  const text = readFileSync(path, 'utf8');
  const code = /```js\n(.*?)```/s.exec(text)?.[1]?.replace("'tabveil'", "'./dist/index.js'") ?? '';
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: join(FOLDER, '..'),
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`the example of README.md fails: ${run.stderr}`);
  writeFileSync(path, text.replace(/```text\n.*?```/s, () => `\`\`\`text\n${run.stdout}\`\`\``));
}

const names = process.argv.length > 2 ? process.argv.slice(2) : NAMES;
const work = mkdtempSync(join(tmpdir(), 'tabveil-models-'));
try {
  for (const name of names) await buildModel(name, work);
  writeList();
  writeExample();
} finally {
  rmSync(work, { recursive: true, force: true });
}
