import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMAND_TABLE } from '../src/cli/command-table.ts';
import * as library from '../src/index.ts';

const SOURCE = readFileSync(resolve(import.meta.dirname, '../src/index.ts'), 'utf8');

/** Rows of the table in the doc comment: commands on the left, functions on the right. */
const rows = [...SOURCE.matchAll(/^ \* \| (`.*) \| (`.*) \|$/gm)].map(([, commands = '', functions = '']) => ({
  commands: [...commands.matchAll(/`(\w+)/g)].map(([, name]) => name),
  functions: [...functions.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
}));

describe('library', () => {
  it('has a function for every command', () => {
    const covered = new Set(rows.flatMap((row) => row.commands));
    expect(COMMAND_TABLE.map((entry) => entry.name).filter((name) => !covered.has(name))).toEqual([]);
  });

  it('exports every function that its table names', () => {
    const exported = library as Readonly<Record<string, unknown>>;
    const missing = rows.flatMap((row) => row.functions).filter((name) => typeof exported[name] !== 'function');
    expect(missing).toEqual([]);
  });
});
