#!/usr/bin/env node
import { reportFailure } from './failure.ts';
import { watchInterruption } from './interrupt.ts';
import { buildProgram, normaliseArguments } from './program.ts';
import { openShell } from './shell.ts';

// A reader that leaves early (`tabveil … | head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 3);
});

const interruption = watchInterruption();
try {
  const args = normaliseArguments(process.argv.slice(2));
  const program = await buildProgram(args, openShell(interruption.signal));
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  const report = reportFailure(error, interruption.exitCode(), process.env.TABVEIL_DEBUG === '1');
  for (const line of report.lines) process.stderr.write(`tabveil: ${line}\n`);
  process.exitCode = report.exitCode;
} finally {
  interruption.stop();
}
