import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { formatRational, rationalAtLeast } from '../../src/math/rational.ts';
import { zcdpRho } from '../../src/privacy/accounting/costs/zcdp.ts';
import type { ReserveRequest } from '../../src/privacy/ledger/requests.ts';
import type { PlannedEvent } from '../../src/privacy/mechanisms.ts';

/** A fresh folder per call, removed after the test that asked for it. */
export function useFolders(): () => Promise<string> {
  const made: string[] = [];
  afterEach(async () => {
    for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
  });
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tabveil-ledger-'));
    made.push(folder);
    return folder;
  };
}

/** A hash that hashes nothing. */
export const SOME_HASH = 'ab'.repeat(32);

/** One discrete Gaussian release that costs just below (epsilon, delta). */
export function gaussianPlan(epsilon: number, delta: number): readonly PlannedEvent[] {
  const variance = formatRational(rationalAtLeast(1 / (2 * zcdpRho(epsilon, delta) * (1 - 1e-9))));
  const event = { kind: 'discrete-gaussian', variance, l2Sensitivity: 1, oneCell: true, count: 1 } as const;
  return [{ label: 'measure', purpose: 'one-way marginals', event }];
}

/** A training that claims (epsilon, delta) and spends it. */
export function training(epsilon: number, delta: number, change: Partial<ReserveRequest> = {}): ReserveRequest {
  return {
    purpose: 'training',
    synthesizer: 'mst',
    epsilon,
    delta,
    plan: gaussianPlan(epsilon, delta),
    schemaHash: SOME_HASH,
    unit: { kind: 'row' },
    ...change,
  };
}
