import { describe, expect, it } from 'vitest';
import { createCountSource } from '../../../src/marginals/memory-count-source.ts';
import { loadNeuralBackend } from '../../../src/neural/backend.ts';
import { deceptionLoss } from '../../../src/neural/deceive.ts';
import { initialDiscriminator, loadDiscriminator } from '../../../src/neural/discriminator.ts';
import { hardenHeads } from '../../../src/neural/straight-through.ts';
import type { Matrix } from '../../../src/neural/tensors.ts';
import { calibratePlan } from '../../../src/privacy/accounting/calibrate-plan.ts';
import type { Mechanisms, Released } from '../../../src/privacy/mechanisms.ts';
import { PrivacyRun } from '../../../src/privacy/privacy-run.ts';
import { openPrivate, Private } from '../../../src/privacy/private.ts';
import { type RecordedRelease, ReplayedReleases, recordReleases } from '../../../src/privacy/recorded-releases.ts';
import { createStream } from '../../../src/random/stream.ts';
import { askComponents, conditionColumn, layOut } from '../../../src/synthesizers/ctgan/conditions.ts';
import { ctgan } from '../../../src/synthesizers/ctgan/ctgan.ts';
import { drawFakes } from '../../../src/synthesizers/ctgan/fakes.ts';
import { unitPerEntity } from '../../../src/synthesizers/ctgan/private-units.ts';
import type { KeptState, Synthesizer, TrainingMemory } from '../../../src/synthesizers/synthesizer.ts';
import type { TableSchema } from '../../../src/table/schema.ts';
import { FALSE_ALARM_RATE, gTest } from '../../support/goodness-of-fit.ts';
import { backendCases } from '../../support/neural-backend.ts';
import { replayNeighbours } from '../../support/record-replay.ts';
import { StreamBits } from '../../support/stream-bits.ts';
import { neighbourPairs } from '../../support/table-neighbours.ts';
import {
  fitJob,
  planTraining,
  TRAINING_BUDGET,
  trainingOf,
  UNIT_SCHEMAS,
  unitTable,
} from '../../support/table-training.ts';
import { smallAdversarial, withOptions } from '../../support/with-options.ts';

const BACKENDS = await backendCases();
const SCHEMA = UNIT_SCHEMAS.row;
const LAYOUT = layOut([3, 2, 4], 1);
/** Every kind of neighbour once; the contract of the registry has them on empty tables too. */
const pairs = () =>
  neighbourPairs(SCHEMA, unitTable(SCHEMA, 12), createStream(5)).filter(({ name }) => !name.startsWith('no rows'));
const kindsOf = async (synthesizer: Synthesizer, wrap: (mechanisms: Mechanisms) => Mechanisms) => {
  const honest = trainingOf(synthesizer, SCHEMA);
  const subject = {
    ...honest,
    run: (data: Parameters<typeof honest.run>[0], m: Mechanisms) => honest.run(data, wrap(m)),
  };
  return new Set((await replayNeighbours(subject, pairs().slice(0, 3))).map(({ kind }) => kind));
};
/** Neighbours that differ by an entity of several rows. */
const fullUnits = (schema: TableSchema) =>
  neighbourPairs(schema, unitTable(schema, 12), createStream(6)).filter(({ name }) => /unit|remove/.test(name));
/** A training whose bound is that of an entity, but which draws its rows one by one. */
const rowByRow = (synthesizer: Synthesizer): Synthesizer => ({
  ...synthesizer,
  fit: ({ entities: _, ...input }) => synthesizer.fit(input),
});
/** A training that takes a cap of one row for granted and forgets which rows belong together. */
const withoutEntities = (synthesizer: Synthesizer): Synthesizer => ({
  ...synthesizer,
  fit: ({ entities: _, ...input }) => synthesizer.fit({ ...input, unitRows: 1 }),
});
const present = (mechanisms: Mechanisms, changed: Partial<Mechanisms>): Mechanisms => ({
  discreteGaussian: (counts, request) => mechanisms.discreteGaussian(counts, request),
  discreteLaplace: (counts, request) => mechanisms.discreteLaplace(counts, request),
  exponential: (scores, request) => mechanisms.exponential(scores, request),
  exponentialByPart: (scores, request) => mechanisms.exponentialByPart(scores, request),
  stabilityHistogram: (counts, request) => mechanisms.stabilityHistogram(counts, request),
  subsampledGaussian: (rows, request) => mechanisms.subsampledGaussian(rows, request),
  ...changed,
});

