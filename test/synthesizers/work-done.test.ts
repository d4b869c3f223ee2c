import { describe, expect, it } from 'vitest';
import { workDone } from '../../src/synthesizers/work-done.ts';

describe('workDone', () => {
  const growing = (fits: number, step: number) => Array.from({ length: fits }, (_, fit) => (fit + 1) * step);

  it('is nothing at the start and never everything before the last fit', () => {
    expect(workDone([], { fits: 10, columns: 15 })).toBe(0);
    expect(workDone(growing(10, 1000), { fits: 10, columns: 15 })).toBeLessThan(1);
  });

  it('is the true part when models grow evenly, and never falls', () => {
    const fits = 20;
    const all = growing(fits, 10_000);
    const cost = (upTo: number) => all.slice(0, upTo).reduce((sum, cells) => sum + cells + 20_000, 0);
    const total = cost(fits) + 8 * (all[fits - 1]! + 20_000);
    let last = 0;
    for (let fit = 1; fit <= fits; fit++) {
      const part = workDone(all.slice(0, fit), { fits, columns: 15 });
      expect(part).toBeCloseTo(cost(fit) / total, 12);
      expect(part).toBeGreaterThan(last);
      last = part;
    }
  });

  it('counts early rounds for less than late ones: a third of the rounds is far less than a third of the work', () => {
    expect(workDone(growing(10, 40_000), { fits: 30, columns: 15 })).toBeLessThan(0.2);
  });

  it('expects less of the last fit where rounds are long, in wide tables', () => {
    const cells = growing(9, 40_000);
    expect(workDone(cells, { fits: 10, columns: 100 })).toBeGreaterThan(workDone(cells, { fits: 10, columns: 20 }));
  });
});
