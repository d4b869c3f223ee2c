import { describe, expect, it } from 'vitest';
import { createDomain, type Domain } from '../../../src/marginals/domain.ts';
import { createCodes, createCountSource } from '../../../src/marginals/memory-count-source.ts';
import { calibratePlan } from '../../../src/privacy/accounting/calibrate-plan.ts';
import { PrivacyRun } from '../../../src/privacy/privacy-run.ts';
import { Private } from '../../../src/privacy/private.ts';
import { createStream } from '../../../src/random/stream.ts';
import { ctgan } from '../../../src/synthesizers/ctgan/ctgan.ts';
import type { FitInput, ModelParts, SynthesizerOptions } from '../../../src/synthesizers/synthesizer.ts';
import { FALSE_ALARM_RATE, gTest } from '../../support/goodness-of-fit.ts';
import { backendCases } from '../../support/neural-backend.ts';
import { StreamBits } from '../../support/stream-bits.ts';

const BACKENDS = await backendCases();
const DOMAIN: Domain = createDomain(['a', 'b', 'c', 'd'], [3, 4, 5, 2]);
const ROWS = 4000;
const SMALL: SynthesizerOptions = {
  ...{ components: 64, latent: 16, hidden: 32, blocks: 1, steps: 20, finalSteps: 200, rounds: 5, backend: 'wasm' },
};

/** Rows in which b follows a, c follows b, and d stands alone. */
function chainCodes(): Uint8Array[] {
  const stream = createStream(4, 'chain');
  const codes = DOMAIN.sizes.map((size) => createCodes(size, ROWS) as Uint8Array);
  for (let row = 0; row < ROWS; row++) {
    const a = stream.below(3);
    const b = stream.below(4) === 0 ? stream.below(4) : a + 1;
    const c = stream.below(3) === 0 ? stream.below(5) : b;
    [a, b, c, stream.below(2)].forEach((code, attribute) => {
      codes[attribute]![row] = code;
    });
  }
  return codes;
}

interface Run extends Partial<Omit<FitInput, 'options'>> {
  readonly epsilon?: number;
  readonly more?: SynthesizerOptions;
}

async function fitChain({ epsilon = 100, more = {}, ...input }: Run = {}): Promise<ModelParts> {
  const options = { ...SMALL, ...more };
  const shape = { columns: DOMAIN.names, unitRows: 1, options, budget: { epsilon, delta: 1e-6 } };
  const { plan } = calibratePlan(ctgan.planShares(shape), shape.budget);
  return ctgan.fit({
    ...shape,
    domain: DOMAIN,
    orderedCells: [0, 0, 0, 0],
    missingCodes: [undefined, undefined, undefined, undefined],
    binEnds: DOMAIN.sizes.map(() => undefined),
    source: Private.seal(createCountSource(DOMAIN, chainCodes())),
    mechanisms: new PrivacyRun({ plan, bits: new StreamBits('ctgan') }),
    zeros: [],
    publicMarginals: [],
    plan,
    ...input,
  });
}

const bytesOf = (parts: ModelParts) => JSON.stringify([...parts.arrays].map(([name, values]) => [name, [...values]]));

const fitted = fitChain();

function draw(parts: ModelParts, rows: number): Uint8Array[] {
  const codes = DOMAIN.sizes.map((size) => createCodes(size, rows) as Uint8Array);
  ctgan.open(DOMAIN, parts).createGenerator('systematic')(rows, createStream(9), codes);
  return codes;
}

const ALL_PAIRS = [0, 1, 2, 3].flatMap((first) => [first + 1, first + 2, first + 3].map((second) => [first, second]));
const PAIRS = ALL_PAIRS.filter(([, second]) => second! < 4);

