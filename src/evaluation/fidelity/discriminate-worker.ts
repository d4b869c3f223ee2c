import { parentPort } from 'node:worker_threads';
import { type DiscriminationJob, discriminate } from './discriminate.ts';

// One list of jobs per message, one list of results per message; the pool ends the thread.
parentPort?.on('message', (jobs: readonly DiscriminationJob[]) => {
  parentPort?.postMessage(discriminate(jobs));
});
