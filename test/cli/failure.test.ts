import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { reportFailure } from '../../src/cli/failure.ts';
import { type ErrorKind, TabveilError } from '../../src/errors.ts';

describe('reportFailure', () => {
  it.each<[ErrorKind, number]>([
    ['usage', 2],
    ['input', 3],
    ['budget', 4],
  ])('%s errors print their one line and end with %i', (kind, exitCode) => {
    const report = reportFailure(new TabveilError(kind, 'a.b', 'first\n  second'), undefined);
    expect(report).toEqual({ lines: ['first second'], exitCode });
  });

  it('an error that Tabveil did not write keeps its message to itself: it may quote a private cell', () => {
    const report = reportFailure(new Error("Could not convert string 'HIV-positive' to INT32"), undefined);
    expect(report.exitCode).toBe(1);
    expect(report.lines).toHaveLength(1);
    expect(report.lines.join()).not.toContain('HIV');
    expect(report.lines.join()).toContain('internal error: Error');
  });

  it('debugging adds the stack of an internal error', () => {
    const report = reportFailure(new RangeError('out of range'), undefined, true);
    expect(report.lines.length).toBeGreaterThan(2);
    expect(report.lines.join('\n')).toContain('failure.test.ts');
  });

  it('a failed system call names the path and what to do, as bad input', () => {
    const error = Object.assign(new Error('ENOSPC: …'), { code: 'ENOSPC', path: '/full/out.csv' });
    const report = reportFailure(error, undefined);
    expect(report.exitCode).toBe(3);
    expect(report.lines).toEqual([expect.stringMatching(/^\/full\/out\.csv: no space left/)]);
  });

  it('after Ctrl-C the exit code is the one of the signal, whatever the task threw', () => {
    expect(reportFailure(new DOMException('…', 'AbortError'), 130).exitCode).toBe(130);
    expect(reportFailure(new TabveilError('input', 'a.b', 'stopped; epsilon 1 counts as spent.'), 130)).toEqual({
      lines: ['stopped; epsilon 1 counts as spent.'],
      exitCode: 130,
    });
  });

  it('help is no failure; every other verdict of the argument parser is a usage error without a second line', () => {
    expect(reportFailure(new CommanderError(0, 'commander.help', ''), undefined)).toEqual({ lines: [], exitCode: 0 });
    expect(reportFailure(new CommanderError(1, 'commander.x', ''), undefined)).toEqual({ lines: [], exitCode: 2 });
  });
});
