// @ts-check
/**
 * Where the public tables lie: `TABVEIL_DATA`, or `data` in the shared folder beside the project. A table is a folder with
 * `train.csv`, `test.csv` and `bins.json` (fixed edges and categories; see `datasets/NAME/README.md`).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '..');

/** Tables that the reference results cover, smallest first. */
export const REFERENCE_TABLES = ['titanic', 'german', 'adult', 'bank'];

/**
 * The folder of a table.
 *
 * @param {string} name
 * @throws when it is not there; the message says where it was looked for
 */
export function tableFolder(name) {
  const roots = [process.env.TABVEIL_DATA, resolve(PROJECT, '../shared/data')].filter((root) => root !== undefined);
  const folder = roots.map((root) => join(root, name)).find((path) => existsSync(join(path, 'train.csv')));
  if (folder === undefined) {
    throw new Error(
      `table "${name}" is not in ${roots.join(' nor in ')}; set TABVEIL_DATA (datasets/${name}/README.md).`,
    );
  }
  return folder;
}

/**
 * Number of data rows of a CSV file without line breaks inside cells.
 *
 * @param {string} path
 */
export function countRows(path) {
  return readFileSync(path, 'utf8').trimEnd().split('\n').length - 1;
}
