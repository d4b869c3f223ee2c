import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AuditFinding, runAudit } from '../../src/privacy/audit/audit.ts';
import type { MechanismFactory } from '../../src/privacy/audit/mechanism-cases.ts';
import { runOneRunAudit } from '../../src/privacy/audit/one-run-audit.ts';
import { AUDIT_BANNER, renderAuditPage } from '../../src/report/audit-page.ts';
import { independent } from '../../src/synthesizers/independent.ts';
import { SYNTHESIZERS } from '../../src/synthesizers/registry.ts';
import { audit, DEFAULT_BUDGET } from '../../src/tasks/audit.ts';
import { gradientSubject } from '../../src/tasks/audit-gradients.ts';
import { oneRunSubject } from '../../src/tasks/audit-one-run.ts';
import { synthesizerSubject } from '../../src/tasks/audit-synthesizers.ts';
import type { Progress } from '../../src/tasks/task-context.ts';
import { halfNoise, honest, looseClipping, weakNoise } from '../support/audit-mutants.ts';
import { runTabveil } from '../support/cli.ts';
import { FALSE_ALARM_RATE } from '../support/goodness-of-fit.ts';
import { StreamBits } from '../support/stream-bits.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Large enough to be proven by few runs. */
const LARGE_BUDGET = { epsilon: 20, delta: 1e-5 };

const finding: AuditFinding = {
  name: 'a <leaky> mechanism',
  setting: 'one row against none',
  runsPerSide: 1000,
  alpha: 1e-3,
  verdict: 'violated',
  bounds: [{ epsilon: 1, delta: 1e-5, epsilonLowerBound: 2.5 }],
  proof: { quantity: 'mu', claimed: 0.5, lowerBound: 0.75, expectedLowerBound: 0.4, smallestDetected: 0.6 },
  curve: {
    claimed: [
      { falsePositive: 0, truePositive: 0 },
      { falsePositive: 1, truePositive: 1 },
    ],
    measured: [
      { falsePositive: 0, truePositive: 0.2 },
      { falsePositive: 1, truePositive: 1 },
    ],
  },
};

