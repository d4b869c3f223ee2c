import { describe, expect, it } from 'vitest';
import { normalUpper } from '../../src/math/normal.ts';
import { buildCertificate } from '../../src/privacy/certificate.ts';
import type { PrivacyEvent } from '../../src/privacy/events.ts';
import { certificatePage, describeEvent } from '../../src/report/certificate-page.ts';
import { certificateInput } from '../support/certified-model.ts';

const page = (change: Parameters<typeof certificateInput>[0] = {}) =>
  certificatePage({
    certificate: buildCertificate(certificateInput(change)),
    accountedEpsilon: 0.9123456789,
    accountant: 'zcdp',
    signature: 'unchecked',
    keyId: 'abcd ef01',
  });

describe('certificate page', () => {
  it('states unit, promise, cost, meaning, events, public facts, limits, hashes and signature', () => {
    const html = page({ artefacts: { 'arrays.bin': 'cd'.repeat(32) } });
    const parts = [
      'one row of the training table, added or removed',
      'differential privacy with epsilon 1, delta 1e-9',
      'epsilon 0.912346 at delta 1e-9 (accountant: zcdp)',
      'one-way marginals',
      'age: bounds 17 to 90',
      'other releases from the same table',
      'cd'.repeat(32),
      'abcd ef01',
      'Data protection officer',
    ];
    for (const part of parts) expect(html).toContain(part);
  });

  it('says what the events allow an attacker of one unit and of a household, rounded up', () => {
    // sigma 10 once: mu = 0.1, and 0.4 for four people at once.
    const noise = { kind: 'gaussian', sigma: 10, l2Sensitivity: 1, count: 1 } as const;
    const html = page({ plan: [{ label: 'a', purpose: 'counts', event: noise }] });
    const rows = [...html.matchAll(/<tr><td>(one unit|4 units).*?<\/tr>/g)].map(([row]) => row);
    const power = (mu: number) => 100 * normalUpper(2.3263478740408408 - mu);
    for (const [index, mu] of [0.1, 0.4].entries()) {
      const shown = Number(/([\d.]+) %/.exec(rows[index]!)?.[1]);
      expect(shown).toBeGreaterThanOrEqual(power(mu));
      expect(shown).toBeLessThan(power(mu) * 1.01);
    }
    expect(html).toContain('71.4 %');
  });

  it('adds up events of one purpose and shows their share, and lists each with its label', () => {
    const event = (variance: string) =>
      ({ kind: 'discrete-gaussian', variance, l2Sensitivity: 1, oneCell: true, count: 1 }) as const;
    const html = page({
      plan: [
        { label: 'first', purpose: 'pairs', event: event('200') },
        { label: 'second', purpose: 'pairs', event: event('200') },
        { label: 'third', purpose: 'row count', event: event('100') },
      ],
    });
    expect(html.match(/<td>pairs<\/td>/g)).toHaveLength(1);
    expect(html).toMatch(
      /<td>pairs<\/td><td>[^<]*variance 200[^<]*<\/td><td class="number">2<\/td><td class="number">50.0 %/,
    );
    for (const label of ['first', 'second', 'third']) expect(html).toContain(`<td>${label}</td>`);
  });

  it('is self-contained: no script, no outside address', () => {
    const html = page();
    expect(html).not.toMatch(/<script|https?:\/\/|\bon\w+=/i);
    expect(html).toContain('Content-Security-Policy');
  });

  it('shows texts of a stranger as text', () => {
    const html = page({ publicInputs: ['<img src=x onerror=alert(1)>'], synthesizer: '</title><b>' });
    expect(html).not.toContain('<img');
    expect(html).not.toContain('</title><b>');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  it('describes every kind of event', () => {
    const events: readonly PrivacyEvent[] = [
      { kind: 'gaussian', sigma: 2, l2Sensitivity: 1, count: 1 },
      { kind: 'discrete-gaussian', variance: '123456789/1048576', l2Sensitivity: 1, oneCell: true, count: 1 },
      { kind: 'discrete-laplace', scale: '3/2', l1Sensitivity: 1, count: 1 },
      { kind: 'exponential', epsilon: '1/10', count: 1 },
      { kind: 'subsampled-gaussian', samplingRate: 0.01, noiseMultiplier: 1.1, steps: 10 },
      { kind: 'stability-threshold', variance: '25', threshold: 26, l2Sensitivity: 1, delta: 1e-6, count: 1 },
      { kind: 'laplace-threshold', scale: '10', threshold: 133, l1Sensitivity: 1, delta: 1e-6, count: 1 },
      { kind: 'zcdp', rho: 0.1, count: 1 },
      { kind: 'pure', epsilon: 0.1, count: 1 },
    ];
    expect(events.map(describeEvent)).toEqual([
      'Gaussian noise, sigma 2, L2 sensitivity 1',
      'discrete Gaussian noise, variance ≈ 117.738, L2 sensitivity 1',
      'discrete Laplace noise, scale 3/2, L1 sensitivity 1',
      'exponential mechanism, epsilon 1/10',
      'Gaussian noise on random batches, rate 0.01, noise multiplier 1.1',
      'unknown keys above 26 with noise of variance 25, delta 0.000001',
      'unknown keys above 133 with Laplace noise of scale 10, delta 0.000001',
      '0.1-zCDP mechanism',
      'epsilon 0.1 mechanism',
    ]);
  });
});
