/** Milliseconds between returns to the event loop, so that signals and timers work. */
const SLICE_MS = 30;

/**
 * A pause to await in long loops: it returns to the event loop when a slice of time is over, and at once otherwise.
 * @throws the signal's reason when aborted.
 */
export function createPause(signal?: AbortSignal): () => Promise<void> {
  let sliceEnd = performance.now() + SLICE_MS;
  return async () => {
    if (performance.now() < sliceEnd) return;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    signal?.throwIfAborted();
    sliceEnd = performance.now() + SLICE_MS;
  };
}