describe('ctgan, adversarial', () => {
  it('asks neighbours for the same mechanisms, within the clipping norm, and writes the same bytes', async () => {
    expect(await replayNeighbours(trainingOf(smallAdversarial, SCHEMA), pairs())).toEqual([]);
  });

  it('record and replay notices gradients that are not clipped', async () => {
    const kinds = await kindsOf(smallAdversarial, (mechanisms) =>
      present(mechanisms, {
        // Twice a gradient at the bound is what forgetting to clip lets through.
        subsampledGaussian: (rows, request) => {
          const longer = rows.map((opened) => ({
            ...opened,
            sum: async (drawn: Int32Array) => (await opened.sum(drawn)).map((value) => 2 * value),
          }));
          return mechanisms.subsampledGaussian(longer, request);
        },
      }),
    );
    expect(kinds).toContain('sensitivity');
  });

  it('record and replay notices exact frequencies', async () => {
    const kinds = await kindsOf(smallAdversarial, (mechanisms) =>
      present(mechanisms, {
        discreteGaussian: async (counts, request) =>
          request.label.startsWith('measure:')
            ? { value: await openPrivate(counts), entry: 0 }
            : mechanisms.discreteGaussian(counts, request),
      }),
    );
    expect(kinds).toContain('result');
  });

  it('calibrates all of its events together', () => {
    const { plan, epsilon } = planTraining(smallAdversarial, SCHEMA);
    const adversary = plan.find(({ label }) => label === 'adversary')?.event;
    expect(adversary).toMatchObject({ kind: 'subsampled-gaussian', samplingRate: 0.5, steps: 4 });
    expect(epsilon).toBeLessThanOrEqual(TRAINING_BUDGET.epsilon);
    expect(epsilon).toBeGreaterThan(0.95 * TRAINING_BUDGET.epsilon);
  });

  it('entities of several rows: the same mechanisms for neighbours, and their gradients together within the bound', async () => {
    const schema = UNIT_SCHEMAS.entity;
    const neighbours = fullUnits(schema);
    expect(await replayNeighbours(trainingOf(smallAdversarial, schema), neighbours)).toEqual([]);
  });

  it('record and replay notices entities whose rows are drawn as if each were a unit', async () => {
    const schema = UNIT_SCHEMAS.entity;
    const neighbours = fullUnits(schema).slice(0, 3);
    const kindsOf = async (synthesizer: Synthesizer) =>
      new Set((await replayNeighbours(trainingOf(synthesizer, schema), neighbours)).map(({ kind }) => kind));
    expect(await kindsOf(withoutEntities(smallAdversarial))).toContain('sensitivity');
    // Bounded all the same, but an entity is met more often than the rate says.
    expect(await kindsOf(rowByRow(smallAdversarial))).toEqual(new Set(['units']));
  });

  it('draws entities, each with all of its rows and no more than its cap', () => {
    const codes = [Uint8Array.of(0, 1, 2, 3, 4, 5, 6)];
    const { units, rowsOf } = unitPerEntity(codes, Int32Array.of(1, 0, 1, -1, 1, 2, 0), 2);
    expect(units).toBe(3);
    expect([...rowsOf(Int32Array.of(0, 1, 2))]).toEqual([1, 6, 0, 2, 5]);
    expect([...rowsOf(Int32Array.of(1))]).toEqual([0, 2]);
  });

  for (const { backend, isMissing, label } of BACKENDS) {
    it.skipIf(isMissing)(
      `the same seed and noise give the same model; another seed another one: ${label}`,
      async () => {
        const fitWith = (seed: number) => {
          const synthesizer = withOptions(smallAdversarial, { seed, backend });
          const { plan } = planTraining(synthesizer, SCHEMA);
          const mechanisms = new PrivacyRun({ plan, bits: new StreamBits('same') });
          return fitJob({ synthesizer, schema: SCHEMA, plan, data: Private.seal(unitTable(SCHEMA, 30)), mechanisms });
        };
        const [first, second, other] = [await fitWith(1), await fitWith(1), await fitWith(2)];
        expect(second.parts).toEqual(first.parts);
        expect(other.parts.arrays.get('generator')).not.toEqual(first.parts.arrays.get('generator'));
      },
    );
  }

  describe('taken up again', () => {
    const { plan } = planTraining(smallAdversarial, SCHEMA);
    const data = Private.seal(unitTable(SCHEMA, 30));
    const trainOn = (mechanisms: Mechanisms, memory: TrainingMemory) =>
      fitJob({ synthesizer: smallAdversarial, schema: SCHEMA, plan, data, mechanisms, memory });
    const train = async () => {
      const run = new PrivacyRun({ plan, bits: new StreamBits('again') });
      const steps: Released<Float64Array>[] = [];
      const releases: RecordedRelease[] = [];
      const noted = present(run, {
        subsampledGaussian: async (rows, request) => {
          steps.push(await run.subsampledGaussian(rows, request));
          return steps.at(-1)!;
        },
      });
      const kept: KeptState[] = [];
      const keep = async (state: KeptState) => void kept.push(state);
      const recorded = recordReleases(noted, async (release) => void releases.push(release));
      const { parts } = await trainOn(recorded, { begunSteps: () => 0, keep });
      return { parts, steps, releases, kept };
    };
    const goOn = async (from: number, begun: number) => {
      const { steps, releases, kept, parts } = await train();
      const left = steps.slice(from);
      const mechanisms = present(new ReplayedReleases(releases), { subsampledGaussian: async () => left.shift()! });
      const state = kept.find((candidate) => candidate.steps === from);
      const again = await trainOn(mechanisms, {
        ...(state === undefined ? {} : { kept: state }),
        begunSteps: () => begun,
        keep: async () => {},
      });
      return { parts, again: again.parts, unused: left.length };
    };

    it.each([0, 1, 3, 4])('after %i of 4 steps it ends with the bytes it would have had', async (from) => {
      const { parts, again, unused } = await goOn(from, from);
      expect(again).toEqual(parts);
      expect(unused).toBe(0);
    });

    it('steps that had begun and were lost are not taken again', async () => {
      expect(await goOn(2, 3)).toMatchObject({ unused: 1 });
      expect(await goOn(0, 4)).toMatchObject({ unused: 4 });
    });

    it('a state of another network is refused', async () => {
      const { releases, kept } = await train();
      const [name, values] = [...kept[0]!.arrays].find(([, array]) => array.length > 1)!;
      const wrong = (array: Float64Array) => ({ steps: 1, arrays: new Map([...kept[0]!.arrays, [name, array]]) });
      const memory = { begunSteps: () => 1, keep: async () => {} };
      for (const damaged of [values.subarray(1), values.map(() => Number.NaN)]) {
        const again = trainOn(new ReplayedReleases(releases), { ...memory, kept: wrong(damaged) });
        await expect(again).rejects.toMatchObject({ code: 'checkpoint.corrupt' });
      }
    });
  });

  it('learns how two columns go together when epsilon allows', async () => {
    const options = {
      learn: 'adversarial',
      backend: 'wasm',
      adversarySteps: 300,
      fakes: 256,
      oneRowIn: 12,
      components: 64,
      hidden: 128,
    };
    const synthesizer = withOptions(ctgan, options);
    const budget = { epsilon: 20, delta: 1e-6 };
    const shape = { columns: ['a', 'b'], unitRows: 1, options: {}, budget };
    const { plan } = calibratePlan(synthesizer.planShares(shape), budget);
    const left = Uint8Array.from({ length: 3000 }, (_, row) => row % 2);
    const right = left.map((code, row) => (row % 10 === 0 ? 1 - code : code));
    const domain = { names: ['a', 'b'], sizes: [2, 2] };
    const parts = await synthesizer.fit({
      ...shape,
      domain,
      plan,
      source: Private.seal(createCountSource(domain, [left, right])),
      rows: Private.seal([left, right]),
      orderedCells: [0, 0],
      missingCodes: [undefined, undefined],
      binEnds: [undefined, undefined],
      mechanisms: new PrivacyRun({ plan, bits: new StreamBits('learns') }),
      zeros: [],
      publicMarginals: [],
    });
    const out = [new Uint8Array(1024), new Uint8Array(1024)] as const;
    synthesizer.open(domain, parts).createGenerator('iid')(1024, createStream(3), out);
    const equal = out[0].reduce((sum, code, row) => sum + (code === out[1][row] ? 1 : 0), 0) / 1024;
    // Independent columns would agree in half of the rows, the private ones do in nine tenths.
    expect(equal).toBeGreaterThan(0.7);
  }, 120_000);
});

