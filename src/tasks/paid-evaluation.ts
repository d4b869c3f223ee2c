import { createHash } from 'node:crypto';
import { TabveilError } from '../errors.ts';
import type { Metric } from '../evaluation/metric.ts';
import { measureHoldout, measureTraining } from '../evaluation/paid/paid-measurement.ts';
import { type PaidPlan, planHoldout, planShape, planTraining } from '../evaluation/paid/paid-shape.ts';
import { openTableLedger } from '../privacy/ledger/table-ledger.ts';
import type { Mechanisms } from '../privacy/mechanisms.ts';
import { PrivacyRun } from '../privacy/privacy-run.ts';
import { Private } from '../privacy/private.ts';
import { SecureBits } from '../random/secure-bits.ts';
import type { Payment } from '../report/releasable-report.ts';
import type { Table } from '../table/columns.ts';
import type { TableSchema } from '../table/schema.ts';

/** A protected table with the file that its ledger belongs to. */
export interface ProtectedTable {
  readonly path: string;
  readonly table: Table;
  /** Ledger file; beside the table when absent. */
  readonly ledger?: string;
}

/** Which numbers to buy. */
export interface PaidRequest {
  readonly schema: TableSchema;
  readonly synthetic: Table;
  readonly training: ProtectedTable;
  readonly holdout?: ProtectedTable;
  /** Paid by each table: the people in them must be different ones for the costs not to add up. */
  readonly epsilon: number;
  readonly delta: number;
  readonly protectedColumns: readonly string[];
  readonly target?: string;
  /** See `TargetChoice`. */
  readonly positive?: string;
}

/** Numbers that were bought, and what for. */
export interface PaidNumbers {
  readonly metrics: readonly Metric<'dp'>[];
  readonly payments: readonly Payment[];
  /** Columns with a public domain: those that were measured. */
  readonly columns: readonly string[];
  /** What the model of the bought decisions decides, in words. */
  readonly question?: string;
  /** What was asked for and was not bought. */
  readonly omitted: readonly string[];
  /** What the user must know about the ledgers. */
  readonly notes: readonly string[];
}

/** Purpose under which the spend is booked. */
const PURPOSE = 'releasable report';

/**
 * Buys quality numbers from the ledgers of the protected tables: k-marginal score and group sizes from the training table;
 * decisions by group and Brier score of a model trained on the synthetic table from the holdout.
 *
 * **Privacy**: add/remove of one row; each table pays `epsilon` before any of its statistics is computed. The synthetic
 * table, the schema and the choice of columns are public.
 * @throws TabveilError (usage) when the shape cannot be bought, (budget) when a ledger has not enough left.
 */
export async function buyNumbers(request: PaidRequest): Promise<PaidNumbers> {
  const shape = planShape(request.schema, { ...request, hasHoldout: request.holdout !== undefined });
  const columns = shape.schema.fields.map((field) => field.name);
  const training = await pay(
    request,
    { table: 'training', source: request.training, plan: planTraining(shape, request.epsilon) },
    (run, plan) =>
      measureTraining(
        run,
        { training: Private.seal(request.training.table), synthetic: request.synthetic },
        { shape, plan },
      ),
  );
  const about = { columns, omitted: shape.omitted, ...(shape.target && { question: shape.target.question }) };
  if (!request.holdout || !shape.target) return { ...collect([training]), ...about };
  const { holdout } = request;
  const tested = await pay(
    request,
    { table: 'holdout', source: holdout, plan: planHoldout(shape, request.epsilon) },
    (run, plan) =>
      measureHoldout(run, { holdout: Private.seal(holdout.table), synthetic: request.synthetic }, { shape, plan }),
  );
  return { ...collect([training, tested]), ...about };
}

interface Bought {
  readonly metrics: readonly Metric<'dp'>[];
  readonly payment: Payment;
  readonly notes: readonly string[];
}

function collect(parts: readonly Bought[]): Pick<PaidNumbers, 'metrics' | 'payments' | 'notes'> {
  return {
    metrics: parts.flatMap((part) => part.metrics),
    payments: parts.map((part) => part.payment),
    notes: parts.flatMap((part) => part.notes),
  };
}

interface Purchase {
  readonly table: string;
  readonly source: ProtectedTable;
  readonly plan: PaidPlan;
}

/** Reserves the plan, measures, commits; a failure after the reservation leaves the claim spent. */
async function pay(
  { schema, epsilon, delta }: PaidRequest,
  { table, source, plan }: Purchase,
  measure: (run: Mechanisms, plan: PaidPlan) => Promise<readonly Metric<'dp'>[]>,
): Promise<Bought> {
  const spend = { epsilon, delta, unit: schema.unit };
  const { ledger, fingerprint, created } = await openTableLedger(source.path, {
    ...spend,
    // The schema names the ledger of the table it describes; a holdout has its own.
    ...(schema.ledger !== undefined && table === 'training' && { dataset: schema.ledger }),
    ...(source.ledger !== undefined && { ledger: source.ledger }),
  });
  const reservation = await ledger.reserve({
    purpose: PURPOSE,
    synthesizer: 'evaluation',
    ...spend,
    plan: plan.plan,
    schemaHash: createHash('sha256').update(schema.canonical).digest('hex'),
    fingerprint,
    ...(schema.population !== undefined && { population: schema.population }),
  });
  const run = new PrivacyRun({ plan: plan.plan, bits: new SecureBits() });
  const metrics = await measure(run, plan).catch((error: unknown) => {
    if (error instanceof TabveilError && error.kind !== 'bug') throw error;
    throw new TabveilError(
      'bug',
      'report.measure',
      `report: measuring failed after epsilon ${epsilon} was reserved; it counts as spent.`,
    );
  });
  const outputHash = createHash('sha256').update(JSON.stringify(metrics)).digest('hex');
  await ledger.commit(reservation, { outputHash });
  const purposes = plan.plan.map((line) => line.purpose);
  const made = `The ${table} table had no ledger; ${ledger.path} was made with a grant of exactly epsilon ${epsilon}, delta ${delta}, which is now spent.`;
  return {
    metrics,
    notes: created ? [made] : [],
    payment: { table, dataset: reservation.dataset, entry: reservation.entry, epsilon, delta, purposes },
  };
}
