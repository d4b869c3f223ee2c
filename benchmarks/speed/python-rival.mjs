// @ts-check
/** A Python process that runs tasks of `rivals.py` on demand, so that both sides of a pair take turns. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * @typedef {object} PythonRival
 * @property {(task: string) => Promise<number>} run CPU seconds of one run
 * @property {() => void} close
 */

/**
 * @param {string} environment folder under benchmarks/peers
 * @param {string} folder data for the tasks
 * @returns {PythonRival | undefined} nothing when the environment is absent
 */
export function openPythonRival(environment, folder) {
  const home = join(import.meta.dirname, '..');
  const python = join(home, 'peers', environment, 'bin/python');
  if (!existsSync(python)) return undefined;
  const child = spawn(python, ['-W', 'ignore', join(import.meta.dirname, 'rivals.py'), folder], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(task) {
      child.stdin.write(`${task}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${environment}: the process of ${task} ended`);
      const answer = JSON.parse(value);
      if (answer.absent !== undefined) throw new Error(`${environment}: ${answer.absent} is not installed`);
      return answer.cpuSeconds;
    },
    close: () => child.kill(),
  };
}
