import { civilFromDays, daysFromCivil, MS_PER_DAY } from './calendar.ts';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DATE_DIRECTIVES = 'YymdbBj';
const TIME_DIRECTIVES = 'HIMSpf';

/** Why a strptime pattern cannot be used for a date (or datetime), or undefined when it can. */
export function civilPatternProblem(pattern: string, hasTime: boolean): string | undefined {
  const allowed = `${DATE_DIRECTIVES}${hasTime ? TIME_DIRECTIVES : ''}%`;
  const used = [...pattern.matchAll(/%(.?)/gs)].map((match) => match[1] ?? '');
  const unknown = used.find((directive) => directive === '' || !allowed.includes(directive));
  const list = [...allowed].map((directive) => `%${directive}`).join(' ');
  if (unknown !== undefined) return `directives are ${list}`;
  const isWhole =
    /[Yy]/.test(used.join('')) && (used.includes('j') || (/[mbB]/.test(used.join('')) && used.includes('d')));
  return isWhole ? undefined : 'it must hold a year, a month and a day';
}

/**
 * The text of a moment in a strptime pattern that `civilPatternProblem` accepts.
 * @param milliseconds since 1970-01-01T00:00Z; for dates, days times 86,400,000.
 * @example formatPattern('%d.%m.%Y', 0) // '01.01.1970'
 */
export function formatPattern(pattern: string, milliseconds: number): string {
  const days = Math.floor(milliseconds / MS_PER_DAY);
  const rest = milliseconds - days * MS_PER_DAY;
  return pattern.replace(/%(.)/gs, (_, directive: string) => formatDirective(directive, days, rest));
}

function formatDirective(directive: string, days: number, rest: number): string {
  const { year, month, day } = civilFromDays(days);
  const hour = Math.floor(rest / 3_600_000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  switch (directive) {
    case 'Y':
      return String(year).padStart(4, '0');
    case 'y':
      return two(((year % 100) + 100) % 100);
    case 'm':
      return two(month);
    case 'd':
      return two(day);
    case 'b':
      return (MONTHS[month - 1] ?? '').slice(0, 3);
    case 'B':
      return MONTHS[month - 1] ?? '';
    case 'j':
      return String(days - daysFromCivil({ year, month: 1, day: 1 }) + 1).padStart(3, '0');
    case 'H':
      return two(hour);
    case 'I':
      return two(((hour + 11) % 12) + 1);
    case 'p':
      return hour < 12 ? 'AM' : 'PM';
    case 'M':
      return two((rest / 60_000) % 60);
    case 'S':
      return two((rest / 1000) % 60);
    case 'f':
      return `${String(Math.floor(rest % 1000)).padStart(3, '0')}000`;
    default:
      return directive;
  }
}

const PARTS: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})',
  y: '(?<y>\\d{2})',
  m: '(?<m>\\d{1,2})',
  d: '(?<d>\\d{1,2})',
  b: '(?<b>[A-Za-z]{3})',
  B: '(?<B>[A-Za-z]+)',
  j: '(?<j>\\d{1,3})',
  H: '(?<H>\\d{1,2})',
  I: '(?<I>\\d{1,2})',
  M: '(?<M>\\d{1,2})',
  S: '(?<S>\\d{1,2})',
  p: '(?<p>[AaPp][Mm])',
  f: '(?<f>\\d{1,9})',
  '%': '%',
};

/**
 * Milliseconds since 1970-01-01T00:00Z of a text in a pattern that `civilPatternProblem` accepts, or undefined when the
 * text does not follow it. Two-digit years from 69 on are of the twentieth century.
 * @example parsePattern('%d.%m.%Y', '02.01.1970') // 86400000
 */
export function parsePattern(pattern: string, text: string): number | undefined {
  const source = pattern.replace(/%(.)|[^%]/gs, (character, directive: string | undefined) =>
    directive === undefined ? character.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&') : (PARTS[directive] ?? directive),
  );
  const parts = new RegExp(`^${source}$`).exec(text)?.groups;
  const days = parts === undefined ? undefined : daysOfParts(parts);
  if (parts === undefined || days === undefined) return undefined;
  const half = parts.p === undefined ? 0 : /p/i.test(parts.p) ? 12 : 0;
  const hour = parts.I === undefined ? Number(parts.H ?? 0) : (Number(parts.I) % 12) + half;
  const [minute, second] = [Number(parts.M ?? 0), Number(parts.S ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = Math.floor(Number(`0.${parts.f ?? 0}`) * 1000);
  return days * MS_PER_DAY + hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction;
}

function daysOfParts(parts: Readonly<Record<string, string>>): number | undefined {
  const short = Number(parts.y ?? 0);
  const year = parts.Y === undefined ? short + (short < 69 ? 2000 : 1900) : Number(parts.Y);
  if (parts.j !== undefined) {
    const days = daysFromCivil({ year, month: 1, day: 1 }) + Number(parts.j) - 1;
    return civilFromDays(days).year === year ? days : undefined;
  }
  const name = (parts.B ?? parts.b)?.toLowerCase();
  const month =
    name === undefined
      ? Number(parts.m)
      : MONTHS.findIndex((full) => (parts.B === undefined ? full.slice(0, 3) : full).toLowerCase() === name) + 1;
  const days = daysFromCivil({ year, month, day: Number(parts.d) });
  const back = civilFromDays(days);
  return back.month === month && back.day === Number(parts.d) ? days : undefined;
}
