import * as z from 'zod';
import { TabveilError } from '../../errors.ts';

const share = z.number().min(0).max(1);
const positive = z.number().positive();
const consequence = z.enum(['hold', 'review', 'ignore']);

const POLICY = z.strictObject({
  /** Hold when the lower bound of an attack's risk exceeds this. */
  holdRisk: share.default(0.05),
  /** Review when the upper bound of an attack's risk exceeds this. */
  reviewRisk: share.default(0.1),
  /** Hold when the lower bound of a replay or duplicate excess over holdout exceeds this. */
  holdExcess: share.default(0.005),
  /** Hold when the lower bound of the membership AUC exceeds this. */
  holdMembershipAuc: share.default(0.55),
  /** Review when a model trained on synthetic rows keeps less than this share of the usefulness. */
  reviewUsefulness: positive.default(0.9),
  /** Review when trees tell synthetic rows from real ones better than this. */
  reviewDiscriminatorAuc: share.default(0.9),
  /** Review when a group loses more AUC than this against training on real rows. */
  reviewGroupAucDrop: share.default(0.05),
  /** Review when a group's representation ratio certainly lies outside these. */
  reviewRepresentation: z.tuple([positive, positive]).default([0.8, 1.25]),
  /** What a missing certificate means: without one no epsilon is known, and nothing bounds what the attacks have missed. */
  withoutCertificate: consequence.default('hold'),
});

/** Thresholds of the verdict. They belong to the controller; the defaults are a proposal. */
export type Policy = z.infer<typeof POLICY>;

/** The proposed policy. */
export const DEFAULT_POLICY: Policy = POLICY.parse({});

/**
 * A policy from a JSON value; thresholds that are left out take their defaults.
 * @throws TabveilError (input) that names the file, the key and what is allowed.
 */
export function parsePolicy(value: unknown, where: string): Policy {
  const parsed = POLICY.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const key = issue?.path.join('.') ?? '';
  const allowed = Object.keys(DEFAULT_POLICY).join(', ');
  const found = key === '' ? '' : ` (found ${JSON.stringify(valueAt(value, issue?.path ?? []))})`;
  throw new TabveilError(
    'input',
    'policy.invalid',
    `${where}: ${key ? `"${key}": ` : ''}${issue?.message ?? 'not a policy'}${found}; a policy is a JSON object with some of ${allowed}.`,
  );
}

/** What stands at a place of a JSON value. */
function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}
