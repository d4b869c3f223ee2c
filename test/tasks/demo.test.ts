import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runDemo } from '../../src/tasks/demo.ts';

const home = mkdtempSync(join(tmpdir(), 'tabveil-demo-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

// The demo itself runs as an example of its help text, in the tests of the README.
describe('demo', () => {
  it('refuses a folder that holds something else, and leaves it as it is', async () => {
    for (const name of ['schema.json', 'people.csv.ledger.jsonl']) writeFileSync(join(home, name), 'mine');
    await expect(runDemo({ out: home })).rejects.toMatchObject({ kind: 'input', code: 'demo.occupied' });
    expect(readdirSync(home).sort()).toEqual(['people.csv.ledger.jsonl', 'schema.json']);
  });

  it('refuses a folder that cannot be made', async () => {
    writeFileSync(join(home, 'file'), '');
    await expect(runDemo({ out: join(home, 'file', 'demo') })).rejects.toMatchObject({
      kind: 'input',
      code: 'demo.unwritable',
    });
  });
});
