import { TabveilError } from '../../errors.ts';
import { type FitJob, readUsage, runFitJob } from './fit-job.ts';

// The other end of `measureFit`: one job by message, one answer, then the end. Everything is loaded before the clock starts.
const startup = readUsage();

process.once('message', (job: FitJob) => {
  void runFitJob(job, startup)
    .then((cost) => ({ cost }))
    .catch((error: unknown) => ({
      failure: error instanceof TabveilError ? error.message : error instanceof Error ? error.stack : String(error),
    }))
    .then((answer) => process.send?.(answer, () => process.disconnect()));
});
