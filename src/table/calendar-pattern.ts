import { civilFromDays, daysFromCivil } from './calendar.ts';

const MS_PER_DAY = 86_400_000;
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
