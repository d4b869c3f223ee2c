import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openOrCreateLedger } from '../../../src/privacy/ledger/open.ts';
import { writeModel } from '../../support/certified-model.ts';
import { runTabveil } from '../../support/cli.ts';
import { training, useFolders } from '../../support/ledger.ts';

const folder = useFolders();

async function homeWithTable() {
  const cwd = await folder();
  await writeFile(join(cwd, 'claims.csv'), 'age\n41\n');
  return cwd;
}

describe('tabveil ledger', () => {
  it('shows that there is none yet, grants, shows, verifies and exports', async () => {
    const cwd = await homeWithTable();
    const tabveil = (...args: string[]) => runTabveil(['ledger', ...args], { cwd });
    const none = await tabveil('show', 'claims.csv');
    expect(none).toMatchObject({ exitCode: 0, stderr: '' });
    expect(none.stdout).toContain('there is no ledger yet');
    const granted = await tabveil(
      'grant',
      'claims.csv',
      '--epsilon',
      '1',
      '--delta',
      '1e-9',
      '--officer',
      'J. Doe',
      '--json',
    );
    expect(JSON.parse(granted.stdout)).toMatchObject({ created: true, remaining: { epsilon: 1, delta: 1e-9 } });
    const shown = await tabveil('show', 'claims.csv');
    expect(shown.stdout).toMatch(/remaining +epsilon 1 of 1, delta 1e-9 of 1e-9/);
    expect(shown.stdout).toContain('J. Doe');
    const { head } = JSON.parse((await tabveil('export', 'claims.csv')).stdout) as { head: string };
    expect(await tabveil('verify', 'claims.csv', '--head', head)).toMatchObject({ exitCode: 0 });
  });

  it('shows what an unfinished run spent, and that a deleted ledger is gone; only --start-over begins again', async () => {
    const cwd = await homeWithTable();
    const tabveil = (...args: string[]) => runTabveil(['ledger', ...args], { cwd });
    const path = join(cwd, 'claims.csv.ledger.jsonl');
    const { ledger } = await openOrCreateLedger(path, { epsilon: 1, delta: 1e-9, unit: { kind: 'row' } });
    await ledger.reserve(training(1, 1e-9));
    const shown = await tabveil('show', 'claims.csv');
    expect(shown.stdout).toMatch(/remaining +epsilon 0 of 1/);
    expect(shown.stdout).toContain('what they claimed counts as spent');
    await rm(path);
    expect((await tabveil('show', 'claims.csv')).stdout).toContain(`dataset ${ledger.dataset}), but its file is gone`);
    const grant = ['grant', 'claims.csv', '--epsilon', '1', '--delta', '1e-9'];
    const refused = await tabveil(...grant);
    expect(refused).toMatchObject({ exitCode: 4, stdout: '' });
    expect(refused.stderr).toMatch(/^tabveil: ledger: this machine remembers [^\n]+--start-over\.\n$/);
    expect((await tabveil(...grant, '--start-over')).stdout).toContain(
      `the ledger here before (dataset ${ledger.dataset})`,
    );
  });

  it('verify finds an edited line: exit code 3 and one line on stderr', async () => {
    const cwd = await homeWithTable();
    const ledger = join(cwd, 'claims.csv.ledger.jsonl');
    await runTabveil(['ledger', 'grant', 'claims.csv', '--epsilon', '1', '--delta', '1e-9'], { cwd });
    await writeFile(ledger, (await readFile(ledger, 'utf8')).replace('"epsilon":1', '"epsilon":9'));
    const outcome = await runTabveil(['ledger', 'verify', 'claims.csv'], { cwd });
    expect(outcome).toMatchObject({ exitCode: 3, stdout: '' });
    expect(outcome.stderr).toMatch(/^tabveil: claims\.csv\.ledger\.jsonl: line 2 .*\n$/);
  });

  it.each([
    ['an epsilon that is no number', ['--epsilon', 'NaN', '--delta', '0']],
    ['a day that is none', ['--epsilon', '1', '--delta', '0', '--expires', 'tomorrow']],
    ['a missing epsilon', ['--delta', '0']],
  ])('grant with %s is a usage mistake: exit code 2, one line, no ledger', async (_what, flags) => {
    const cwd = await homeWithTable();
    const outcome = await runTabveil(['ledger', 'grant', 'claims.csv', ...flags], { cwd });
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toMatch(/^tabveil: [^\n]+\n$/);
    expect(await readdir(cwd)).toEqual(['claims.csv']);
  });
});

describe('tabveil verify, key and sign', () => {
  it('a stranger verifies a signed model; an edited certificate is exit code 3 and says what disagrees', async () => {
    const cwd = await folder();
    const model = join(cwd, 'model');
    await writeModel(model);
    expect(await runTabveil(['key', 'new', '--out', 'officer.key'], { cwd })).toMatchObject({ exitCode: 0 });
    expect(await runTabveil(['sign', 'model', '--key', 'officer.key'], { cwd })).toMatchObject({
      exitCode: 0,
      stderr: '',
    });
    const verified = await runTabveil(['verify', 'model', '--key', 'officer.key.pub', '--json', '--html', 'c.html'], {
      cwd,
    });
    expect(JSON.parse(verified.stdout)).toMatchObject({ epsilon: 1, delta: 1e-9, signature: 'trusted' });
    expect(await readFile(join(cwd, 'c.html'), 'utf8')).toContain('Signed by the key given to verify');
    const certificate = join(model, 'certificate.json');
    await writeFile(certificate, (await readFile(certificate, 'utf8')).replace('"epsilon": 1,', '"epsilon": 0.5,'));
    const refused = await runTabveil(['verify', 'model'], { cwd });
    expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
    expect(refused.stderr).toMatch(/^tabveil: model\/certificate\.json: epsilon disagrees: .*\n$/);
  });
});
