import { describe, expect, it } from 'vitest';
import { chooseSynthesizer } from '../../src/synthesizers/choose.ts';

const shape = (columns: number, epsilon: number, population?: number) => ({
  columns: Array.from({ length: columns }, (_, index) => `c${index}`),
  unitRows: 1,
  options: {},
  budget: { epsilon, delta: 1e-6 },
  ...(population === undefined ? {} : { population }),
});

describe('chooseSynthesizer', () => {
  it.each([
    ['an ordinary table', shape(15, 1, 30_000), 'aim'],
    ['a single column', shape(1, 1, 30_000), 'independent'],
    ['a signal below the noise', shape(20, 0.01, 800), 'independent'],
    ['hundreds of columns', shape(400, 1, 100_000), 'mst'],
  ])('takes the fitting model for %s and says why', (_, asked, expected) => {
    const { synthesizer, reason } = chooseSynthesizer(asked);
    expect(synthesizer.name).toBe(expected);
    expect(reason.startsWith(`${expected}: `)).toBe(true);
  });

  it('says when it had to assume the population', () => {
    expect(chooseSynthesizer(shape(15, 1)).reason).toContain('declare privacy.population');
  });
});
