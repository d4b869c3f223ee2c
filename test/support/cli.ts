import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built command line; `npm test` builds before it tests. */
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a finished process left behind. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
}

/** How to start the process. */
export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A process that is still running. */
export interface Running {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

/** Starts any program and collects what it prints. */
export function startProgram(program: string, args: readonly string[], options: StartOptions = {}): Running {
  const started = performance.now();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr, wallMs: performance.now() - started }));
  });
  return { child, outcome };
}

/** Starts the built command line. */
export function startTabveil(args: readonly string[], options: StartOptions = {}): Running {
  if (!existsSync(MAIN)) throw new Error('dist/cli/main.js is missing: run `npm run build` before these tests');
  return startProgram(process.execPath, [MAIN, ...args], options);
}

/** Runs the built command line to its end. */
export function runTabveil(args: readonly string[], options: StartOptions = {}): Promise<Outcome> {
  return startTabveil(args, options).outcome;
}

/** Names of the subcommands that a help text lists. */
export function listSubcommands(help: string): readonly string[] {
  const list = /^Commands:\n((?: {2,}.*\n?)+)/m.exec(help)?.[1] ?? '';
  return [...list.matchAll(/^ {2}(\w[\w-]*)/gm)].map(([, name = '']) => name);
}
