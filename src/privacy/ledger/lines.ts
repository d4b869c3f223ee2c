import { createHash } from 'node:crypto';
import { z } from 'zod';
import { day, hex, plannedEventSchema, text, unitSchema } from '../shapes.ts';

/** Where the chain starts: the `previous` of the first line. */
export const CHAIN_START = '0'.repeat(64);

const amount = z.number().min(0);
const chained = { seq: z.int().min(0), previous: hex(64), day };

/** A share of a run's claim taken from one grant, as exact rationals. */
const chargeSchema = z.strictObject({
  grant: hex(16),
  epsilon: z.string().regex(/^\d{1,400}(\/\d{1,400})?$/),
  delta: z.string().regex(/^\d{1,400}(\/\d{1,400})?$/),
});

const paymentSchema = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('zcdp'), grant: hex(16) }),
  z.strictObject({ rule: z.literal('basic'), charges: z.array(chargeSchema).min(1).max(1000) }),
]);

const lineSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...chained,
    kind: z.literal('open'),
    format: z.literal('tabveil-ledger'),
    version: z.literal(1),
    dataset: hex(32),
    unit: unitSchema,
    replaces: hex(32).optional(),
  }),
  z.strictObject({
    ...chained,
    kind: z.literal('grant'),
    grant: hex(16),
    epsilon: amount.refine((value) => value > 0 && value < 1e6),
    delta: amount.refine((value) => value < 1),
    officer: text(200).optional(),
    purpose: text(200).optional(),
    expires: day.optional(),
    composition: z.enum(['basic', 'zcdp']).optional(),
  }),
  z.strictObject({
    ...chained,
    kind: z.literal('policy'),
    maxEpsilon: z.record(text(200), amount).optional(),
    population: z.int().min(1).optional(),
    officer: text(200).optional(),
  }),
  z.strictObject({ ...chained, kind: z.literal('content'), fingerprint: hex(64) }),
  z.strictObject({
    ...chained,
    kind: z.literal('reserve'),
    entry: hex(32),
    purpose: text(200),
    synthesizer: text(200),
    epsilon: amount,
    delta: amount,
    payment: paymentSchema,
    schemaHash: hex(64),
    software: text(200),
    events: z.array(plannedEventSchema).min(1).max(100_000),
    /** Keyed fingerprint of the table's content; only for a run that may be taken up, and then with no other content. */
    resumeOn: hex(64).optional(),
  }),
  z.strictObject({
    ...chained,
    kind: z.literal('begin'),
    entry: hex(32),
    label: text(200),
    draws: z.int().min(1).max(1_000_000_000),
  }),
  z.strictObject({ ...chained, kind: z.literal('commit'), entry: hex(32), outputHash: hex(64) }),
  z.strictObject({ ...chained, kind: z.literal('recover'), tornBytes: z.int().min(1), tornHash: hex(64) }),
]);

/** One line of a ledger. */
export type LedgerLine = z.infer<typeof lineSchema>;
/** A line of one kind. */
export type LineOf<K extends LedgerLine['kind']> = Extract<LedgerLine, { kind: K }>;
/** How a run is paid: from one grant by concentrated cost, or by its claim, split exactly over grants. */
export type Payment = z.infer<typeof paymentSchema>;

type Unchained<L> = L extends LedgerLine ? Omit<L, 'seq' | 'previous' | 'day'> : never;
/** The content of a line before it takes its place in the chain. */
export type LineBody = Unchained<LedgerLine>;

/** SHA-256 in hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The text of a line at its place in the chain, without the line break. */
export function encodeLine(body: LineBody, place: { seq: number; previous: string; day: string }): string {
  return JSON.stringify({ seq: place.seq, previous: place.previous, day: place.day, ...body });
}

/** A line from its text, or what is wrong with it. */
export function decodeLine(line: string): { readonly line: LedgerLine } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { problem: 'is not JSON' };
  }
  const parsed = lineSchema.safeParse(value);
  if (parsed.success) return { line: parsed.data };
  const issue = parsed.error.issues[0];
  return { problem: `is not a ledger line (${issue?.path.join('.') || 'line'}: ${issue?.message ?? 'invalid'})` };
}
