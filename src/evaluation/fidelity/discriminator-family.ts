import type { Stream } from '../../random/stream.ts';
import type { TableRole } from '../aligned-tables.ts';
import type { BinnedTables } from '../bins.ts';
import type { EvaluationInput, MetricFamily } from '../families.ts';
import { type Metric, privateMetric } from '../metric.ts';
import { sampleRows, shuffledRows } from '../sampling.ts';
import { type SelectedColumn, selectRows, stackRows } from '../selected-rows.ts';
import { runPool, threadCount } from '../worker-pool.ts';
import {
  type DiscriminationAuc,
  type DiscriminationJob,
  discriminate,
  type LabelledRows,
  LEAST_ROWS,
  type PropensityError,
} from './discriminate.ts';

/** Rows of each table that the discriminator sees; more would not sharpen the picture much. */
const MAX_ROWS = 10_000;
/** Below this many rows a thread costs more than it saves. */
const MIN_ROWS_FOR_THREADS = 1000;
/** Label permutations behind the null of pMSE. */
const PERMUTATIONS = 30;

/** Why pMSE has no interval. */
const IN_SAMPLE =
  'in-sample: resampled rows would repeat inside the tree and inflate it; details hold the spread of its null';

/** Can trees tell synthetic rows from real ones? */
export const discriminatorFamily: MetricFamily = {
  name: 'discriminator',
  definitions: [
    {
      id: 'discriminator-auc',
      title: 'Discriminator AUC',
      section: 'fidelity',
      better: 'near-half',
      definition:
        'Five-fold out-of-fold AUC of boosted trees that tell synthetic rows from as many real ones, on the cells as they are (boosting) and on 20-quantile bins (binned); ½ is indistinguishable.',
      criticism:
        'One impossible detail (a rounding, a rare code) makes every row recognisable although the table may serve well; bins hide such details, and with them what is finer than a bin.',
    },
    {
      id: 'pmse-ratio',
      title: 'pMSE ratio to its null',
      section: 'fidelity',
      better: 'near-one',
      definition:
        'Mean squared difference between the in-sample propensity of a depth-6 tree and the share of synthetic rows, divided by its mean over permuted labels.',
      criticism:
        'Grows with the number of rows for any fixed difference; compare only at equal sizes, with the holdout column.',
    },
  ],
  isBackground: true,
  compute: discriminatorMetrics,
};

/** Real rows above as many rows of the other table. */
interface MixedRows extends LabelledRows {
  /** Which rows of the real table stand above and which of the other table below. */
  readonly rows: readonly (readonly [TableRole, Int32Array])[];
}

async function discriminatorMetrics(input: EvaluationInput): Promise<readonly Metric[]> {
  const stream = input.stream('discriminator');
  const synthetic = mixRows(input, 'synthetic', stream);
  const rowsPerTable = synthetic.labels.length / 2;
  if (rowsPerTable < LEAST_ROWS) return [];
  const holdout = input.hasHoldout ? mixRows(input, 'holdout', stream) : undefined;
  const [boosting, binned, propensity, ...baselines] = await runJobs(
    [synthetic, ...(holdout ? [holdout] : [])].flatMap((mixed) => jobsOf(mixed, input, stream)),
    input.signal,
  );
  const details = { rowsPerTable };
  return [
    aucMetric('boosting', boosting as DiscriminationAuc, baselines[0] as DiscriminationAuc | undefined, details),
    aucMetric('binned', binned as DiscriminationAuc, baselines[1] as DiscriminationAuc | undefined, details),
    propensityMetric(propensity as PropensityError, baselines[2] as PropensityError | undefined, details),
  ];
}

/** What is asked of one pair of tables: AUC on cells, AUC on bins, propensities. */
function jobsOf(mixed: MixedRows, input: EvaluationInput, stream: Stream): readonly DiscriminationJob[] {
  const { columns, labels } = mixed;
  const shuffled = (from: Stream) => shuffledRows(labels.length, from);
  const permutations = stream.split('permutations');
  const orders = Array.from({ length: PERMUTATIONS }, (_, permutation) => shuffled(permutations.split(permutation)));
  const binned = binRows(mixed, input.quantileBinned);
  return [
    { kind: 'auc', columns, labels, order: shuffled(stream.split('folds')) },
    { kind: 'auc', columns: binned, labels, order: shuffled(stream.split('binned-folds')) },
    { kind: 'pmse', columns, labels, orders },
  ];
}

/** Does the jobs on worker threads, handed out in turn; results in the order of the jobs. */
async function runJobs(
  jobs: readonly DiscriminationJob[],
  signal: AbortSignal | undefined,
): Promise<readonly (DiscriminationAuc | PropensityError)[]> {
  const worker = new URL(`./discriminate-worker${import.meta.url.endsWith('.js') ? '.js' : '.ts'}`, import.meta.url);
  const isSmall = (jobs[0]?.labels.length ?? 0) < MIN_ROWS_FOR_THREADS;
  const threads = isSmall ? 1 : threadCount(worker);
  // All at once and not one by one: the calling thread has work of its own and would let the others wait.
  const batches = Array.from({ length: threads }, (_, thread) => jobs.filter((_job, at) => at % threads === thread));
  const answers = await runPool(batches, { worker, inline: discriminate, signal });
  return jobs.map((_, at) => answers[at % threads]?.[Math.floor(at / threads)] as DiscriminationAuc | PropensityError);
}

type Details = NonNullable<Metric['details']>;

function aucMetric(
  variant: string,
  { auc, interval }: DiscriminationAuc,
  control: DiscriminationAuc | undefined,
  details: Details,
): Metric {
  const baseline = control?.auc ?? null;
  const what = { id: 'discriminator-auc', variant, scope: null };
  return privateMetric({ ...what, value: auc, baseline, interval, better: 'near-half', details });
}

function propensityMetric(found: PropensityError, control: PropensityError | undefined, details: Details): Metric {
  const { ratio, pmse, nullMean, nullDeviation } = found;
  return privateMetric({
    id: 'pmse-ratio',
    scope: null,
    value: ratio,
    baseline: control?.ratio ?? null,
    better: 'near-one',
    ...(ratio === null ? {} : { intervalNote: IN_SAMPLE }),
    details: { ...details, pmse, nullMean, nullDeviation, permutations: PERMUTATIONS },
    ...(ratio === null ? { note: 'not applicable: no tree can split the permuted rows' } : {}),
  });
}

function mixRows(input: EvaluationInput, role: 'synthetic' | 'holdout', stream: Stream): MixedRows {
  const { columns, rowCounts } = input.aligned;
  const real = rowCounts.real ?? 0;
  const other = rowCounts[role] ?? 0;
  const size = Math.min(real, other, MAX_ROWS);
  const realRows = sampleRows(real, size, stream.split('real', role));
  const otherRows = sampleRows(other, size, stream.split('other', role));
  const stacked = stackRows(selectRows(columns, 'real', realRows), selectRows(columns, role, otherRows));
  const rows = [['real', realRows] as const, [role, otherRows] as const];
  return { rows, columns: stacked, labels: new Uint8Array(2 * size).fill(1, size) };
}

/** The same rows as bin numbers, which trees cut in the order of the bins. */
function binRows({ rows }: MixedRows, { columns }: BinnedTables): readonly SelectedColumn[] {
  return columns.map((column): SelectedColumn => {
    const parts = rows.map(([role, picked]) => {
      const codes = column.codes[role] ?? new Int32Array();
      return Float64Array.from(picked, (row) => codes[row] as number);
    });
    return { kind: 'number', values: Float64Array.from(parts.flatMap((part) => [...part])) };
  });
}
