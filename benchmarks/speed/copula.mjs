// How fast is the Gaussian copula? Fits of long and of wide tables, rows per second, rows under conditions. CPU seconds of
// this process on coded tables of benchmarks/speed/marginals-data.mjs; reading of files is measured elsewhere.
// Run after `npm run build`: node benchmarks/speed/copula.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BLOCK_ROWS } from '../../dist/marginals/block-sampler.js';
import { createDomain } from '../../dist/marginals/domain.js';
import { createCodes, createCountSource } from '../../dist/marginals/memory-count-source.js';
import { calibratePlan } from '../../dist/privacy/accounting/calibrate-plan.js';
import { PrivacyRun } from '../../dist/privacy/privacy-run.js';
import { Private } from '../../dist/privacy/private.js';
import { SecureBits } from '../../dist/random/secure-bits.js';
import { createStream } from '../../dist/random/stream.js';
import { copula } from '../../dist/synthesizers/copula/copula.js';
import { describeCommit } from '../commit.mjs';
import { describeMachine } from '../machine.mjs';
import { ADULT_SIZES, drawNetwork, mixedSizes } from './marginals-data.mjs';

/** @type {{ name: string, cpuSeconds: number, [fact: string]: unknown }[]} */
const results = [];

/**
 * Times one task and keeps the figure.
 *
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} task
 * @param {(seconds: number, result: T) => object} [facts]
 */
async function time(name, task, facts = () => ({})) {
  const start = process.cpuUsage();
  const begin = performance.now();
  const result = await task();
  const { user, system } = process.cpuUsage(start);
  const cpuSeconds = (user + system) / 1e6;
  const wallSeconds = Number(((performance.now() - begin) / 1000).toFixed(3));
  const record = { name, cpuSeconds: Number(cpuSeconds.toFixed(3)), wallSeconds, ...facts(cpuSeconds, result) };
  results.push(record);
  console.log(JSON.stringify(record));
  return result;
}

/** Plans and fits coded rows at epsilon 1. */
async function fitTable(/** @type {readonly number[]} */ sizes, /** @type {number} */ rows) {
  const domain = createDomain(
    sizes.map((_, column) => `c${column}`),
    sizes,
  );
  const codes = drawNetwork(sizes, rows);
  const shape = {
    columns: domain.names,
    unitRows: 1,
    options: {},
    budget: { epsilon: 1, delta: 1e-9 },
    population: rows,
  };
  const label = `${sizes.length} columns × ${rows} rows`;
  const { plan } = await time(`${label}: plan`, () => calibratePlan(copula.planShares(shape), shape.budget));
  const parts = await time(`${label}: fit`, () =>
    copula.fit({
      ...shape,
      domain,
      // Every other column is nominal, so that orders are searched for as well.
      binEnds: sizes.map((size, column) =>
        column % 2 === 0 ? Float64Array.from({ length: size + 1 }, (_, edge) => edge) : undefined,
      ),
      orderedCells: sizes.map((size, column) => (column % 2 === 0 ? size : 0)),
      missingCodes: sizes.map(() => undefined),
      source: Private.seal(createCountSource(domain, codes)),
      mechanisms: new PrivacyRun({ plan, bits: new SecureBits() }),
      zeros: [],
      publicMarginals: [],
      plan,
    }),
  );
  return copula.open(domain, parts);
}

/** Rows per CPU second of a generator after a first block. */
async function sampleRate(
  /** @type {string} */ name,
  /** @type {import('../../dist/synthesizers/synthesizer.js').OpenModel} */ model,
  /** @type {() => import('../../dist/synthesizers/synthesizer.js').BlockGenerator} */ open,
  blocks = 16,
) {
  const out = model.domain.sizes.map((size) => createCodes(size, BLOCK_ROWS));
  const generate = await time(`${name}: first block`, () => {
    const generator = open();
    generator(BLOCK_ROWS, createStream(0), out);
    return generator;
  });
  await time(
    name,
    () => {
      for (let block = 1; block <= blocks; block++) generate(BLOCK_ROWS, createStream(0, block), out);
    },
    (seconds) => ({ rowsPerSecond: Math.round((blocks * BLOCK_ROWS) / seconds) }),
  );
}

const adult = await fitTable(ADULT_SIZES, 1_000_000);
await sampleRate('15 columns: iid', adult, () => adult.createGenerator('iid'));
await sampleRate('15 columns: systematic', adult, () => adult.createGenerator('systematic'));
const [first, second] = [0, 2].map((attribute) => ({
  attribute,
  weights: Float64Array.from({ length: adult.domain.sizes[attribute] ?? 0 }, (_, code) => (code < 3 ? 1 : 0)),
}));
await sampleRate(
  '15 columns: two conditions',
  adult,
  () => adult.createConditionalGenerator([first, second], 'iid').generateBlock,
  2,
);
const wide = await fitTable(mixedSizes(200), 20_000);
await sampleRate('200 columns: systematic', wide, () => wide.createGenerator('systematic'), 1);

const folder = fileURLToPath(new URL('../results', import.meta.url));
mkdirSync(folder, { recursive: true });
const record = {
  question: 'speed of the Gaussian copula',
  machine: describeMachine(),
  commit: describeCommit(),
  results,
};
writeFileSync(`${folder}/copula-speed.json`, `${JSON.stringify(record, null, 2)}\n`);
