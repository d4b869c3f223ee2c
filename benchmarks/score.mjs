// @ts-check
/**
 * Scores of a synthetic table by the public scoring script (total variation distance of all 1-, 2- and 3-way marginals
 * on fixed bins, and a classifier trained on synthetic and tested on real rows).
 *
 * `SCORE_PYTHON` names a Python with numpy, pandas and scikit-learn (default: the environment that
 * `npm run bench:peers:install` makes), `SCORE_SCRIPT` the script (default: `tools/score.py` in the shared folder).
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '..');

/** @returns {{ python: string, script: string }} */
export function scorer() {
  const python = process.env.SCORE_PYTHON ?? resolve(PROJECT, 'benchmarks/peers/.venv-score/bin/python');
  const script = process.env.SCORE_SCRIPT ?? resolve(PROJECT, '../shared/tools/score.py');
  for (const [path, variable] of [
    [python, 'SCORE_PYTHON'],
    [script, 'SCORE_SCRIPT'],
  ]) {
    if (!existsSync(path ?? '')) throw new Error(`${path} is not there; set ${variable} or run bench:peers:install.`);
  }
  return { python, script };
}

/**
 * @param {string} tableFolder holds train.csv, test.csv and bins.json
 * @param {string} syntheticCsv or `train` for the real rows themselves
 * @returns {Record<string, number>} tvd1, tvd2, tvd3, their worst and test values, cramer_mad, tstr_auc, tstr_acc, tstr_f1
 */
export function scoreTable(tableFolder, syntheticCsv) {
  const { python, script } = scorer();
  const output = execFileSync(python, [script, tableFolder, syntheticCsv], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  const { dataset: _dataset, name: _name, ...scores } = JSON.parse(output);
  return scores;
}
