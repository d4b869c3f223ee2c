import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  civilFromDays,
  daysFromCivil,
  formatIsoDate,
  formatIsoDatetime,
  parseIsoDate,
  parseIsoDatetime,
} from '../../src/table/calendar.ts';
import { civilPatternProblem, formatPattern } from '../../src/table/calendar-pattern.ts';

const day = fc.integer({ min: -719_162, max: 2_932_896 });

describe('calendar', () => {
  it('agrees with the built-in calendar on every day of years 1 to 9999', () => {
    fc.assert(
      fc.property(day, (days) => {
        const date = new Date(days * 86_400_000);
        const civil = civilFromDays(days);
        expect([civil.year, civil.month, civil.day]).toEqual([
          date.getUTCFullYear(),
          date.getUTCMonth() + 1,
          date.getUTCDate(),
        ]);
        expect(daysFromCivil(civil)).toBe(days);
        expect(formatIsoDate(days)).toBe(date.toISOString().slice(0, 10));
        expect(parseIsoDate(formatIsoDate(days))).toBe(days);
      }),
      { seed: 1 },
    );
  });

  it('reads back the datetimes it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (milliseconds) => {
        expect(parseIsoDatetime(formatIsoDatetime(milliseconds))).toBe(milliseconds);
      }),
      { seed: 1 },
    );
  });

  it('knows zones and refuses what does not exist', () => {
    expect(parseIsoDatetime('1970-01-01 00:00')).toBe(0);
    expect(parseIsoDatetime('1970-01-01T02:00:00+02:00')).toBe(0);
    expect(parseIsoDatetime('1969-12-31T18:30:00-0530')).toBe(0);
    for (const text of ['2023-02-29', '2023-13-01', '2023-00-10', 'x', '2023-1-1'])
      expect(parseIsoDate(text)).toBeUndefined();
    for (const text of ['2023-01-01T24:00', '2023-01-01T00:60', '2023-02-30T00:00'])
      expect(parseIsoDatetime(text)).toBeUndefined();
  });
});

describe('patterns', () => {
  it('write each directive', () => {
    const moment = Date.UTC(2024, 1, 29, 15, 4, 5, 67);
    expect(formatPattern('%d.%m.%Y %H:%M:%S.%f', moment)).toBe('29.02.2024 15:04:05.067000');
    expect(formatPattern('%y%b%d %I%p %B %j %%', moment)).toBe('24Feb29 03PM February 060 %');
    expect(formatPattern('%I%p', 0)).toBe('12AM');
  });

  it('must name a whole day, and times only in datetimes', () => {
    expect(civilPatternProblem('%d/%m/%y', false)).toBeUndefined();
    expect(civilPatternProblem('%Y%j', false)).toBeUndefined();
    expect(civilPatternProblem('%m/%y', false)).toMatch(/year, a month and a day/);
    expect(civilPatternProblem('%Y-%m-%d %H', false)).toMatch(/directives are/);
    expect(civilPatternProblem('%Y-%m-%d %H', true)).toBeUndefined();
    expect(civilPatternProblem('%Y-%m-%d%', true)).toMatch(/directives are/);
  });
});
