import { z } from 'zod';
import { findRepeatedKey } from '../canonical-json.ts';
import { TabveilError } from '../errors.ts';
import { everyEpsilon, smallestEpsilon } from './accounting/tightest.ts';
import { type Certificate, digestOf } from './certificate.ts';
import { day, hex, plannedEventSchema, text, unitSchema } from './shapes.ts';

/** Limits on what a stranger's certificate may ask of a verifier. */
const MOST_EVENTS = 10_000;
const MOST_ARTEFACTS = 1000;
const MOST_TEXT = 32 * 2 ** 20;

/** Two versions of an accountant may differ by their grids, not by more than this share. */
const ACCOUNTANT_TOLERANCE = 1e-3;

/** One plain file name: no folders, no hidden files, nothing that an operating system or JavaScript reads otherwise. */
export const ARTEFACT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Files of a model folder that certify the others and are not certified themselves. */
export const CERTIFYING_FILES = { certificate: 'certificate.json', signature: 'signature.json' } as const;

const certificateSchema = z.strictObject({
  format: z.literal('tabveil-certificate'),
  version: z.literal(1),
  epsilon: z.number().positive().max(1e6),
  delta: z.number().positive().lt(1),
  accountedEpsilon: z.number().min(0).max(1e6),
  accountant: text(100),
  adjacency: z.literal('add-remove'),
  unit: unitSchema,
  synthesizer: text(100),
  ledger: z.strictObject({ dataset: hex(32), entry: hex(32) }),
  events: z.array(plannedEventSchema).min(1).max(MOST_EVENTS),
  publicInputs: z.array(text(10_000)).max(100_000),
  schemaHash: hex(64),
  artefacts: z
    .record(z.string().regex(ARTEFACT_NAME), hex(64))
    .refine((files) => !Object.values(CERTIFYING_FILES).some((name) => Object.hasOwn(files, name)), 'certifies itself')
    .refine((files) => Object.keys(files).length <= MOST_ARTEFACTS, `at most ${MOST_ARTEFACTS} files`),
  testNoise: z.boolean(),
  day,
  software: text(200),
  digest: hex(64),
}) satisfies z.ZodType<Certificate>;

/**
 * Reads the text of a certificate from a stranger: known fields only, finite numbers, sizes within limits, no key twice.
 * @param where file name for messages.
 * @throws TabveilError naming the field and what is allowed.
 */
export function parseCertificate(json: string, where: string): Certificate {
  if (json.length > MOST_TEXT)
    throw refuse(where, 'size', `the file has ${json.length} characters; at most ${MOST_TEXT} are read`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw refuse(where, 'json', 'this is not JSON');
  }
  const repeated = findRepeatedKey(json);
  if (repeated !== undefined) throw refuse(where, 'repeated-key', `the key "${repeated.slice(0, 40)}" appears twice`);
  const parsed = certificateSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.').slice(0, 80) || 'the document';
  throw refuse(where, 'field', `${field}: ${(issue?.message ?? 'invalid').slice(0, 300)}`);
}

/** A certificate whose numbers were recomputed from its events. */
export interface CheckedCertificate {
  readonly certificate: Certificate;
  /** Recomputed cost at the certificate's delta, and the accountant that gave it. */
  readonly epsilon: number;
  readonly accountant: string;
}

/**
 * Recomputes a certificate from its events alone.
 * @param where file name for messages.
 * @throws TabveilError naming what disagrees: the total, the stated cost, a repeated label, the digest.
 */
export function checkCertificate(certificate: Certificate, where: string): CheckedCertificate {
  const { epsilon, delta, accountedEpsilon, digest } = certificate;
  const labels = certificate.events.map(({ label }) => label);
  const seen = new Set<string>();
  const repeated = labels.find((label) => seen.size === seen.add(label).size);
  if (repeated !== undefined) throw refuse(where, 'repeated-label', `two events are labelled "${repeated}"`);
  const events = certificate.events.map(({ event }) => event);
  const proven = everyEpsilon(events, delta);
  const cost = smallestEpsilon(proven);
  if (cost.epsilon > epsilon) {
    throw refuse(
      where,
      'total',
      `epsilon disagrees: it states ${epsilon} at delta ${delta}, but its events cost ${cost.epsilon} (${cost.accountant})`,
    );
  }
  const restated = (proven.find(({ accountant }) => accountant === certificate.accountant) ?? cost).epsilon;
  if (Math.abs(restated - accountedEpsilon) > ACCOUNTANT_TOLERANCE * Math.max(restated, accountedEpsilon)) {
    throw refuse(
      where,
      'accounted',
      `accountedEpsilon disagrees: it states ${accountedEpsilon} at delta ${delta}, but its events cost ${restated} (${certificate.accountant})`,
    );
  }
  if (digestOf(certificate) !== digest) {
    throw refuse(
      where,
      'digest',
      `digest disagrees: a field was edited after training (it now states epsilon ${epsilon}, delta ${delta}, ${events.length} events of cost ${cost.epsilon})`,
    );
  }
  return { certificate, epsilon: cost.epsilon, accountant: cost.accountant };
}

/** A refusal of a certificate or of the folder it certifies. */
export function refuse(where: string, code: string, finding: string): TabveilError {
  return new TabveilError(
    'input',
    `certificate.${code}`,
    `${where}: ${finding}. Do not rely on this model; get the folder again from whoever trained it.`,
  );
}
