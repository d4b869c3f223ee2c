import { describe, expect, it } from 'vitest';
import { ctgan } from '../../../src/synthesizers/ctgan/ctgan.ts';
import type { SynthesizerOptions } from '../../../src/synthesizers/synthesizer.ts';

const shape = (options: SynthesizerOptions) => ({
  columns: ['a', 'b', 'c'],
  unitRows: 1,
  options,
  budget: { epsilon: 1, delta: 1e-9 },
});

describe('options of ctgan', () => {
  it.each([
    [{ components: 1 }, 'option "components" is 1; allowed: a whole number from 2 to 16384'],
    [{ hidden: '12.5' }, 'option "hidden" is "12.5"'],
    [{ steps: '' }, 'option "steps" is ""'],
    [{ seed: -1 }, 'option "seed" is -1'],
    [{ backend: 'cuda' }, 'option "backend" is "cuda"; allowed: auto, native, wasm'],
    [{ learn: 'gan' }, 'option "learn" is "gan"; allowed: marginals'],
  ])('%j are refused before anything is planned', (options, message) => {
    expect(() => ctgan.planShares(shape(options as SynthesizerOptions))).toThrow(message);
  });

  it('but the number of rounds leave the events of the plan as they are', () => {
    const { rounds: _, ...others } = ctgan.quickOptions ?? {};
    expect(Object.keys(others).length).toBeGreaterThan(5);
    expect(ctgan.planShares(shape(others))).toEqual(ctgan.planShares(shape({})));
  });

  it('give as many rounds as asked for', () => {
    const labels = ctgan.planShares(shape({ rounds: '7' })).map(({ label }) => label);
    expect(labels.filter((label) => label.startsWith('select:'))).toHaveLength(7);
  });
});
