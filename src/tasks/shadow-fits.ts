import { randomBytes } from 'node:crypto';
import { coarseDomain } from '../encode/table-codec.ts';
import { TabveilError } from '../errors.ts';
import type { DeepAttack } from '../evaluation/privacy/shadow-family.ts';
import type { Claim } from '../evaluation/verdict/verdict.ts';
import { calibratePlan } from '../privacy/accounting/calibrate-plan.ts';
import { PrivacyRun } from '../privacy/privacy-run.ts';
import { Private } from '../privacy/private.ts';
import { SecureBits } from '../random/secure-bits.ts';
import { generateRows } from '../sampling/generate-rows.ts';
import { fitTable, planTableShares } from '../synthesizers/fit-table.ts';
import { findSynthesizer } from '../synthesizers/registry.ts';
import type { Table } from '../table/columns.ts';
import type { TableSchema } from '../table/schema.ts';
import type { TaskContext } from './task-context.ts';

/** What the deep mode refits. */
export interface DeepOptions {
  /** Synthesizer; that of the certificate by default. */
  readonly model?: string;
  /** Budget of each fit; that of the certificate by default. */
  readonly epsilon?: number;
  readonly delta?: number;
  /** Fits; 200 by default. */
  readonly shadows?: number;
  /** Most isolated people to attack; 20 by default. */
  readonly targets?: number;
}

const DEFAULT_SHADOWS = 200;
const DEFAULT_TARGETS = 20;
const DEFAULT_DELTA = 1e-9;
/** Rows of a shadow table: fits must be quick, and one person weighs more in a small table. */
const SHADOW_ROWS = 2_000;

/**
 * A deep attack that refits a registered model.
 *
 * **Privacy**: the fits see private rows with the noise of production but without a ledger, because nothing of them leaves
 * the internal evaluation. Noise comes from the operating system, so the results of two evaluations differ.
 * @throws TabveilError (usage) when model or budget is neither named nor certified.
 */
export function planDeepAttack(
  options: DeepOptions,
  { schema, claim }: { readonly schema: TableSchema; readonly claim: Claim | undefined },
  { signal, onProgress }: TaskContext,
): DeepAttack {
  const generator = options.model ?? claim?.synthesizer;
  const epsilon = options.epsilon ?? claim?.epsilon;
  if (generator === undefined || epsilon === undefined) {
    throw new TabveilError(
      'usage',
      'evaluate.deep',
      `evaluate: --deep refits a model, but ${generator === undefined ? 'none is named' : 'its epsilon is not given'}; name it (--deep aim --deep-epsilon 1) or add --certificate.`,
    );
  }
  const delta = options.delta ?? claim?.delta ?? DEFAULT_DELTA;
  return {
    generator,
    epsilon,
    delta,
    fit: refitter(generator, { schema, budget: { epsilon, delta }, signal }),
    shadows: options.shadows ?? DEFAULT_SHADOWS,
    targets: options.targets ?? DEFAULT_TARGETS,
    rows: SHADOW_ROWS,
    ...(signal && { signal }),
    onShadow: (done, total) => onProgress?.({ phase: 'refit models', done, total }),
  };
}

interface Refit {
  readonly schema: TableSchema;
  readonly budget: { readonly epsilon: number; readonly delta: number };
  readonly signal: AbortSignal | undefined;
}

/** Fits on the given rows and samples as many as the model's released row count, in one block. */
function refitter(name: string, { schema, budget, signal }: Refit): DeepAttack['fit'] {
  const synthesizer = findSynthesizer(name);
  const options = {};
  const { plan } = calibratePlan(planTableShares(schema, { synthesizer, options, budget }), budget);
  return async (training, shadow) => {
    const fitted = await fitTable(Private.seal(training), {
      schema,
      synthesizer,
      options,
      budget,
      plan,
      mechanisms: new PrivacyRun({ plan, bits: new SecureBits() }),
      boundingKey: randomBytes(32),
      ...(signal && { signal }),
    });
    const rows = Math.min(Math.max(fitted.parts.rows, 1), 2 * SHADOW_ROWS);
    const model = synthesizer.open(coarseDomain(fitted.codec), fitted.parts);
    const [table] = generateRows({ model, codec: fitted.codec, schema, rows, seed: shadow, method: 'systematic' });
    return table as Table;
  };
}
