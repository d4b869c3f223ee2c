import { runPool, threadCount } from '../worker-pool.ts';
import { joinSearches, type NeighbourSearch, type SearchRequest, searchNearest } from './nearest.ts';

/** Below this many compared pairs a search is faster in the calling thread. */
const MIN_PAIRS_FOR_THREADS = 3e7;
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
  const worker = new URL(`./nearest-worker${import.meta.url.endsWith('.js') ? '.js' : '.ts'}`, import.meta.url);
  const pairs = targets * candidates * search.views.length;
  if (pairs < MIN_PAIRS_FOR_THREADS || threadCount(worker) < 2)
    return searchNearest({ ...search, from: 0, to: targets });
  const size = Math.max(1, Math.ceil(targets / (threadCount(worker) * PARTS_PER_THREAD)));
  const requests = Array.from(
    { length: Math.ceil(targets / size) },
    (_, part): SearchRequest => ({
      ...search,
      from: part * size,
      to: Math.min((part + 1) * size, targets),
    }),
  );
  return joinSearches(await runPool(requests, { worker, inline: searchNearest, signal }), candidates);
}
