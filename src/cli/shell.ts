import { Option } from 'commander';
import type { TaskContext } from '../tasks/task-context.ts';
import { renderJson } from './output.ts';
import { openProgressDisplay } from './progress.ts';

/** What a command gets to do its work: a way to run a task and a way to print its result. */
export interface Shell {
  /** Runs a task with cancellation by Ctrl-C and a progress bar on stderr when that is a terminal. */
  readonly run: <T>(task: (context: TaskContext) => T | Promise<T>) => Promise<T>;
  /** Prints the result on stdout: the whole of it as JSON when `json` is set, otherwise the text for people. */
  readonly print: (result: unknown, text: string, json?: boolean) => void;
  /** Tells the user something on stderr that is neither result nor failure, as one line. */
  readonly note: (message: string) => void;
}

/** The shell of a real process. */
export function openShell(signal: AbortSignal): Shell {
  return {
    async run(task) {
      const display = await openProgressDisplay(process.stderr);
      try {
        return await task({ signal, onProgress: display.show });
      } finally {
        display.stop();
      }
    },
    print(result, text, json = false) {
      process.stdout.write(`${json ? renderJson(result) : text}\n`);
    },
    note(message) {
      process.stderr.write(`tabveil: ${message.replaceAll('\n', ' ')}\n`);
    },
  };
}

/** The `--json` flag that every command has. */
export function jsonOption(): Option {
  return new Option('--json', 'print the result as JSON on stdout');
}
