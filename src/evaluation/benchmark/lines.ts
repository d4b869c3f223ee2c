import type { RulerMark } from '../fidelity/subsample-ruler.ts';
import type { Interval } from '../intervals.ts';
import type { Scores } from './scores.ts';

/** What a step of a run used. */
export interface StepCost {
  /** CPU seconds of all threads. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

/** What a run used, measured inside its own process; start-up (interpreter and imports) apart. */
export interface RunCost {
  readonly steps: Readonly<Partial<Record<'startup' | 'fit' | 'sample', StepCost>>>;
  /** Peak resident memory of the whole process, and the part that start-up alone had taken. */
  readonly peakBytes: number;
  readonly startupPeakBytes: number;
}

/** The machine of a run, in facts that travel with every line. */
export interface MachineFacts {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly runtime: string;
  /** Mean number of busy or waiting processes in the last minute. */
  readonly loadAverage: number;
}

/** What every line has. */
interface LineHead {
  /** Hash of everything the line depends on: a line with this key need not be measured again. */
  readonly key: string;
  /** UTC time, ISO 8601. */
  readonly when: string;
  readonly machine: MachineFacts;
  /** Package version and hash of the program's files. */
  readonly version: string;
}

/** Facts about a table of the matrix. **Privacy**: private unless the table is public or simulated. */
export interface TableLine extends LineHead {
  readonly kind: 'table';
  readonly table: string;
  readonly origin: 'simulated' | 'public' | 'own';
  readonly sha256: string;
  readonly rows: number;
  readonly heldOutRows: number;
  readonly columns: number;
  /** What random parts of the training rows score, for "like an x % subsample". */
  readonly ruler: readonly RulerMark[];
  /** Scores of the held-out rows in the place of the synthetic ones. */
  readonly heldOut: Scores;
  /** AUC of the classifier trained on the real rows. */
  readonly realAuc: number | null;
}

/** Fidelity within one group of people. */
export interface GroupFidelity {
  readonly column: string;
  readonly group: string;
  /** NIST grouped k-marginal score, 0 to 1000. */
  readonly score: number;
  /** The same for the held-out rows. */
  readonly heldOut: number | null;
}

/** One attack on a synthetic table. */
export interface AttackRisk {
  readonly attack: 'singling-out' | 'linkability' | 'inference' | 'membership-auc';
  /** The secret that inference is after, or what else tells attacks of one kind apart. */
  readonly about?: string;
  readonly value: number;
  readonly interval: Interval | null;
}

/** One run of one system on one table. **Privacy**: private unless the table is public or simulated. */
export interface RunLine extends LineHead {
  readonly kind: 'run';
  readonly table: string;
  /** Model or rival, with its settings where they are not the usual ones. */
  readonly system: string;
  readonly isRival: boolean;
  /** `false`: the system promises no privacy and epsilon is 0. */
  readonly isPrivate: boolean;
  readonly epsilon: number;
  readonly delta: number;
  readonly run: number;
  readonly rows: number;
  readonly cost: RunCost;
  readonly scores: Scores;
  /** NIST score over pairs, and the share of the real rows whose random sample scores the same. */
  readonly kMarginal: number | null;
  readonly likeSubsample: number | null;
  readonly groups: readonly GroupFidelity[];
  /** Measured on the first run of each cell only. */
  readonly attacks: readonly AttackRisk[];
  /** What a rival lets through beside its noise, in its adapter's words. */
  readonly leaks?: string;
  readonly versions?: Readonly<Record<string, string>>;
}

/** What a fit costs on a made-up table of one size. */
export interface CostLine extends LineHead {
  readonly kind: 'cost';
  readonly system: string;
  readonly axis: 'rows' | 'columns' | 'categories';
  readonly rows: number;
  readonly columns: number;
  readonly categories: number;
  readonly cost: RunCost;
}

/** One line of a results file. */
export type BenchLine = TableLine | RunLine | CostLine;
