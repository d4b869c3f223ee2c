import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** More threads than this share one memory bus without gain. */
const MAX_THREADS = 8;

/** How to do the same work with and without threads. */
export interface PoolWork<Request, Result> {
  /** Compiled worker file, one answer per message. */
  readonly worker: URL;
  /** The same work in the calling thread. */
  readonly inline: (request: Request) => Result;
  readonly signal?: AbortSignal | undefined;
  /** Called after each answer, in any order; true stops the rest. */
  readonly onResult?: (result: Result) => boolean;
}

/** Threads that would be used; 1 means the calling thread. */
export function threadCount(worker: URL): number {
  // Threads load compiled files; under a test runner that compiles in memory there are none.
  return worker.pathname.endsWith('.js') && import.meta.url.endsWith('.js')
    ? Math.min(availableParallelism(), MAX_THREADS)
    : 1;
}

/**
 * Answers all requests on worker threads, or in the calling thread where there are none.
 * @returns answers in the order of the requests; shorter when `onResult` stopped the work.
 * @throws the abort reason when `signal` aborts.
 */
export async function runPool<Request, Result>(
  requests: readonly Request[],
  work: PoolWork<Request, Result>,
): Promise<readonly Result[]> {
  const { signal } = work;
  const threads = Math.min(threadCount(work.worker), requests.length);
  if (threads < 2) return runInline(requests, work);
  // Without the flags of this process: what is preloaded here (a profiler, a meter) has no business in the workers.
  const workers = Array.from({ length: threads }, () => new Worker(work.worker, { execArgv: [] }));
  const results: Result[] = [];
  const queue = [...requests.entries()];
  const drain = async (worker: Worker): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      signal?.throwIfAborted();
      const [index, request] = next;
      const result = await askWorker<Request, Result>(worker, request);
      results[index] = result;
      if (work.onResult?.(result)) queue.length = 0;
    }
  };
  const endAll = () => Promise.all(workers.map((worker) => worker.terminate()));
  // A part may take seconds: whoever aborts should not wait for its end.
  signal?.addEventListener('abort', endAll, { once: true });
  try {
    await Promise.all(workers.map(drain));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', endAll);
    await endAll();
  }
  return results.filter((result) => result !== undefined);
}

async function runInline<Request, Result>(
  requests: readonly Request[],
  { inline, signal, onResult }: PoolWork<Request, Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const request of requests) {
    signal?.throwIfAborted();
    const result = inline(request);
    results.push(result);
    if (onResult?.(result)) break;
    // Lets an abort or a progress bar have its turn between parts.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return results;
}

function askWorker<Request, Result>(worker: Worker, request: Request): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onMessage = (result: Result) => settle(() => resolve(result));
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = () => settle(() => reject(new Error('a worker thread ended early')));
    const settle = (finish: () => void) => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      finish();
    };
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    worker.postMessage(request);
  });
}
