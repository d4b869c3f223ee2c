import { describe, expect, it } from 'vitest';
import { startProgram } from '../support/cli.ts';

const MODULE = new URL('../../dist/cli/interrupt.js', import.meta.url).href;

/** A task that reports the abort and then never ends by itself. */
const STUBBORN = `
  import { watchInterruption } from '${MODULE}';
  const interruption = watchInterruption();
  interruption.signal.addEventListener('abort', () => console.log('aborted ' + interruption.exitCode()));
  setInterval(() => undefined, 1000);
  console.log('ready');
`;

/** Sends the next signal each time the task prints a line. */
async function runStubborn(signals: readonly NodeJS.Signals[]) {
  const { child, outcome } = startProgram(process.execPath, ['--input-type=module', '-e', STUBBORN]);
  const left = [...signals];
  child.stdout?.on('data', () => child.kill(left.shift()));
  return outcome;
}

describe('watchInterruption', () => {
  it('the first Ctrl-C aborts the task, the second ends the process at once', async () => {
    expect(await runStubborn(['SIGINT', 'SIGINT'])).toMatchObject({ stdout: 'ready\naborted 130\n', exitCode: 130 });
  });

  it('SIGTERM does the same with its own exit code', async () => {
    expect(await runStubborn(['SIGTERM', 'SIGTERM'])).toMatchObject({ stdout: 'ready\naborted 143\n', exitCode: 143 });
  });
});
