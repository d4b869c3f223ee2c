import { describe, expect, it } from 'vitest';
import { type FitSize, workDone } from '../../src/synthesizers/work-done.ts';

describe('workDone', () => {
  const size = (cells: number, more: Partial<FitSize> = {}): FitSize => ({
    ...{ cells, candidates: 0, candidateCells: 0 },
    ...more,
  });
  const growing = (fits: number, step: number) => Array.from({ length: fits }, (_, fit) => size((fit + 1) * step));
  const plan = { fits: 20, rounds: 20, columns: 100, mostCells: 400_000 };

  it('is nothing at the start and never everything before the last fit', () => {
    expect(workDone([], plan)).toBe(0);
    expect(workDone(growing(20, 1000), plan)).toBeLessThan(1);
  });

  it('is the true part when models grow evenly, and never falls', () => {
    const all = growing(plan.fits, 10_000);
    const cost = (upTo: number) => all.slice(0, upTo).reduce((sum, { cells }) => sum + cells + 20_000, 0);
    const total = cost(plan.fits) + all.at(-1)!.cells + 20_000;
    let last = 0;
    for (let fit = 1; fit <= plan.fits; fit++) {
      const part = workDone(all.slice(0, fit), plan);
      expect(part).toBeCloseTo(cost(fit) / total, 12);
      expect(part).toBeGreaterThan(last);
      last = part;
    }
  });

  it('foretells a tree that fills what rounds allow once they outnumber columns, in many columns later than in few', () => {
    const few = growing(10, 200);
    const part = (columns: number, mostCells: number) => workDone(few, { ...plan, rounds: 60, columns, mostCells });
    expect(part(30, 400_000)).toBeLessThan(0.2);
    expect(part(30, 400_000)).toBeLessThan(part(50, 400_000));
    expect(part(30, 4000)).toBeGreaterThan(0.4);
  });

  it('is nearly the true part where the tree is full', () => {
    const full = { fits: 30, rounds: 90, columns: 30, mostCells: 300_000 };
    const sizes = Array.from({ length: 30 }, (_, fit) => size(((fit + 1) / 30) * 300_000));
    const cost = (upTo: number) => sizes.slice(0, upTo).reduce((sum, { cells }) => sum + cells + 20_000, 0);
    const total = cost(30) + 320_000;
    for (const fit of [20, 25, 30]) expect(workDone(sizes.slice(0, fit), full)).toBeCloseTo(cost(fit) / total, 12);
  });

  it('goes on as the training did where its tree grows more slowly than usual', () => {
    const slow = Array.from({ length: 15 }, () => size(2000));
    const usual = [...slow.slice(1), size(100_000)];
    const grown = { ...plan, rounds: 40, columns: 20 };
    expect(workDone(slow, grown)).toBeGreaterThan(workDone(usual, grown));
  });

  it('counts the candidates that every round answers, so that early rounds are more of the work', () => {
    const answered = growing(5, 10_000).map(({ cells }) => size(cells, { candidates: 500, candidateCells: 400_000 }));
    expect(workDone(answered, plan)).toBeGreaterThan(workDone(growing(5, 10_000), plan));
  });
});
