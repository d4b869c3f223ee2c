import type { Command } from 'commander';

/** A subcommand: its modules load only when it is used, so that `--help` stays fast. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Resolves to a commander command of that name with its action set. */
  readonly load: () => Promise<{ readonly build: () => Command }>;
}

/** Every subcommand in help order. */
export const COMMAND_TABLE: readonly CommandEntry[] = [];
