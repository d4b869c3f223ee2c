/** A small space of plaintexts, addressed by number so that threads can share it out. */
export interface CandidateSpace {
  readonly name: string;
  readonly size: number;
  /** Plaintext of a number from 0 to size − 1. */
  readonly at: (index: number) => string;
}

const LETTERS = 26;
const FIRST_DAY = Date.UTC(1900, 0, 1);
const LAST_DAY = Date.UTC(2035, 11, 31);
const DAYS = (LAST_DAY - FIRST_DAY) / 86_400_000 + 1;

/** Ways to write a day. */
const DATE_FORMATS: readonly ((year: string, month: string, day: string) => string)[] = [
  (y, m, d) => `${y}-${m}-${d}`,
  (y, m, d) => `${y}${m}${d}`,
  (y, m, d) => `${d}.${m}.${y}`,
  (y, m, d) => `${d}/${m}/${y}`,
  (y, m, d) => `${m}/${d}/${y}`,
  (y, m, d) => `${d}-${m}-${y}`,
];

/**
 * Spaces that can be enumerated in seconds: numbers below ten million, numbers with leading zeros (postal codes, member and
 * licence numbers), dates, and licence-plate patterns such as those of the New York taxi logs.
 */
export const CANDIDATE_SPACES: readonly CandidateSpace[] = [
  { name: 'dates 1900 to 2035', size: DAYS * DATE_FORMATS.length, at: dateAt },
  ...[4, 5, 6].map((width) => paddedNumbers(width)),
  { name: 'plates like 9A99', size: 10 * LETTERS * 100, at: (index) => plate('9A99', index) },
  { name: 'plates like AA999', size: LETTERS ** 2 * 1000, at: (index) => plate('AA999', index) },
  { name: 'numbers 0 to 9999999', size: 10_000_000, at: String },
];

/** Numbers of that width with at least one leading zero. */
function paddedNumbers(width: number): CandidateSpace {
  return {
    name: `${width} digits with leading zeros`,
    size: 10 ** (width - 1),
    at: (index) => String(index).padStart(width, '0'),
  };
}

function dateAt(index: number): string {
  const format = DATE_FORMATS[index % DATE_FORMATS.length];
  const iso = new Date(FIRST_DAY + Math.floor(index / DATE_FORMATS.length) * 86_400_000).toISOString();
  return format?.(iso.slice(0, 4), iso.slice(5, 7), iso.slice(8, 10)) ?? '';
}

/** Writes a number into a pattern of letters (A) and digits (9). */
function plate(pattern: string, index: number): string {
  let rest = index;
  let text = '';
  for (const symbol of [...pattern].reverse()) {
    const base = symbol === 'A' ? LETTERS : 10;
    const digit = rest % base;
    text = (symbol === 'A' ? String.fromCharCode(65 + digit) : String(digit)) + text;
    rest = Math.floor(rest / base);
  }
  return text;
}
