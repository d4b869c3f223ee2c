import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runTabveil } from '../../support/cli.ts';
import { runHere } from '../../support/program.ts';

const home = mkdtempSync(join(tmpdir(), 'tabveil-account-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function writeEvents(name: string, content: unknown): string {
  const path = join(home, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function account(...args: string[]): Promise<Record<string, unknown>> {
  const outcome = await runHere(['account', ...args, '--json']);
  expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
  return JSON.parse(outcome.stdout) as Record<string, unknown>;
}

describe('tabveil account', () => {
  it.each([
    [['gaussian', '--sigma', '1', '--count', '1', '--delta', '1e-6'], 4.886554117462212, 'pld'],
    [['gaussian', '--sigma', '10', '--count', '100', '--delta', '1e-6'], 4.886554117462212, 'pld'],
    [['discrete-gaussian', '--variance', '0.25', '--delta', '1e-6'], 9.996247724900838, 'pld'],
    [['discrete-gaussian', '--variance', '1/4', '--count', '1', '--delta', '1e-6'], 9.996247724900838, 'pld'],
    [
      ['dpsgd', '--sample-rate', '0.01', '--noise-multiplier', '1', '--steps', '1000', '--delta', '1e-5'],
      1.8282367363,
      'pld',
    ],
    [['zcdp', '--rho', '0.5', '--delta', '1e-6'], 5.221534444530169, 'zcdp'],
    [['exponential', '--epsilon', '2', '--count', '1', '--delta', '1e-9'], 1.9998402, 'pld'],
  ])('%j', async (args, epsilon, accountant) => {
    const result = await account(...args);
    expect(result).toMatchObject({ delta: Number(args.at(-1)), accountant, adjacency: 'add-remove' });
    expect((result.epsilon as number) / epsilon).toBeCloseTo(1, 3);
    expect(result.epsilon).toBeGreaterThanOrEqual(epsilon * (1 - 1e-6));
  });

  it('composes a file of events, and a certificate alike', async () => {
    const events = [
      { kind: 'discrete-gaussian', variance: '400', l2Sensitivity: 1, oneCell: true, count: 10 },
      { kind: 'exponential', epsilon: '1/10', count: 10 },
    ];
    const certificate = { events: events.map((event, index) => ({ label: `${index}`, purpose: 'test', event })) };
    const plain = await account('compose', writeEvents('events.json', events), '--delta', '1e-9');
    expect(plain.epsilon).toBeLessThan(1.3074);
    expect(plain.epsilon).toBeGreaterThan(1.2);
    for (const content of [{ events }, certificate]) {
      expect(await account('compose', writeEvents('same.json', content), '--delta', '1e-9')).toEqual(plain);
    }
  });

  it('an empty list costs nothing', async () => {
    const result = await account('compose', writeEvents('none.json', []), '--delta', '1e-9');
    expect(result).toMatchObject({ epsilon: 0, onePerson: { posteriorOdds: 1 } });
  });

  it.each([
    [['gaussian'], 'sigma', 3.730631634815942],
    [['zcdp'], 'rho', 0.03055659519763956],
    [['dpsgd', '--sample-rate', '0.01', '--steps', '1000'], 'noiseMultiplier', 1.41464505],
  ])(
    'calibrate %j prints name and value of the parameter, on the side that satisfies',
    async (args, parameter, value) => {
      const result = await account('calibrate', ...args, '--epsilon', '1', '--delta', '1e-5');
      expect(result).toMatchObject({ parameter, delta: 1e-5 });
      expect((result.value as number) / value).toBeCloseTo(1, 3);
      expect(result.epsilon).toBeLessThanOrEqual(1);
    },
  );

  it('tells people what epsilon means, for one and for a household', async () => {
    const { stdout, exitCode } = await runTabveil(
      'account gaussian --sigma 5 --count 3 --delta 1e-6 --household 2'.split(' '),
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('epsilon 1.51 at delta 1e-6');
    expect(stdout).toMatch(/household of 2/);
    expect(stdout).toMatch(/members found at 1 % false alarms +2\.386 % +5\.118 %/);
    const alone = await account(...'gaussian --sigma 5 --delta 1e-6 --household 1'.split(' '));
    expect(alone.household).toEqual(alone.onePerson);
  });

  it.each([
    ['gaussian --sigma 0 --delta 1e-6', /sigma/],
    ['gaussian --sigma NaN --delta 1e-6', /sigma/],
    ['gaussian --sigma -1 --delta 1e-6', /sigma/],
    ['gaussian --sigma 1e300 --delta 1e-6', /sigma/],
    ['gaussian --sigma 1 --delta 1', /delta/],
    ['gaussian --sigma 1 --delta 0', /delta/],
    ['gaussian --sigma 1 --delta nan', /delta/],
    ['gaussian --sigma 1', /delta/],
    ['gaussian --sigma 1 --count 1e15 --delta 1e-6', /count/],
    ['gaussian --sigma 1 --count 1.5 --delta 1e-6', /count/],
    ['gaussian --sigma 1 --delta 1e-6 --household 1000', /household/],
    ['gaussian --sigma 1 --delta 1e-6 --unknown', /unknown/],
    ['discrete-gaussian --variance 1/0 --delta 1e-6', /variance/],
    ['discrete-gaussian --variance 0 --delta 1e-6', /variance/],
    ['dpsgd --sample-rate 1.1 --noise-multiplier 1 --steps 10 --delta 1e-6', /sample-rate/],
    ['dpsgd --sample-rate 0 --noise-multiplier 1 --steps 10 --delta 1e-6', /samplingRate/],
    ['dpsgd --sample-rate 0.1 --noise-multiplier 0 --steps 10 --delta 1e-6', /noise-multiplier/],
    ['dpsgd --sample-rate 0.1 --noise-multiplier 1 --steps 99999999999 --delta 1e-6', /steps/],
    ['zcdp --rho -1 --delta 1e-6', /rho/],
    ['exponential --epsilon x --delta 1e-6', /epsilon/],
    ['calibrate gaussian --epsilon 0 --delta 1e-6', /epsilon/],
    ['calibrate zcdp --epsilon NaN --delta 1e-6', /epsilon/],
    ['calibrate dpsgd --sample-rate 2 --steps 10 --epsilon 1 --delta 1e-6', /sample-rate/],
    ['calibrate laplace --epsilon 1 --delta 1e-6', /laplace/],
    ['compose --delta 1e-6', /events\.json/],
  ])('%s is a usage mistake: one line, exit code 2', async (line, reason) => {
    const outcome = await runHere(['account', ...line.split(' ')]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toMatch(/^tabveil: [^\n]+\n$/);
    expect(outcome.stderr).toMatch(reason);
  });

  it.each([
    ['nothing.json', undefined, /no such file/],
    ['bad.json', '{', /not JSON/],
    ['number.json', 3, /array of events/],
    ['laplace.json', [{ kind: 'laplace', scale: 1 }], /event 0: kind "laplace" is unknown/],
    ['count.json', [{ kind: 'zcdp', rho: 1, count: 1e30 }], /event 0 \(zcdp\): count is 1e\+30/],
    ['sigma.json', [{ kind: 'gaussian', sigma: 0, l2Sensitivity: 1, count: 1 }], /sigma is 0/],
    [
      'rate.json',
      [{ kind: 'subsampled-gaussian', samplingRate: 1.2, noiseMultiplier: 1, steps: 1 }],
      /samplingRate is 1\.2/,
    ],
    [
      'threshold.json',
      [{ kind: 'stability-threshold', variance: '25', threshold: 25, l2Sensitivity: 1, delta: 1e-6, count: 1 }],
      /below the probability/,
    ],
  ])('a bad file %s is an input mistake: one line naming it, exit code 3', async (name, content, reason) => {
    const path = content === undefined ? join(home, name) : writeEvents(name, content);
    const outcome = await runHere(['account', 'compose', path, '--delta', '1e-6']);
    expect(outcome).toMatchObject({ exitCode: 3, stdout: '' });
    expect(outcome.stderr).toMatch(/^tabveil: [^\n]+\n$/);
    expect(outcome.stderr).toContain(name);
    expect(outcome.stderr).toMatch(reason);
  });

  it('says the same as a process of its own: figures, a usage mistake, an input mistake', async () => {
    const args = ['account', 'zcdp', '--rho', '0.5', '--delta', '1e-6', '--json'];
    const outcome = await runTabveil(args);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toEqual(JSON.parse((await runHere(args)).stdout));
    expect(await runTabveil(['account', 'zcdp', '--rho', '0', '--delta', '1e-6'])).toMatchObject({ exitCode: 2 });
    expect(await runTabveil(['account', 'compose', join(home, 'absent'), '--delta', '1e-6'])).toMatchObject({
      exitCode: 3,
    });
  });

  it('a folder is not a file of events', async () => {
    const outcome = await runTabveil(['account', 'compose', home, '--delta', '1e-6']);
    expect(outcome).toMatchObject({ exitCode: 3, stdout: '' });
    expect(outcome.stderr).toMatch(/this is a folder/);
  });

  it('thresholds that use up delta are refused with the reason', async () => {
    const keys = {
      kind: 'stability-threshold',
      variance: '25',
      threshold: 40,
      l2Sensitivity: 1,
      delta: 1e-5,
      count: 1,
    };
    const outcome = await runTabveil(['account', 'compose', writeEvents('keys.json', [keys]), '--delta', '1e-6']);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toMatch(/no finite epsilon.*raise delta/);
  });
});
