import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readChain } from '../../../src/privacy/ledger/chain.ts';
import { encodeLine, type LineBody, sha256 } from '../../../src/privacy/ledger/lines.ts';
import { openLedger, openOrCreateLedger } from '../../../src/privacy/ledger/open.ts';
import { verifyLedger } from '../../../src/privacy/ledger/verify.ts';
import { SOME_HASH, training, useFolders } from '../../support/ledger.ts';

const folder = useFolders();

/** A ledger with one line of most kinds; `anchored` false forgets what this machine knows of it. */
async function workedLedger({ anchored }: { anchored: boolean }) {
  const home = await folder();
  const path = join(home, 'claims.csv.ledger.jsonl');
  const { ledger } = await openOrCreateLedger(path, { epsilon: 1, delta: 1e-9, unit: { kind: 'row' } });
  const paid = await ledger.reserve(training(0.5, 1e-10, { fingerprint: SOME_HASH }));
  await ledger.commit(paid, { outputHash: SOME_HASH });
  await ledger.setPolicy({ population: 1000 });
  await ledger.grant({ epsilon: 1, delta: 1e-9 });
  await ledger.reserve(training(0.5, 1e-10));
  const forget = () => rm(join(home, '.tabveil'), { recursive: true, force: true });
  if (!anchored) await forget();
  const text = await readFile(path, 'utf8');
  return { path, ledger, lines: text.split('\n').slice(0, -1), bytes: await readFile(path), forget };
}

const tampered = expect.objectContaining({ kind: 'input', code: 'ledger.tampered' });

describe('ledger verify', () => {
  it('accepts an honest ledger and says that this machine knows its last line', async () => {
    const { path, lines } = await workedLedger({ anchored: true });
    expect(await verifyLedger(path)).toMatchObject({ lines: lines.length, tornBytes: 0, completeness: 'machine' });
  });

  it('finds any single edited byte', async () => {
    const { path, bytes } = await workedLedger({ anchored: true });
    for (let at = 0; at < bytes.length; at += 37) {
      const edited = Buffer.from(bytes);
      edited[at]! ^= 1;
      await writeFile(path, edited);
      await expect(verifyLedger(path), `byte ${at}`).rejects.toThrow(
        /edited|removed|moved|not JSON|not a ledger|tampered|damaged|missing|spends/,
      );
    }
  });

  it('finds any removed line, the last one too', async () => {
    const { path, lines } = await workedLedger({ anchored: true });
    for (const [index] of lines.entries()) {
      await writeFile(
        path,
        lines
          .filter((_, other) => other !== index)
          .map((line) => `${line}\n`)
          .join(''),
      );
      await expect(verifyLedger(path), `line ${index + 1}`).rejects.toMatchObject({ kind: 'input' });
    }
  });

  it('finds any two exchanged lines', async () => {
    const { path, lines } = await workedLedger({ anchored: true });
    for (let index = 0; index + 1 < lines.length; index++) {
      const moved = [...lines];
      [moved[index], moved[index + 1]] = [moved[index + 1]!, moved[index]!];
      await writeFile(path, moved.map((line) => `${line}\n`).join(''));
      await expect(verifyLedger(path), `line ${index + 1}`).rejects.toMatchObject({ kind: 'input' });
    }
  });

  it('names the line at which the chain breaks', async () => {
    const { path, lines } = await workedLedger({ anchored: false });
    const edited = lines.map((line, index) => (index === 1 ? line.replace('"epsilon":1', '"epsilon":9') : line));
    await writeFile(path, edited.map((line) => `${line}\n`).join(''));
    await expect(verifyLedger(path)).rejects.toThrow('claims.csv.ledger.jsonl: line 3 does not continue line 2');
  });

  it('without local memory it says that lines at the end may be missing; a noted head finds them', async () => {
    const { path, lines, ledger } = await workedLedger({ anchored: false });
    const { head } = await ledger.history();
    expect((await verifyLedger(path)).completeness).toBe('none');
    expect((await verifyLedger(path, { head })).completeness).toBe('given');
    await writeFile(
      path,
      lines
        .slice(0, -1)
        .map((line) => `${line}\n`)
        .join(''),
    );
    expect((await verifyLedger(path)).completeness).toBe('none');
    await expect(verifyLedger(path, { head })).rejects.toEqual(tampered);
    await expect(verifyLedger(path, { head: 'abc' })).rejects.toMatchObject({ kind: 'usage' });
  });

  it('finds a payment that a rewritten chain gives itself beyond its grant', async () => {
    const { path, lines } = await workedLedger({ anchored: false });
    // A forger rewrites all hashes after lowering the second grant.
    let previous = '0'.repeat(64);
    const forged = lines.map((text) => {
      const line = JSON.parse(text) as Record<string, unknown>;
      if (line.kind === 'grant' && line.seq !== 1) line.epsilon = 0.1;
      if (line.kind === 'grant' && line.seq === 1) line.epsilon = 0.6;
      const rewritten = JSON.stringify({ ...line, previous });
      previous = sha256(rewritten);
      return rewritten;
    });
    await writeFile(path, forged.map((line) => `${line}\n`).join(''));
    await expect(verifyLedger(path)).rejects.toThrow(/spends epsilon 0\.\d+, more than the grants above it allow/);
  });

  it('finds draws that a rewritten chain begins beyond what was paid, after commit, or for a run that notes none', async () => {
    const { path, ledger, bytes, forget } = await workedLedger({ anchored: true });
    const committed = (await ledger.history()).runs[0]!.entry;
    const unnoted = (await ledger.history()).runs[1]!.entry;
    const { entry } = await ledger.reserve(training(0.5, 1e-10, { resumable: true, fingerprint: SOME_HASH }));
    await ledger.begin({ entry }, { label: 'measure', draws: 1 });
    const sound = await readFile(path, 'utf8');
    expect(sound.startsWith(bytes.toString())).toBe(true);
    await forget();
    const forge = async (draw: Extract<LineBody, { kind: 'begin' }>) => {
      const lines = sound.split('\n').slice(0, -1);
      const at = { seq: lines.length, previous: sha256(lines.at(-1)!), day: JSON.parse(lines.at(-1)!).day };
      await writeFile(path, `${sound}${encodeLine(draw, at)}\n`);
      return verifyLedger(path);
    };
    const draw = { kind: 'begin', label: 'measure', draws: 1 } as const;
    for (const run of [entry, committed, unnoted]) {
      await expect(forge({ ...draw, entry: run })).rejects.toThrow(
        'begins 1 draws, more than the 0 paid that are left',
      );
    }
    await expect(forge({ ...draw, entry: '0'.repeat(32) })).rejects.toThrow('never reserved');
    await writeFile(path, sound);
    expect(await verifyLedger(path)).toMatchObject({ tornBytes: 0 });
  });

  it('refuses to spend on a ledger whose end was cut off', async () => {
    const { path, lines } = await workedLedger({ anchored: true });
    const cut = lines
      .slice(0, -1)
      .map((line) => `${line}\n`)
      .join('');
    await writeFile(path, cut);
    await expect(openLedger(path)).rejects.toEqual(tampered);
    expect(await readFile(path, 'utf8')).toBe(cut);
  });
});

