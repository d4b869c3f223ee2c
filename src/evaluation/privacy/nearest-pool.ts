import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { GowerRows, GowerView } from './gower.ts';
import { joinSearches, type NeighbourSearch, type SearchRequest, searchNearest } from './nearest.ts';

/** Below this many distance terms a search is faster in the calling thread. */
const MIN_TERMS_FOR_THREADS = 2e8;
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
  const columns = search.views.reduce((sum, view) => sum + view.numbers.length + view.categories.length, 0);
  const terms = search.targets.rows * search.candidates.rows * columns;
  const threads = Math.min(availableParallelism(), MAX_THREADS);
  // Threads load compiled files; under a test runner that compiles in memory there are none.
  const canThread = import.meta.url.endsWith('.js');
  if (!canThread || threads < 2 || terms < MIN_TERMS_FOR_THREADS) {
    return searchNearest({ ...search, from: 0, to: search.targets.rows });
  }
  const parts = splitTargets(search.targets.rows, threads * PARTS_PER_THREAD);
  const found = await searchOnThreads(shareSearch(search), parts, { threads, signal });
  return joinSearches(found, search.candidates.rows);
}

type Part = Pick<SearchRequest, 'from' | 'to'>;

function splitTargets(rows: number, parts: number): readonly Part[] {
  const size = Math.max(1, Math.ceil(rows / parts));
  return Array.from({ length: Math.ceil(rows / size) }, (_, part) => ({
    from: part * size,
    to: Math.min((part + 1) * size, rows),
  }));
}

/** The same search in memory that threads can read without copies. */
function shareSearch(search: WholeSearch): WholeSearch {
  return {
    targets: shareRows(search.targets),
    candidates: shareRows(search.candidates),
    views: search.views as GowerView[],
  };
}

function shareRows(table: GowerRows): GowerRows {
  return {
    rows: table.rows,
    inverseRanges: table.inverseRanges,
    numbers: table.numbers.map((column) => {
      const shared = new Float64Array(new SharedArrayBuffer(column.byteLength));
      shared.set(column);
      return shared;
    }),
    categories: table.categories.map((column) => {
      const shared = new Int32Array(new SharedArrayBuffer(column.byteLength));
      shared.set(column);
      return shared;
    }),
  };
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
    const stop = (settle: () => void) => {
      worker.removeAllListeners();
      settle();
    };
    worker.once('message', (result: NeighbourSearch) => stop(() => resolve(result)));
    worker.once('error', (error) => stop(() => reject(error)));
    worker.once('exit', () => stop(() => reject(new Error('a search thread ended early'))));
    worker.postMessage(request);
  });
}
