import { parentPort } from 'node:worker_threads';
import { type SearchRequest, searchNearest } from './nearest.ts';

// One request per message, one answer per request; the pool ends the thread.
parentPort?.on('message', (request: SearchRequest) => {
  parentPort?.postMessage(searchNearest(request));
});