describe('conditions', () => {
  it('the column of a row is a function of its codes and the step, with the announced shares', () => {
    const rows = 30_000;
    const stream = createStream('rows');
    const codes = LAYOUT.sizes.map((size) => Uint8Array.from({ length: rows }, () => stream.below(size)));
    const reversed = codes.map((column) => column.toReversed());
    for (const seed of [1, 2]) {
      for (const row of [0, 17, 999]) {
        expect(conditionColumn(LAYOUT, reversed, rows - 1 - row, seed)).toBe(conditionColumn(LAYOUT, codes, row, seed));
      }
    }
    const counts = [0, 0, 0];
    for (let step = 0; step < rows; step++)
      counts[conditionColumn(LAYOUT, codes, 5, createStream(step).nextUint32())]!++;
    expect(LAYOUT.columnShares).toEqual([0.25, 0.5, 0.25]);
    expect(gTest(counts, LAYOUT.columnShares, rows)).toBeGreaterThan(FALSE_ALARM_RATE);
  });

  it('components are asked for cells in proportion to released shares', () => {
    const released = [Float64Array.of(1, 1, 2), Float64Array.of(3, 1), Float64Array.of(1, 1, 1, 1)];
    const asked = askComponents(LAYOUT, released, { components: 800, stream: createStream(1) });
    const counts = new Array<number>(LAYOUT.width).fill(0);
    for (const cell of asked) counts[cell]!++;
    const expected = [50, 50, 100, 300, 100, 50, 50, 50, 50];
    for (const [cell, count] of expected.entries()) expect(Math.abs(counts[cell]! - count)).toBeLessThanOrEqual(1);
  });

  it('without a target all columns are asked for alike', () => {
    expect(layOut([2, 2, 2, 2], undefined).columnShares).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(layOut([5], 0).columnShares).toEqual([1]);
  });
});

