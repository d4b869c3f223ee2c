/** Signals that ask the program to stop, with the exit code a shell expects afterwards (128 + signal number). */
const STOP_SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Turns Ctrl-C into an abort that tasks can clean up after. */
export interface Interruption {
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Exit code to end with, once interrupted. */
  readonly exitCode: () => number | undefined;
  /** Stops listening. */
  readonly stop: () => void;
}

/** Listens for Ctrl-C: the first aborts the task, which removes what it has half written; the second ends the process at once. */
export function watchInterruption(): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    const code = STOP_SIGNALS[name as keyof typeof STOP_SIGNALS];
    if (exitCode !== undefined) process.exit(code);
    exitCode = code;
    controller.abort();
  };
  for (const name of Object.keys(STOP_SIGNALS)) process.on(name, onSignal);
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    stop: () => {
      for (const name of Object.keys(STOP_SIGNALS)) process.off(name, onSignal);
    },
  };
}
