/** One step of a long task, for progress bars. Counts are public (rounds, planned events, rows to write), never private rows. */
export interface Progress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** How far a model is from what was released so far, where its method can tell; never computed on private rows. */
  readonly error?: number;
  /** Estimate of the time left, from the work done so far; only where a task knows how its work grows. */
  readonly secondsLeft?: number;
}

/** What every task takes besides its options: cancellation, progress and notices. Tasks print nothing. */
export interface TaskContext {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Told in one line what the machine lends to the task, such as a neural backend; public. */
  readonly onNotice?: (notice: string) => void;
}
