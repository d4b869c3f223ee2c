import { vi } from 'vitest';
import { reportFailure } from '../../src/cli/failure.ts';
import { buildProgram } from '../../src/cli/program.ts';

/** The command line in this process: many mistakes, one start. */
export async function runHere(args: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  try {
    const program = await buildProgram(args, {
      run: async (task) => task({}),
      print: (result, text, json) => {
        stdout += json === true ? JSON.stringify(result) : text;
      },
      note: () => {},
    });
    await program.parseAsync([...args], { from: 'user' });
    return { exitCode: 0, stdout, stderr };
  } catch (error) {
    const report = reportFailure(error, undefined, false);
    return {
      exitCode: report.exitCode,
      stdout,
      stderr: stderr + report.lines.map((line) => `tabveil: ${line}\n`).join(''),
    };
  } finally {
    spy.mockRestore();
  }
}
