import { z } from 'zod';
import { validateEvent } from './accounting/validate-event.ts';
import type { PrivacyUnit } from './certificate.ts';
import type { PlannedEvent } from './mechanisms.ts';

/** Lower-case hexadecimal text of a fixed length. */
export const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

/** Text on one line, 1 to `most` characters, without control characters. */
export const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u);

/** A day of the calendar, `YYYY-MM-DD`. */
export const day = z.iso.date();

/** Shape of a privacy unit in files. */
export const unitSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('row') }),
  z.strictObject({ kind: z.literal('entity'), key: z.array(text(1000)).min(1).max(64), maxRows: z.int().min(1) }),
]) satisfies z.ZodType<PrivacyUnit>;

/** Shape of one planned event in files; the event itself is checked by `validateEvent`. */
export const plannedEventSchema = z.strictObject({
  label: text(1000),
  purpose: text(1000),
  event: z.unknown().transform((value, context) => {
    try {
      return validateEvent(value);
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : 'unknown event');
      return z.NEVER;
    }
  }),
}) satisfies z.ZodType<PlannedEvent>;
