import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** Layer of each folder or top-level file of src/ (docs/design.md); a file imports from its own folder or a lower layer. */
const LAYERS: Readonly<Record<string, number>> = {
  'errors.ts': 0,
  'version.ts': 0,
  'canonical-json.ts': 1,
  math: 1,
  random: 1,
  table: 2,
  privacy: 2,
  marginals: 3,
  neural: 3,
  encode: 4,
  synthesizers: 5,
  sampling: 6,
  evaluation: 6,
  report: 7,
  tasks: 8,
  cli: 9,
  'index.ts': 9,
};

/** Files that may open `Private<T>`. */
const MAY_OPEN_THE_DOOR = new Set(['privacy/private.ts', 'privacy/privacy-run.ts']);

/** The files that may draw from a generator whose outputs can be foretold: they repeat the split behind published scores. */
const TREES = 'evaluation/usefulness/boosting';
const MAY_DRAW_FORETOLD = new Set(
  ['bin-thresholds.ts', 'column-model.ts', 'tree-matrix.ts', 'validation-split.ts'].map((file) => join(TREES, file)),
);

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const folderOf = (file: string) => file.split(sep)[0] ?? '';
const importsOf = (file: string) =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
    relative(SRC, resolve(SRC, dirname(file), match[1] ?? '')),
  );

describe('architecture', () => {
  it('every folder of src has a layer', () => {
    expect(files.map(folderOf).filter((folder) => !(folder in LAYERS))).toEqual([]);
  });

  it('a file imports only from its own folder or a lower layer', () => {
    const violations = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => folderOf(target) !== folderOf(file))
        .filter((target) => (LAYERS[folderOf(target)] ?? 99) >= (LAYERS[folderOf(file)] ?? -1))
        .map((target) => `${file} -> ${target}`),
    );
    expect(violations).toEqual([]);
  });

  it('sub-folders import one another in one direction only', () => {
    const subfolderOf = (file: string) => (file.split(sep).length > 2 ? dirname(file) : undefined);
    const edges = new Map<string, Set<string>>();
    for (const file of files) {
      const from = subfolderOf(file);
      if (from === undefined) continue;
      const targets = importsOf(file).map(subfolderOf);
      for (const to of targets)
        if (to !== undefined && to !== from) edges.set(from, (edges.get(from) ?? new Set()).add(to));
    }
    expect(edges.size).toBeGreaterThan(5);
    expect(findCycles(edges.keys(), (folder) => edges.get(folder) ?? [])).toEqual([]);
  });

  it('only mechanisms open the door of Private<T>', () => {
    const openers = files.filter((file) => /\bopenPrivate\b/.test(readFileSync(join(SRC, file), 'utf8')));
    expect(openers.filter((file) => !MAY_OPEN_THE_DOOR.has(file))).toEqual([]);
  });

  it('nothing draws from Math.random, and only the command line prints', () => {
    const offenders = files.filter((file) => {
      const text = readFileSync(join(SRC, file), 'utf8');
      return /Math\.random/.test(text) || (folderOf(file) !== 'cli' && /\bconsole\.|process\.std(out|err)/.test(text));
    });
    expect(offenders).toEqual([]);
  });

  it('a generator that can be foretold reaches nothing but the rows of boosted trees', () => {
    const twister = join(TREES, 'mersenne-twister.ts');
    const users = files.filter((file) => importsOf(file).includes(twister));
    expect(users).not.toEqual([]);
    expect(users.filter((file) => !MAY_DRAW_FORETOLD.has(file))).toEqual([]);
  });

  it('imports form no cycle', () => {
    expect(findCycles(files, valueImportsOf)).toEqual([]);
  });
});

/** Places at which a walk along the arrows comes back to where it was. */
function findCycles(places: Iterable<string>, arrowsFrom: (place: string) => Iterable<string>): string[] {
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (place: string): void => {
    if (state.get(place) === 'done') return;
    if (state.get(place) === 'open') {
      cycles.push(place);
      return;
    }
    state.set(place, 'open');
    for (const target of arrowsFrom(place)) visit(target);
    state.set(place, 'done');
  };
  for (const place of places) visit(place);
  return cycles;
}

function valueImportsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+'(\.[^']+)'/gm)].map((match) =>
    relative(SRC, resolve(SRC, dirname(file), match[1] ?? '')),
  );
}
