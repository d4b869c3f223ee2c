import { Command, type Option } from 'commander';
import { readVersion } from '../version.ts';
import { COMMAND_TABLE, type CommandEntry } from './command-table.ts';
import type { Shell } from './shell.ts';

/** Makes a command and its subcommands throw instead of exiting, and print each mistake as one line that says where help is. */
function frameCommand(command: Command, path: string): void {
  command
    .exitOverride()
    .helpCommand(false)
    .configureOutput({
      outputError: (text, write) => {
        const message = text
          .replace(/^error: /, '')
          .replaceAll(/\s*\n\s*/g, ' ')
          .trim();
        write(`tabveil: ${message}${/[.!?)]$/.test(message) ? '' : '.'} See ${path} --help.\n`);
      },
    });
  for (const subcommand of command.commands) frameCommand(subcommand, `${path} ${subcommand.name()}`);
}

/**
 * Has the options that a command cannot do without asked for after unknown ones were refused: a misspelt option is the usual
 * cause of a missing one.
 */
function requireOptionsLast(program: Command): void {
  const required = new Map<Command, readonly Option[]>();
  const take = (command: Command): void => {
    required.set(
      command,
      command.options.filter(({ mandatory }) => mandatory),
    );
    for (const option of command.options) option.makeOptionMandatory(false);
    for (const subcommand of command.commands) take(subcommand);
  };
  take(program);
  program.hook('preAction', (_program, command) => {
    const missing = required
      .get(command)
      ?.find((option) => command.getOptionValue(option.attributeName()) === undefined);
    if (missing === undefined) return;
    command.error(`error: required option '${missing.flags}' not specified`, { code: 'tabveil.missingOption' });
  });
}

/** `help a b` means `a b --help`, so that help loads the command it is about; what follows an unknown command is not looked at. */
export function normaliseArguments(
  args: readonly string[],
  table: readonly CommandEntry[] = COMMAND_TABLE,
): readonly string[] {
  const first = args[0] ?? '';
  if (first === 'help') return normaliseArguments([...args.slice(1), '--help'], table);
  const isKnown = first.startsWith('-') || table.some((entry) => entry.name === first);
  return isKnown ? args : args.slice(0, 1);
}

/**
 * Builds the program with the one command that the arguments name; the others appear by name and summary only, so that
 * `--help` loads none of their modules.
 *
 * @param args - Arguments after the program's name.
 */
export async function buildProgram(
  args: readonly string[],
  shell: Shell,
  table: readonly CommandEntry[] = COMMAND_TABLE,
): Promise<Command> {
  const program = new Command('tabveil')
    .description(
      'Turns a private table into a synthetic one under differential privacy, proves what was spent, and measures the result.',
    )
    .version(readVersion())
    .addHelpText(
      'after',
      '\nStart here:\n  tabveil demo               a private synthetic table, its certificate and a report, in under a minute\n  tabveil COMMAND --help     options of one command, with an example\n\nExit codes: 0 done, 1 bug, 2 usage, 3 input data, 4 budget refused.',
    );
  for (const entry of table) {
    const command = args[0] === entry.name ? (await entry.load()).build(shell) : new Command(entry.name);
    program.addCommand(command.summary(entry.summary));
  }
  frameCommand(program, 'tabveil');
  requireOptionsLast(program);
  return program;
}

/** Ends a command's help with an example that works as written, and returns the command. */
export function withExample(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExample:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
}
