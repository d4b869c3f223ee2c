import { join } from 'node:path';
import type { RunCost, StepCost } from '../../evaluation/benchmark/lines.ts';
import type { SynthesizerOptions } from '../../synthesizers/synthesizer.ts';
import { sample } from '../sample.ts';
import { train } from '../train.ts';

/** One fit to be measured, in a process of its own. */
export interface FitJob {
  /** Table file to train on. */
  readonly train: string;
  readonly schema: string;
  readonly model: string;
  readonly options: SynthesizerOptions;
  readonly epsilon: number;
  readonly delta: number;
  /** An empty folder; the model and its ledger are written here, and thrown away with it. */
  readonly scratch: string;
  /** Synthetic table to write; absent: only the fit is measured. */
  readonly sample?: { readonly out: string; readonly rows: number; readonly seed: number };
}

/** Clocks and memory of this process so far. */
interface Usage {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakBytes: number;
}

/** What this process has used: CPU of all its threads, wall time since it started, peak resident memory. */
export function readUsage(): Usage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    wallSeconds: performance.now() / 1e3,
    peakBytes: maxRSS * 1024,
  };
}

/**
 * Trains and samples as a user would, and measures each step.
 *
 * **Privacy**: the model, its ledger and the sample stay in the scratch folder, which the caller removes; nothing is
 * released, so nothing is booked in a ledger that lasts.
 * @param startup usage when everything was loaded and nothing was done.
 */
export async function runFitJob(job: FitJob, startup: Usage, signal?: AbortSignal): Promise<RunCost> {
  const context = signal === undefined ? {} : { signal };
  const out = join(job.scratch, 'model');
  await train(
    {
      ...{ table: job.train, schema: job.schema, model: job.model, modelOptions: job.options, out },
      ...{ epsilon: job.epsilon, delta: job.delta, ledger: join(job.scratch, 'ledger.jsonl') },
    },
    context,
  );
  const fitted = readUsage();
  if (job.sample !== undefined) await sample({ model: out, ...job.sample }, context);
  const sampled = readUsage();
  return {
    steps: {
      startup: stepCost({ cpuSeconds: 0, wallSeconds: 0, peakBytes: 0 }, startup),
      fit: stepCost(startup, fitted),
      ...(job.sample !== undefined && { sample: stepCost(fitted, sampled) }),
    },
    peakBytes: sampled.peakBytes,
    startupPeakBytes: startup.peakBytes,
  };
}

function stepCost(from: Usage, to: Usage): StepCost {
  const round = (seconds: number) => Number(seconds.toFixed(3));
  return {
    cpuSeconds: round(to.cpuSeconds - from.cpuSeconds),
    wallSeconds: round(to.wallSeconds - from.wallSeconds),
  };
}
