import { TabveilError } from '../errors.ts';
import type { TrainRequest } from './train.ts';

/** Failures after which going on from the checkpoint fails again: what it needs is lost. */
const FINAL_CODES: readonly string[] = ['ledger.begun', 'checkpoint.corrupt', 'checkpoint.incomplete'];

/** A failure of a training after its reservation, with what it means for the budget. */
export function tellWhatIsSpent(
  error: unknown,
  { epsilon, delta, checkpoint }: Pick<TrainRequest, 'epsilon' | 'delta' | 'checkpoint'>,
  signal: AbortSignal | undefined,
): unknown {
  const isFinal = error instanceof TabveilError && FINAL_CODES.includes(error.code);
  const goOn = checkpoint === undefined || isFinal ? '' : ` The same command goes on from ${checkpoint} for nothing.`;
  const spent = `Epsilon ${epsilon}, delta ${delta} count as spent.${goOn}`;
  if (signal?.aborted) {
    return new TabveilError('input', 'train.interrupted', `train: interrupted; no model was written. ${spent}`);
  }
  if (!(error instanceof TabveilError)) return error;
  return new TabveilError(error.kind, error.code, `${error.message} ${spent}`, error.fields);
}
