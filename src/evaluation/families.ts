import type { TableSchema } from '../table/schema.ts';
import type { AlignedTables } from './aligned-tables.ts';
import type { BinnedTables } from './bins.ts';
import type { Better, Metric } from './metric.ts';

/** Part of the report a metric belongs to. */
export type Section = 'fidelity' | 'usefulness' | 'privacy' | 'fairness';

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

/** What every family of metrics gets: the tables in the shapes they share, and the choices of the user. */
export interface EvaluationInput {
  readonly schema: TableSchema;
  readonly aligned: AlignedTables;
  /** Bins of the public schema. */
  readonly binned: BinnedTables;
  readonly hasHoldout: boolean;
}

/** One family of metrics: its file, one line in the registry, its test. */
export interface MetricFamily {
  readonly name: string;
  readonly definitions: readonly MetricDefinition[];
  readonly compute: (input: EvaluationInput) => readonly Metric[] | Promise<readonly Metric[]>;
}
