import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMAND_TABLE } from '../../src/cli/command-table.ts';
import { listSubcommands, runTabveil, startTabveil } from '../support/cli.ts';

const MAIN = resolve(import.meta.dirname, '../../src/cli/main.ts');

/** Packages that loading a file loads: its imports and theirs, but not those behind `import()` and not types. */
function eagerPackages(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const packages = new Set<string>();
  for (const [, target = ''] of text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^;]*?from\s+)?'([^']+)'/gm)) {
    if (!target.startsWith('.')) packages.add(target);
    else for (const name of eagerPackages(resolve(dirname(file), target), seen)) packages.add(name);
  }
  return packages;
}

describe('the built command line', () => {
  it('loads nothing but the argument parser before it knows the command', () => {
    const packages = [...eagerPackages(MAIN)].filter((name) => !name.startsWith('node:'));
    expect(packages).toEqual(['commander']);
  });

  it('lists its commands with --help on stdout', async () => {
    const { exitCode, stdout, stderr } = await runTabveil(['--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const entry of COMMAND_TABLE) expect(stdout).toContain(`  ${entry.name}`);
  });

  it('prints the same help on stderr as a usage error when no command is given', async () => {
    const { exitCode, stdout, stderr } = await runTabveil([]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage: tabveil');
  });

  it.each([[['nonsense']], [['--nonsense']], [['nonsense', '--help']]])(
    '%j is one line and exit code 2',
    async (args) => {
      const { exitCode, stdout, stderr } = await runTabveil(args);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toMatch(/^tabveil: [^\n]+\n$/);
    },
  );

  it('a reader that leaves early is no failure', async () => {
    const { child, outcome } = startTabveil(['ledger', '--help']);
    child.stdout?.destroy();
    expect(await outcome).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('shows an example in the help of every command that does something', async () => {
    const withoutExample: string[] = [];
    const visit = async (path: readonly string[]): Promise<void> => {
      const { exitCode, stdout, stderr } = await runTabveil([...path, '--help']);
      expect({ exitCode, stderr }, path.join(' ')).toEqual({ exitCode: 0, stderr: '' });
      const names = listSubcommands(stdout);
      if (names.length === 0 && !/Example:\n {2}\$ tabveil /.test(stdout)) withoutExample.push(path.join(' '));
      await Promise.all(names.map((name) => visit([...path, name])));
    };
    for (const entry of COMMAND_TABLE) await visit([entry.name]);
    expect(withoutExample).toEqual([]);
  });
});
