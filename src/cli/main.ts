#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { EXIT_CODES, TabveilError } from '../errors.ts';
import { COMMAND_TABLE } from './command-table.ts';

/** Builds the program with the one subcommand that argv names; the others appear by name and summary only. */
async function buildProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('tabveil').description('Synthetic tables under differential privacy.').exitOverride();
  for (const entry of COMMAND_TABLE) {
    const command =
      argv[2] === entry.name ? (await entry.load()).build() : new Command(entry.name).allowUnknownOption();
    program.addCommand(command.summary(entry.summary).exitOverride());
  }
  return program;
}

/** Prints one line for expected failures, a stack for bugs, and returns the exit code. */
function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage;
  if (error instanceof TabveilError && error.kind !== 'bug') {
    process.stderr.write(`tabveil: ${error.message.replaceAll('\n', ' ')}\n`);
    return EXIT_CODES[error.kind];
  }
  process.stderr.write(
    `tabveil: internal error (please report): ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT_CODES.bug;
}

try {
  await (await buildProgram(process.argv)).parseAsync(process.argv);
} catch (error) {
  process.exitCode = reportFailure(error);
}
