import type { Progress } from '../tasks/task-context.ts';

/** Shows how far a task is; `stop` takes the bar off the screen. */
export interface ProgressDisplay {
  readonly show: (progress: Progress) => void;
  readonly stop: () => void;
}

/** Shows nothing: for pipes, files and log collectors. */
const SILENT: ProgressDisplay = { show: () => undefined, stop: () => undefined };

/**
 * A progress bar on `stream` when it is a terminal, otherwise nothing. Results go to stdout, so the bar never mixes with
 * them. The bar's library loads only for terminals.
 */
export async function openProgressDisplay(stream: NodeJS.WriteStream): Promise<ProgressDisplay> {
  if (!stream.isTTY) return SILENT;
  const { SingleBar } = (await import('cli-progress')).default;
  const bar = new SingleBar({
    stream,
    format: '{phase} [{bar}] {percentage}% {value}/{total}{error}{left}',
    clearOnComplete: true,
    // A hard exit must not leave the terminal without a cursor.
    hideCursor: false,
    gracefulExit: false,
  });
  let phase: string | undefined;
  return {
    show(progress) {
      if (phase !== progress.phase) {
        if (phase !== undefined) bar.stop();
        phase = progress.phase;
        bar.start(progress.total, progress.done, { phase, error: sayError(progress), left: tellTimeLeft(progress) });
        return;
      }
      bar.setTotal(progress.total);
      bar.update(progress.done, { phase, error: sayError(progress), left: tellTimeLeft(progress) });
    },
    stop() {
      if (phase !== undefined) bar.stop();
      phase = undefined;
    },
  };
}

function sayError({ error }: Progress): string {
  return error === undefined ? '' : ` error ${error.toPrecision(3)}`;
}

/** The time left in words, rounded up to whole seconds; empty when unknown. */
export function tellTimeLeft({ secondsLeft }: Pick<Progress, 'secondsLeft'>): string {
  return secondsLeft === undefined ? '' : `, about ${Math.max(1, Math.ceil(secondsLeft))} s left`;
}
