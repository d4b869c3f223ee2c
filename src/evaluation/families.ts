import type { Stream } from '../random/stream.ts';
import type { Table } from '../table/columns.ts';
import type { TableSchema } from '../table/schema.ts';
import type { AlignedTables } from './aligned-tables.ts';
import type { BinnedTables } from './bins.ts';
import type { Better, Metric } from './metric.ts';
import type { Neighbourhood } from './privacy/neighbourhood.ts';
import type { DeepAttack } from './privacy/shadow-family.ts';
import type { Prediction } from './usefulness/predictors.ts';
import type { Target } from './usefulness/target.ts';
import type { WorkloadAnswer } from './usefulness/workload.ts';

/** Parts of the report, in order. */
export const SECTIONS = ['fidelity', 'usefulness', 'privacy', 'fairness'] as const;

/** Part of the report a metric belongs to. */
export type Section = (typeof SECTIONS)[number];

/** What a metric means, for documents: one entry per identifier. */
export interface MetricDefinition {
  readonly id: string;
  readonly title: string;
  readonly section: Section;
  readonly better: Better;
  /** One sentence: the definition. */
  readonly definition: string;
  /** One sentence: what it cannot see or how it misleads. */
  readonly criticism: string;
}

/** Choices of the user that metrics depend on. */
export interface EvaluationSettings {
  /** Column that a model of the data would predict. */
  readonly target?: string;
  /** Columns whose groups are compared in fairness metrics. */
  readonly protectedColumns: readonly string[];
  /** Columns that an attacker would like to learn. */
  readonly secrets: readonly string[];
  /** Columns that an attacker is taken to know about a person, for disclosure by keys. */
  readonly keys?: readonly string[];
  /** Seed of every random choice: subsamples, splits, queries. It never reaches privacy noise. */
  readonly seed: number | string;
  /** Attacks and neighbour searches use at most this many rows of each table. */
  readonly maxAttackRows: number;
}

/** A prediction target and what every model predicts for its test rows. */
export interface PredictionTask {
  readonly target: Target;
  readonly predictions: readonly Prediction[];
}

/** What every family of metrics gets: the tables in the shapes they share, and the choices of the user. */
export interface EvaluationInput {
  readonly schema: TableSchema;
  readonly aligned: AlignedTables;
  /** Bins of the public schema. */
  readonly binned: BinnedTables;
  /** Bins as NIST chooses them: declared edges, otherwise 20-quantiles of the real column. */
  readonly quantileBinned: BinnedTables;
  /** The training rows as they were read, for attacks that refit generators. */
  readonly population: Table;
  /** Present in deep mode. */
  readonly deep?: DeepAttack;
  readonly hasHoldout: boolean;
  /** Answers to the user's queries, when there are any. */
  readonly workload: readonly WorkloadAnswer[];
  readonly settings: EvaluationSettings;
  /** Target column with training and test rows; prepared on first use. */
  readonly target: () => Target | undefined;
  /** Models of the target trained on real and on synthetic rows, with their predictions; fitted on first use. */
  readonly prediction: () => PredictionTask | undefined;
  /** Distances behind the attacks; undefined without a holdout; searched on first use. */
  readonly neighbours: () => Promise<Neighbourhood | undefined>;
  /** Stops what runs on worker threads. */
  readonly signal?: AbortSignal;
  /** An unrelated random stream for the metric of that name. */
  readonly stream: (name: string) => Stream;
}

/** One family of metrics: its file, one line in the registry, its test. */
export interface MetricFamily {
  readonly name: string;
  readonly definitions: readonly MetricDefinition[];
  /** Works on threads of its own: it is started first and runs beside the others. */
  readonly isBackground?: true;
  readonly compute: (input: EvaluationInput) => readonly Metric[] | Promise<readonly Metric[]>;
}
