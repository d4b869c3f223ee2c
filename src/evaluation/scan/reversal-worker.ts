import { parentPort } from 'node:worker_threads';
import { type ReversalRequest, searchPart } from './reverse-digests.ts';

// One request per message, one answer per request; the pool ends the thread.
parentPort?.on('message', (request: ReversalRequest) => {
  parentPort?.postMessage(searchPart(request));
});
