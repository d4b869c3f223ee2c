import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandEntry } from '../../src/cli/command-table.ts';
import { parseDelta, parsePositiveNumber } from '../../src/cli/numbers.ts';
import { buildProgram, normaliseArguments, withExample } from '../../src/cli/program.ts';
import { jsonOption, type Shell } from '../../src/cli/shell.ts';

const seen: unknown[] = [];
const loaded: string[] = [];
let printed = { out: '', err: '' };

const shell: Shell = {
  run: async (task) => task({}),
  print: (result) => {
    seen.push(result);
  },
  note: () => undefined,
};

const table: readonly CommandEntry[] = [
  {
    name: 'train',
    summary: 'fit a model',
    load: async () => {
      loaded.push('train');
      const build = () =>
        withExample(new Command('train'), 'tabveil train t.csv --epsilon 1 --delta 1e-9')
          .argument('<table>')
          .requiredOption('--epsilon <number>', 'budget', parsePositiveNumber)
          .option('--delta <number>', 'budget', parseDelta)
          .addOption(jsonOption())
          .action((file: string, options: object) => shell.print({ file, ...options }, ''));
      return { build };
    },
  },
  {
    name: 'ledger',
    summary: 'look at the budget',
    load: async () => {
      loaded.push('ledger');
      const show = new Command('show').argument('<table>').action((file: string) => shell.print({ shown: file }, ''));
      return { build: () => new Command('ledger').addCommand(show) };
    },
  },
];

/** Runs the program on a command line and returns commander's verdict: 0, or the exit code that it asks for. */
async function runProgram(line: string): Promise<number> {
  const args = normaliseArguments(
    line.split(' ').filter((word) => word !== ''),
    table,
  );
  try {
    await (await buildProgram(args, shell, table)).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}

beforeEach(() => {
  seen.length = 0;
  loaded.length = 0;
  printed = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed.err += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

describe('program', () => {
  it('--help lists every command and loads none', async () => {
    expect(await runProgram('--help')).toBe(0);
    expect(printed.out).toContain('fit a model');
    expect(printed.out).toContain('look at the budget');
    expect(loaded).toEqual([]);
  });

  it('--version prints the version of the package', async () => {
    expect(await runProgram('--version')).toBe(0);
    expect(printed.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('a command gets its arguments, parsed', async () => {
    expect(await runProgram('train t.csv --epsilon 0.5 --delta 1e-9 --json')).toBe(0);
    expect(seen).toEqual([{ file: 't.csv', epsilon: 0.5, delta: 1e-9, json: true }]);
    expect(loaded).toEqual(['train']);
  });

  it('a nested command runs', async () => {
    expect(await runProgram('ledger show t.csv')).toBe(0);
    expect(seen).toEqual([{ shown: 't.csv' }]);
  });

  it.each(['help train', 'train --help'])('%s prints the options and the example', async (line) => {
    expect(await runProgram(line)).toBe(0);
    expect(printed.out).toContain('--epsilon');
    expect(printed.out).toContain('$ tabveil train t.csv');
  });

  it.each([
    ['trian', "unknown command 'trian'"],
    ['trian --help', "unknown command 'trian'"],
    ['--fast', "unknown option '--fast'"],
    ['train --epsilon 1', "missing required argument 'table'"],
    ['train t.csv', "required option '--epsilon <number>' not specified"],
    ['train t.csv --epsilon', "option '--epsilon <number>' argument missing"],
    ['train t.csv --epsilon 1 --fast', "unknown option '--fast'"],
    ['train t.csv --epsilom 1', "unknown option '--epsilom' (Did you mean --epsilon?)"],
    ['train t.csv --fast', "unknown option '--fast'"],
    ['train t.csv u.csv --epsilon 1', 'too many arguments'],
    ['train t.csv --epsilon 0', "argument '0' is invalid. It must be a positive number"],
    ['train t.csv --epsilon -1', "argument '-1' is invalid. It must be a positive number"],
    ['train t.csv --epsilon Infinity', 'It must be a positive number'],
    ['train t.csv --epsilon 1 --delta 1', 'It must lie strictly between 0 and 1'],
    ['ledger shwo', "unknown command 'shwo'"],
    ['ledger show', "missing required argument 'table'"],
    ['ledger show t.csv --fast', "unknown option '--fast'"],
  ])('%s is refused with one line that says where help is', async (line, reason) => {
    expect(await runProgram(line)).toBe(1);
    expect(printed.out).toBe('');
    expect(printed.err).toMatch(/^tabveil: [^\n]*\n$/);
    expect(printed.err).toContain(reason);
    expect(printed.err).toMatch(/See tabveil .*--help\.\n$/);
    expect(seen).toEqual([]);
  });

  it('help after a mistake in a nested command names that command', async () => {
    await runProgram('ledger show t.csv --fast');
    expect(printed.err).toContain('See tabveil ledger show --help.');
  });
});
