/** Milliseconds of one day. */
export const MS_PER_DAY = 86_400_000;
const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const ISO_DATETIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** Year, month (1–12) and day (1–31) of the proleptic Gregorian calendar. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/**
 * Whole days since 1970-01-01 of a date; no check that the day exists.
 * Years are counted from March so that the leap day comes last, and in eras of 400 years (146,097 days).
 */
export function daysFromCivil({ year, month, day }: CivilDate): number {
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The date of a whole number of days since 1970-01-01; the inverse of `daysFromCivil`. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

/**
 * Days since 1970-01-01 of a text `YYYY-MM-DD`, or undefined when it is not a date that exists.
 * @example parseIsoDate('1970-02-01') // 31
 */
export function parseIsoDate(text: string): number | undefined {
  const match = ISO_DATE.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const days = daysFromCivil({ year, month, day });
  const back = civilFromDays(days);
  return back.month === month && back.day === day ? days : undefined;
}

/**
 * Milliseconds since 1970-01-01T00:00Z of an ISO 8601 text, or undefined. A text without a zone is taken as UTC, and a
 * date alone as its midnight.
 */
export function parseIsoDatetime(text: string): number | undefined {
  const dayOnly = parseIsoDate(text);
  if (dayOnly !== undefined) return dayOnly * MS_PER_DAY;
  const match = ISO_DATETIME.exec(text);
  const days = match?.[1] === undefined ? undefined : parseIsoDate(match[1]);
  if (match === null || days === undefined) return undefined;
  const [hour, minute, second] = [Number(match[2]), Number(match[3]), Number(match[4] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const milliseconds = Math.floor(Number(match[5] ?? 0) * 1000);
  return days * MS_PER_DAY + hour * 3_600_000 + minute * 60_000 + second * 1000 + milliseconds - zoneOffset(match[6]);
}

/** Milliseconds that a zone such as `Z`, `+02:00` or `-0530` is ahead of UTC. */
function zoneOffset(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return (digits.startsWith('-') ? -minutes : minutes) * 60_000;
}

const padded = (value: number, width: number) => String(value).padStart(width, '0');

/** The text `YYYY-MM-DD` of days since 1970-01-01. */
export function formatIsoDate(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

/** The text `YYYY-MM-DDTHH:MM:SS`, with milliseconds only when there are any, of milliseconds since 1970 (UTC). */
export function formatIsoDatetime(milliseconds: number): string {
  const days = Math.floor(milliseconds / MS_PER_DAY);
  const rest = milliseconds - days * MS_PER_DAY;
  const clock = [rest / 3_600_000, (rest / 60_000) % 60, (rest / 1000) % 60].map((part) => padded(Math.floor(part), 2));
  const fraction = rest % 1000 === 0 ? '' : `.${padded(Math.floor(rest % 1000), 3)}`;
  return `${formatIsoDate(days)}T${clock.join(':')}${fraction}`;
}
