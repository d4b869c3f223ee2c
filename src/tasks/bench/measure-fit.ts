import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TabveilError } from '../../errors.ts';
import type { RunCost } from '../../evaluation/benchmark/lines.ts';
import { type FitJob, readUsage, runFitJob } from './fit-job.ts';

/** What the process of a fit answers. */
type Answer = { readonly cost: RunCost } | { readonly failure?: string };

/** End of a failed process's stderr that is kept. */
const KEPT_CHARACTERS = 2000;

/**
 * Runs one fit in a process of its own, so that its memory is its own and an abort ends it.
 * @throws TabveilError (input) with what the process said when it fails; the abort reason when `signal` aborts.
 */
export async function measureFit(job: FitJob, signal: AbortSignal | undefined): Promise<RunCost> {
  const program = new URL('./fit-process.js', import.meta.url);
  // Processes load compiled files; under a test runner that compiles in memory the fit runs here.
  if (!import.meta.url.endsWith('.js')) return runFitJob(job, readUsage(), signal);
  signal?.throwIfAborted();
  const answer = await askProcess(fileURLToPath(program), job, signal);
  if ('cost' in answer) return answer.cost;
  signal?.throwIfAborted();
  throw new TabveilError('input', 'bench.fit', `${answer.failure ?? 'the process ended without an answer'}`);
}

function askProcess(program: string, job: FitJob, signal: AbortSignal | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { TABVEIL_STATE: _shared, ...environment } = process.env;
    // Without the flags of this process: what is preloaded here (a profiler, a meter) has no business in the fit.
    const child = fork(program, { execArgv: [], env: environment, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let answer: Answer | undefined;
    let said = '';
    const stop = () => child.kill('SIGKILL');
    signal?.addEventListener('abort', stop, { once: true });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-KEPT_CHARACTERS);
    });
    child.on('message', (message: Answer) => {
      answer = message;
    });
    child.on('error', reject);
    child.on('close', () => {
      signal?.removeEventListener('abort', stop);
      resolve(answer ?? (said === '' ? {} : { failure: said }));
    });
    child.send(job);
  });
}
