// @ts-check
/** The state of the sources that a measurement was taken on. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '..');

/** @returns {string} the short commit, with a mark when files of `src/` differ from it */
export function describeCommit() {
  const git = (/** @type {string[]} */ ...words) =>
    execFileSync('git', words, { cwd: PROJECT, encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', 'src') !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
}