describe('ledger: an append cut short by a crash', () => {
  it('at any byte neither locks anybody out nor frees what was paid before', async () => {
    const { path, bytes, lines } = await workedLedger({ anchored: false });
    const start = bytes.length - lines.at(-1)!.length - 1;
    for (let end = start; end < bytes.length; end += 61) {
      await writeFile(path, bytes.subarray(0, end));
      const ledger = await openLedger(path);
      const before = await ledger.remaining();
      expect(before.epsilon, `cut at ${end}`).toBe(1.5);
      await ledger.reserve(training(1.5, 1.9e-9));
      expect(await verifyLedger(path)).toMatchObject({ tornBytes: 0 });
      await expect(ledger.reserve(training(0.1, 1e-12))).rejects.toMatchObject({ kind: 'budget' });
      await rm(join(path, '../.tabveil'), { recursive: true });
    }
  });

  it('a whole line that lacks only its line break counts as spent', async () => {
    const { path, bytes } = await workedLedger({ anchored: false });
    await writeFile(path, bytes.subarray(0, -1));
    const ledger = await openLedger(path);
    expect((await ledger.remaining()).epsilon).toBe(1);
    await ledger.reserve(training(1, 1e-9));
    expect((await verifyLedger(path)).lines).toBe((await ledger.history()).lines);
  });

  it('a crash while sealing a torn line is recovered too', async () => {
    const { path, bytes } = await workedLedger({ anchored: false });
    const torn = bytes.subarray(0, -50);
    await writeFile(path, torn);
    await (await openLedger(path)).grant({ epsilon: 1, delta: 0 });
    const sealed = await readFile(path);
    for (const end of [torn.length + 1, torn.length + 20, torn.length + 100]) {
      await writeFile(path, sealed.subarray(0, end));
      await rm(join(path, '../.tabveil'), { recursive: true, force: true });
      await (await openLedger(path)).grant({ epsilon: 1, delta: 0 });
      expect((await verifyLedger(path)).tornBytes).toBe(0);
    }
  });

  it('what was torn stays in the file, and editing it is found', async () => {
    const { path, bytes } = await workedLedger({ anchored: false });
    await writeFile(path, bytes.subarray(0, -50));
    await (await openLedger(path)).grant({ epsilon: 1, delta: 0 });
    const sealed = await readFile(path, 'utf8');
    expect(sealed.startsWith(bytes.subarray(0, -50).toString('utf8'))).toBe(true);
    const lines = sealed.split('\n');
    const at = lines.findIndex((line) => line.includes('"recover"')) - 1;
    const without = lines.filter((_, index) => index !== at);
    await writeFile(path, without.join('\n'));
    await expect(verifyLedger(path)).rejects.toThrow('do not match the recover line');
  });

  it('a file that is not a ledger is refused as such', async () => {
    const path = join(await folder(), 'x.ledger.jsonl');
    for (const text of ['', 'hello\n', '{}\n', '\n\n']) {
      await writeFile(path, text);
      await expect(openLedger(path)).rejects.toMatchObject({ kind: 'input' });
    }
    expect(() => readChain(Buffer.from('null\n{"seq":0}\n'), 'x')).not.toThrow();
  });
});