describe('drawFakes', () => {
  it('draws every head of a random component exactly, with its condition', () => {
    const shares = Float32Array.of(0.2, 0.3, 0.5, 0.9, 0.1, 0.25, 0.25, 0.25, 0.25);
    const fakes = drawFakes(LAYOUT, { shares, asked: Int32Array.of(4) }, { count: 20_000, stream: createStream(2) });
    const counts = new Float64Array(LAYOUT.width);
    for (let row = 0; row < fakes.count; row++) {
      const out = new Float32Array(2 * LAYOUT.width);
      fakes.write(row, out);
      expect(out.reduce((sum, value) => sum + value, 0)).toBe(4);
      expect(out[LAYOUT.width + 4]).toBe(1);
      for (let cell = 0; cell < LAYOUT.width; cell++) counts[cell]! += out[cell]!;
    }
    for (const [column, size] of LAYOUT.sizes.entries()) {
      const start = LAYOUT.starts[column]!;
      const observed = [...counts.subarray(start, start + size)];
      expect(gTest(observed, [...shares.subarray(start, start + size)], fakes.count)).toBeGreaterThan(FALSE_ALARM_RATE);
    }
  });
});

describe('deceiving', () => {
  it('the gradient with respect to rows agrees with finite differences, and conditions get none', async () => {
    const { ops } = await loadNeuralBackend({ prefer: 'wasm' });
    await ops.setBackend('wasm');
    const shape = { inputSize: 8, hiddenSizes: [6, 5], layerNorm: true };
    const network = loadDiscriminator(ops, shape, initialDiscriminator(shape, createStream('deceive'), 4));
    const rows = Float32Array.from({ length: 12 }, (_, index) => Math.sin(index));
    const conditions = ops.tensor2d(
      Float32Array.from({ length: 12 }, (_, index) => Math.cos(index)),
      [3, 4],
    );
    const lossAt = (values: Float32Array) =>
      ops.tidy(
        () => deceptionLoss(ops, network, ops.tensor2d(values, [3, 4]), conditions).dataSync()[0]!,
      ) as unknown as number;
    const found = ops
      .grad((x) => deceptionLoss(ops, network, x as Matrix, conditions))(ops.tensor2d(rows, [3, 4]))
      .dataSync();
    for (const index of rows.keys()) {
      const moved = (shift: number) => lossAt(rows.map((value, at) => (at === index ? value + shift : value)));
      expect(Math.abs((moved(2 ** -6) - moved(-(2 ** -6))) * 2 ** 5 - found[index]!)).toBeLessThan(1e-2);
    }
  });

  it('hard heads are one-hot at the largest entry and let gradients through', async () => {
    const { ops } = await loadNeuralBackend({ prefer: 'wasm' });
    await ops.setBackend('wasm');
    const soft = ops.tensor2d([0.2, 0.5, 0.3, 0.6, 0.4, 0.1, 0.1, 0.8, 0.3, 0.7], [2, 5]);
    expect([...hardenHeads(ops, soft, [3, 2]).dataSync()]).toEqual([0, 1, 0, 1, 0, 0, 0, 1, 0, 1]);
    const weights = ops.tensor2d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [2, 5]);
    const gradient = ops.grad((x) => ops.sum(ops.mul(hardenHeads(ops, x as Matrix, [3, 2]), weights)))(soft);
    expect([...gradient.dataSync()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});
