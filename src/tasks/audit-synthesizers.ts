import { calibratePlan } from '../privacy/accounting/calibrate-plan.ts';
import type { AuditSubject } from '../privacy/audit/audit.ts';
import { claimOf } from '../privacy/audit/claim.ts';
import type { MechanismFactory } from '../privacy/audit/mechanism-cases.ts';
import { LikelihoodWitness } from '../privacy/audit/witness.ts';
import type { Mechanisms } from '../privacy/mechanisms.ts';
import { Private } from '../privacy/private.ts';
import { fitTable, planTableShares } from '../synthesizers/fit-table.ts';
import type { Synthesizer } from '../synthesizers/synthesizer.ts';
import type { Table } from '../table/columns.ts';
import type { Field, TableSchema } from '../table/schema.ts';

/** What a synthesizer is audited at. */
export interface SynthesizerAuditOptions {
  readonly budget: { readonly epsilon: number; readonly delta: number };
  /** Makes the mechanisms of each training. */
  readonly createMechanisms: MechanismFactory;
}

/** Columns of the made-up table; enough for selections to have a choice. */
const COLUMNS = ['a', 'b', 'c', 'd'] as const;
const CATEGORIES = ['first', 'second', 'never'] as const;
/** Rows of each of the two kinds in the table. */
const ROWS_PER_KIND = 15;

const SCHEMA: TableSchema = {
  fields: COLUMNS.map(
    (name): Field => ({
      name,
      type: 'string',
      roles: [],
      domain: { kind: 'categorical', categories: { status: 'public', value: CATEGORIES }, ordered: false },
      nullable: false,
      outOfDomain: 'fallback',
    }),
  ),
  missingValues: [''],
  primaryKey: [],
  unit: { kind: 'row' },
  canonical: '',
};

/**
 * Rows that hold `first` everywhere or `second` everywhere, plus, on one side, the unit: `second` in the last column alone.
 * Its pairs of equal values fit what selections look for and its unequal ones contradict it, so scores move apart.
 */
function madeUpTable(unitRows: 0 | 1): Table {
  const rowCount = 2 * ROWS_PER_KIND + unitRows;
  const columns = COLUMNS.map((name, column) => {
    const unit = column === COLUMNS.length - 1 ? 1 : 0;
    const codes = Int32Array.from({ length: rowCount }, (_, row) => (row === 2 * ROWS_PER_KIND ? unit : row % 2));
    return [name, { kind: 'category', codes, categories: CATEGORIES }] as const;
  });
  return { rowCount, columns: new Map(columns) };
}

const TABLES = { without: madeUpTable(0), with: madeUpTable(1) } as const;

/**
 * A whole training, from the table to the fitted model, on neighbours that are bad for methods that count and select: a
 * record unlike all others. The score is the exact log-likelihood ratio of everything the training released.
 *
 * Each run trains twice: once for real, once on the neighbour with the released values of the first. Should the second
 * make other calls than the first, the run throws, because calls would then depend on private data.
 *
 * **Privacy**: the tables are made up.
 * @source Annamalai, Ganev, De Cristofaro, "What do you want from theory alone?", USENIX Security 2024, for unusual
 * records in made-up tables; Nasr et al., "Tight auditing of differentially private machine
 * learning", USENIX Security 2023, for the Gaussian test.
 */
export function synthesizerSubject(synthesizer: Synthesizer, request: SynthesizerAuditOptions): AuditSubject {
  const { budget, createMechanisms } = request;
  const options = synthesizer.quickOptions ?? {};
  const { plan } = calibratePlan(planTableShares(SCHEMA, { synthesizer, options, budget }), budget);
  const train = (table: Table, mechanisms: Mechanisms) =>
    fitTable(Private.seal(table), {
      schema: SCHEMA,
      synthesizer,
      options,
      budget,
      plan,
      mechanisms,
      boundingKey: new Uint8Array(32),
    });
  return {
    name: `${synthesizer.name}, epsilon ${budget.epsilon}, delta ${budget.delta}`,
    setting: `${2 * ROWS_PER_KIND} rows of two kinds against one more of its own kind, ${COLUMNS.length} columns; score: log-likelihood ratio of all released values`,
    test: 'gaussian',
    claim: claimOf(plan.map(({ event }) => event)),
    run: async (side) => {
      const witness = new LikelihoodWitness(plan, createMechanisms);
      await train(TABLES[side], witness.watch());
      await train(TABLES[side === 'with' ? 'without' : 'with'], witness.replay());
      return side === 'with' ? witness.logLikelihoodRatio : -witness.logLikelihoodRatio;
    },
  };
}
