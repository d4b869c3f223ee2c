import type { Command } from 'commander';
import type { Shell } from './shell.ts';

/** A subcommand: its modules load only when it is used, so that `--help` stays fast. */
export interface CommandEntry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Resolves to a builder of the commander command of that name with its action set. */
  readonly load: () => Promise<{ readonly build: (shell: Shell) => Command }>;
}

/** Every subcommand in help order. */
export const COMMAND_TABLE: readonly CommandEntry[] = [
  {
    name: 'evaluate',
    summary: 'measure a synthetic table against the real one and a holdout',
    load: () => import('./commands/evaluate.ts'),
  },
];
