// Run by race.test.ts as a process of its own: node ledger-racer.mjs MODE LEDGER COUNT
import { appendFileSync } from 'node:fs';
import { NODE_FILES } from '../../dist/privacy/ledger/durable.js';
import { withLock } from '../../dist/privacy/ledger/lock.js';
import { openOrCreateLedger } from '../../dist/privacy/ledger/open.js';

const [mode, path, count] = process.argv.slice(2);

/** A release whose zCDP cost is far below epsilon 0.25. */
const plan = [{ label: 'measure', purpose: 'test', event: { kind: 'zcdp', rho: 1e-5, count: 1 } }];
const request = {
  purpose: 'race',
  synthesizer: 'none',
  epsilon: 0.25,
  delta: 1e-10,
  plan,
  schemaHash: 'ab'.repeat(32),
  unit: { kind: 'row' },
};

if (mode === 'race') {
  const { ledger, created } = await openOrCreateLedger(
    path,
    { epsilon: 1, delta: 1e-9, unit: { kind: 'row' } },
    { waitMs: 30_000 },
  );
  const outcomes = [];
  for (let attempt = 0; attempt < Number(count); attempt++) {
    try {
      const paid = await ledger.reserve(request);
      await ledger.commit(paid, { outputHash: 'cd'.repeat(32) });
      outcomes.push(paid.entry);
    } catch (error) {
      outcomes.push(error.kind ?? String(error));
    }
  }
  process.stdout.write(JSON.stringify({ created, outcomes }));
} else if (mode === 'crash-after-reserve') {
  const { ledger } = await openOrCreateLedger(path, { epsilon: 0.25, delta: 1e-10, unit: { kind: 'row' } });
  await ledger.reserve(request);
  process.kill(process.pid, 'SIGKILL');
} else if (mode === 'crash-inside-append') {
  await withLock(`${path}.lock`, { files: NODE_FILES, waitMs: 0 }, async () => {
    appendFileSync(path, '{"seq":2,"previous":"ab');
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => undefined);
  });
}
