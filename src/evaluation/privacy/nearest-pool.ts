import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { joinSearches, type NeighbourSearch, type SearchRequest, searchNearest } from './nearest.ts';

/** Below this many compared pairs a search is faster in the calling thread. */
const MIN_PAIRS_FOR_THREADS = 3e7;
/** More threads than this share one memory bus without gain. */
const MAX_THREADS = 8;
/** Parts per thread: small enough that threads finish together and an abort is noticed soon. */
const PARTS_PER_THREAD = 8;

/** A search over all targets. */
export type WholeSearch = Omit<SearchRequest, 'from' | 'to'>;

/**
 * Nearest neighbours of all targets, on worker threads when the search is large and the library runs compiled.
 * The result does not depend on the number of threads.
 * @throws the abort reason when `signal` aborts.
 */
export async function searchAll(search: WholeSearch, signal?: AbortSignal): Promise<NeighbourSearch> {
  signal?.throwIfAborted();
  const [first] = search.views;
  const targets = first?.targets.rows ?? 0;
  const candidates = first?.candidates.rows ?? 0;
  const pairs = targets * candidates * search.views.length;
  const threads = Math.min(availableParallelism(), MAX_THREADS);
  // Threads load compiled files; under a test runner that compiles in memory there are none.
  const canThread = import.meta.url.endsWith('.js');
  if (!canThread || threads < 2 || pairs < MIN_PAIRS_FOR_THREADS) {
    return searchNearest({ ...search, from: 0, to: targets });
  }
  const parts = splitTargets(targets, threads * PARTS_PER_THREAD);
  const found = await searchOnThreads(search, parts, { threads, signal });
  return joinSearches(found, candidates);
}

type Part = Pick<SearchRequest, 'from' | 'to'>;

function splitTargets(rows: number, parts: number): readonly Part[] {
  const size = Math.max(1, Math.ceil(rows / parts));
  return Array.from({ length: Math.ceil(rows / size) }, (_, part) => ({
    from: part * size,
    to: Math.min((part + 1) * size, rows),
  }));
}

async function searchOnThreads(
  search: WholeSearch,
  parts: readonly Part[],
  { threads, signal }: { readonly threads: number; readonly signal: AbortSignal | undefined },
): Promise<readonly NeighbourSearch[]> {
  const workers = Array.from({ length: threads }, () => new Worker(new URL('./nearest-worker.js', import.meta.url)));
  const results: NeighbourSearch[] = new Array<NeighbourSearch>(parts.length);
  const queue = [...parts.entries()];
  const drain = async (worker: Worker): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      signal?.throwIfAborted();
      const [index, part] = next;
      results[index] = await askWorker(worker, { ...search, ...part });
    }
  };
  try {
    await Promise.all(workers.map(drain));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return results;
}

function askWorker(worker: Worker, request: SearchRequest): Promise<NeighbourSearch> {
  return new Promise((resolve, reject) => {
    const onMessage = (result: NeighbourSearch) => settle(() => resolve(result));
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = () => settle(() => reject(new Error('a search thread ended early')));
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