describe('ctgan on marginals', () => {
  it('learns every pair of a table when there is next to no noise', async () => {
    const drawn = createCountSource(DOMAIN, draw(await fitted, ROWS));
    const truth = createCountSource(DOMAIN, chainCodes());
    const [found, exact] = [await drawn.count(PAIRS), await truth.count(PAIRS)];
    PAIRS.forEach((pair, index) => {
      const distance = found[index]!.reduce((sum, count, cell) => sum + Math.abs(count - exact[index]![cell]!), 0);
      expect(distance / (2 * ROWS), `pair ${pair}`).toBeLessThan(0.04);
    });
  });

  it('states its error after every fit, which falls, and what it measured', async () => {
    const model = ctgan.open(DOMAIN, await fitted);
    const description = model.describe() as { errors: number[]; measured: string[][]; network: object };
    expect(description.errors).toHaveLength(7);
    expect(description.errors.at(-1)!).toBeLessThan(0.2 * Math.max(...description.errors));
    expect(
      description.measured
        .slice(0, 2)
        .map((pair) => pair.join('-'))
        .sort(),
    ).toEqual(['a-b', 'b-c']);
    expect(description.network).toEqual({ latent: 16, hidden: 32, blocks: 1, weights: 2126 });
  });

  it('says how often each code occurs, as its rows have it', async () => {
    const parts = await fitted;
    const shares = ctgan.open(DOMAIN, parts).shares!();
    const drawn = draw(parts, 65_536);
    expect(shares.map(({ length }) => length)).toEqual(DOMAIN.sizes);
    shares.forEach((column, attribute) => {
      column.forEach((share, code) => {
        const found = drawn[attribute]!.filter((drawnCode) => drawnCode === code).length / 65_536;
        expect(Math.abs(found - share)).toBeLessThan(0.005);
      });
    });
  });

  for (const { backend, isMissing, label } of BACKENDS) {
    it.skipIf(isMissing)(
      `gives the same bytes for the same seed and answers, and others for another seed: ${label}`,
      async () => {
        const more = { steps: 2, finalSteps: 3, backend };
        const first = bytesOf(await fitChain({ more }));
        expect(bytesOf(await fitChain({ more }))).toBe(first);
        expect(bytesOf(await fitChain({ more: { ...more, seed: 1 } }))).not.toBe(first);
      },
    );
  }

  it('draws rows under conditions as the mixture has them, by comparison with rejection', async () => {
    const model = ctgan.open(DOMAIN, await fitted);
    const rows = 60_000;
    const weights = [Float64Array.from([0, 1, 0.5]), Float64Array.from([0, 1, 0, 1, 1])];
    const conditions = [
      { attribute: 0, weights: weights[0]! },
      { attribute: 2, weights: weights[1]! },
    ];
    const { generateBlock, probability, statement } = model.createConditionalGenerator!(conditions, 'iid');
    const codes = DOMAIN.sizes.map((size) => createCodes(size, rows));
    generateBlock(rows, createStream(3), codes);
    const free = draw(await fitted, 65_536);
    const kept = new Float64Array(120);
    for (let row = 0; row < 65_536; row++) {
      const weight = weights[0]![free[0]![row]!]! * weights[1]![free[2]![row]!]!;
      const [a, b, c, d] = free.map((column) => column[row]!) as [number, number, number, number];
      kept[((a * 4 + b) * 5 + c) * 2 + d]! += weight;
    }
    const mass = kept.reduce((sum, value) => sum + value, 0);
    expect(probability!).toBeCloseTo(mass / 65_536, 2);
    expect(statement).toContain('Bayes');
    const [counts] = await createCountSource(DOMAIN, codes).count([[0, 1, 2, 3]]);
    const distance = counts!.reduce((sum, count, cell) => sum + Math.abs(count / rows - kept[cell]! / mass), 0) / 2;
    expect(distance).toBeLessThan(0.03);
    // Exact in what can be told exactly: weights of single cells.
    const [single] = await createCountSource(DOMAIN, codes).count([[0]]);
    expect(single![0]).toBe(0);
  });

  it('follows its own stored marginals in every pair (G-test, 1e-6)', async () => {
    const parts = await fitted;
    const rows = 65_536;
    const codes = DOMAIN.sizes.map((size) => createCodes(size, rows));
    ctgan.open(DOMAIN, parts).createGenerator('iid')(rows, createStream(12), codes);
    const other = DOMAIN.sizes.map((size) => createCodes(size, rows));
    // Many systematic blocks are as good as exact.
    const sums = PAIRS.map(([first, second]) => new Float64Array(DOMAIN.sizes[first!]! * DOMAIN.sizes[second!]!));
    const generate = ctgan.open(DOMAIN, parts).createGenerator('systematic');
    for (let block = 0; block < 20; block++) {
      generate(rows, createStream(13, block), other);
      (await createCountSource(DOMAIN, other).count(PAIRS)).forEach((counts, index) => {
        counts.forEach((count, cell) => {
          sums[index]![cell]! += count / (20 * rows);
        });
      });
    }
    (await createCountSource(DOMAIN, codes).count(PAIRS)).forEach((observed, index) => {
      expect(gTest([...observed], [...sums[index]!], rows)).toBeGreaterThan(FALSE_ALARM_RATE);
    });
  });

  it('never breaks a rule of impossible combinations, whatever the table says', async () => {
    const values = new Float64Array(12);
    // a = 0 with b = 1: a quarter of all rows of the table.
    values[1] = Number.NEGATIVE_INFINITY;
    const parts = await fitChain({ zeros: [{ clique: [0, 1], values }], more: { steps: 5, finalSteps: 20 } });
    const codes = draw(parts, 20_000);
    expect(codes[0]!.some((a, row) => a === 0 && codes[1]![row] === 1)).toBe(false);
  });

  it('stops between steps when it is cancelled', async () => {
    const controller = new AbortController();
    const steps: number[] = [];
    const onProgress = (done: number) => {
      steps.push(done);
      if (done === 2) setTimeout(() => controller.abort(), 0);
    };
    const run = fitChain({ signal: controller.signal, onProgress, more: { steps: 60 } });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(steps).toEqual([1, 2]);
  });

  it('learns a single column', async () => {
    const domain = createDomain(['only'], [3]);
    const codes = Uint8Array.from({ length: 300 }, (_, row) => (row % 10 === 0 ? 2 : row % 2));
    const shape = { columns: ['only'], unitRows: 1, options: SMALL, budget: { epsilon: 50, delta: 1e-6 } };
    const { plan } = calibratePlan(ctgan.planShares(shape), shape.budget);
    const source = Private.seal(createCountSource(domain, [codes]));
    const parts = await fitChain({
      ...shape,
      domain,
      source,
      plan,
      mechanisms: new PrivacyRun({ plan, bits: new StreamBits(1) }),
    });
    const out = [createCodes(3, 1000)];
    ctgan.open(domain, parts).createGenerator('systematic')(1000, createStream(1), out);
    expect(out[0]!.filter((code) => code === 2).length / 1000).toBeCloseTo(0.1, 1);
  });
});
