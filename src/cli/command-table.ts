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
  { name: 'demo', summary: 'see it work on invented people', load: () => import('./commands/demo.ts') },
  {
    name: 'schema',
    summary: 'draft, check and import the file that says what is public about a table',
    load: () => import('./commands/schema.ts'),
  },
  {
    name: 'scan',
    summary: 'look for identifiers, reversible pseudonyms and people who stand out',
    load: () => import('./commands/scan.ts'),
  },
  {
    name: 'train',
    summary: 'fit a private model of a table, or plan what it would spend',
    load: () => import('./commands/train.ts'),
  },
  { name: 'sample', summary: 'draw a synthetic table from a model', load: () => import('./commands/sample.ts') },
  { name: 'model', summary: 'show what a model is and knows', load: () => import('./commands/model.ts') },
  {
    name: 'evaluate',
    summary: 'measure a synthetic table against the real one and a holdout',
    load: () => import('./commands/evaluate.ts'),
  },
  {
    name: 'audit',
    summary: 'measure what the mechanisms really leak, against their claims',
    load: () => import('./commands/audit.ts'),
  },
  {
    name: 'bench',
    summary: 'compare models and rivals on the same tables and budget',
    load: () => import('./commands/bench.ts'),
  },
  {
    name: 'ledger',
    summary: 'show, grant, limit, check and export the budget of a table',
    load: () => import('./commands/ledger.ts'),
  },
  {
    name: 'account',
    summary: 'compute what mechanisms cost together, without data',
    load: () => import('./commands/account.ts'),
  },
  {
    name: 'verify',
    summary: "recompute a model's guarantee without its data or ledger",
    load: () => import('./commands/verify.ts'),
  },
  { name: 'key', summary: 'make a key pair for signing certificates', load: () => import('./commands/key.ts') },
  { name: 'sign', summary: "put the officer's signature under a model", load: () => import('./commands/sign.ts') },
];