describe('audit', () => {
  it('refutes no mechanism, reports progress, and writes a page', async () => {
    const folder = await temporaryFolder('audit');
    const progress: Progress[] = [];
    const htmlPath = join(folder, 'audit.html');
    const options = { subjects: ['mechanisms'], quick: true, runsPerSide: 500, htmlPath };
    const result = await audit(options, { onProgress: (step) => progress.push(step) });
    expect(result.verdict).toBe('consistent');
    expect(result.findings.length).toBeGreaterThan(5);
    const finished = progress.filter(({ done, total }) => done === total);
    expect(finished).toHaveLength(result.findings.length);
    const page = readFileSync(htmlPath, 'utf8');
    expect(page).toContain('No claim refuted');
    expect(page.match(/<svg/g)).toHaveLength(result.findings.length);
  });

  it('stops when cancelled and writes nothing', async () => {
    const folder = await temporaryFolder('audit');
    const htmlPath = join(folder, 'audit.html');
    const signal = AbortSignal.abort();
    await expect(audit({ quick: true, htmlPath }, { signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(() => readFileSync(htmlPath)).toThrow(/ENOENT/);
  });

  it.each([...SYNTHESIZERS.map(({ name }) => [name, 250] as const), ['dp-sgd', 300] as const])(
    'does not refute %s, and its proof is a good part of the claim',
    async (name, runsPerSide) => {
      const { verdict, findings } = await audit({ subjects: [name], quick: true, runsPerSide, budget: LARGE_BUDGET });
      expect(verdict).toBe('consistent');
      const [{ proof } = finding] = findings;
      expect(proof.lowerBound).toBeGreaterThan(0.2 * proof.claimed);
      expect(proof.lowerBound).toBeLessThan(proof.claimed);
    },
    240_000,
  );

  it('proves a good part of what DP-SGD claims at epsilon 8', async () => {
    const createMechanisms = honest(new StreamBits('sgd'));
    const subject = gradientSubject({ budget: { epsilon: 8, delta: 1e-5 }, createMechanisms });
    const { verdict, proof } = await runAudit(subject, { runsPerSide: 500, alpha: 1e-3 });
    expect(verdict).toBe('consistent');
    expect(proof.lowerBound).toBeGreaterThan(0.3 * proof.claimed);
    expect(proof.lowerBound).toBeLessThan(proof.claimed);
  }, 240_000);

  it('catches DP-SGD that clips at twice the norm by the gradient of one row', async () => {
    const createMechanisms = looseClipping(new StreamBits('sgd'));
    const subject = gradientSubject({ budget: DEFAULT_BUDGET, createMechanisms });
    expect((await runAudit(subject, { runsPerSide: 400, alpha: 1e-3 })).verdict).toBe('violated');
  }, 240_000);

  it('does not refute DP-SGD by one run on many canaries, and refutes it with an eighth of the noise', async () => {
    const runWith = (createMechanisms: MechanismFactory) => {
      const subject = oneRunSubject(4000, { budget: DEFAULT_BUDGET, createMechanisms });
      return runOneRunAudit(subject, { alpha: 1e-3, coins: new StreamBits('canaries') });
    };
    const { verdict, proof, canaries } = await runWith(honest(new StreamBits('one run')));
    expect(verdict).toBe('consistent');
    expect(proof.lowerBound).toBeGreaterThan(0.1 * proof.claimed);
    expect(proof.lowerBound).toBeLessThan(proof.claimed);
    expect(canaries).toMatchObject({ canaries: 4000 });
    expect((await runWith(weakNoise(new StreamBits('one run'), 8))).verdict).toBe('violated');
  }, 240_000);

  it('catches a training whose mechanisms draw half the noise', async () => {
    const bits = new StreamBits('half');
    const subject = synthesizerSubject(independent, { budget: DEFAULT_BUDGET, createMechanisms: halfNoise(bits) });
    expect((await runAudit(subject, { runsPerSide: 2000, alpha: FALSE_ALARM_RATE })).verdict).toBe('violated');
  });

  it('refuses unknown subjects', async () => {
    await expect(audit({ subjects: ['mts'], quick: true })).rejects.toThrow(
      '"mts" is unknown; subjects are mechanisms,',
    );
  });

  it('refuses fewer than 100 runs', async () => {
    await expect(audit({ quick: true, runsPerSide: 99 })).rejects.toMatchObject({ kind: 'usage' });
  });
});

describe('audit page', () => {
  it('shows a refuted claim with both numbers, escaped, without scripts, and the same each time', async () => {
    const page = await renderAuditPage([finding]);
    expect(page).toContain(AUDIT_BANNER);
    expect(page).toContain('1 of 1 claims refuted');
    expect(page).toContain('0.750');
    expect(page).not.toContain('<leaky>');
    expect(page).not.toMatch(/<script|\son\w+=|url\((?!#)|src=/i);
    expect(await renderAuditPage([finding])).toBe(page);
  });
});

describe('tabveil audit', () => {
  it('prints claims and proofs as JSON and ends with 0', async () => {
    const { exitCode, stdout, stderr } = await runTabveil([
      'audit',
      'mechanisms',
      '--quick',
      '--runs',
      '300',
      '--json',
    ]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.verdict).toBe('consistent');
    for (const { proof } of result.findings) expect(proof.lowerBound).toBeLessThan(proof.claimed);
  });

  it('prints a table for people', async () => {
    const { exitCode, stdout } = await runTabveil(['audit', 'mechanisms', '--model', 'independent', '--runs', '300']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/discrete Gaussian.*consistent.*mu.*\n/);
    expect(stdout).toMatch(/independent, epsilon 4.*consistent/);
    expect(stdout).toContain('No claim is refuted');
  });

  it('refuses a number of runs that proves nothing', async () => {
    const { exitCode, stderr } = await runTabveil(['audit', '--runs', '50']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^tabveil: audit: 50 runs a side.*\n$/);
  });
});
