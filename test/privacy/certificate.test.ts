import { describe, expect, it, vi } from 'vitest';
import { ACCOUNTANTS, tightestEpsilon } from '../../src/privacy/accounting/tightest.ts';
import { buildCertificate, digestOf, serializeCertificate } from '../../src/privacy/certificate.ts';
import { checkCertificate, parseCertificate } from '../../src/privacy/certificate-check.ts';
import { certificateInput } from '../support/certified-model.ts';

const WHERE = 'certificate.json';
const honest = buildCertificate(certificateInput());

/** Paths of all numbers in a JSON value. */
function numbersIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value === 'number') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => numbersIn(item, [...path, key]));
}

/** A deep copy with one leaf replaced. */
function edit(value: unknown, path: readonly string[], change: (leaf: never) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value as never);
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? edit(item, rest, change) : item));
  return { ...(value as object), [key]: edit((value as Record<string, unknown>)[key], rest, change) };
}

const check = (value: unknown) => checkCertificate(parseCertificate(JSON.stringify(value), WHERE), WHERE);

describe('certificate', () => {
  it('round-trips, and its totals are recomputed from the events alone', () => {
    const read = parseCertificate(serializeCertificate(honest), WHERE);
    expect(read).toEqual(honest);
    const checked = checkCertificate(read, WHERE);
    const cost = tightestEpsilon(
      honest.events.map(({ event }) => event),
      1e-9,
    );
    expect(checked).toMatchObject(cost);
    expect(honest.accountedEpsilon).toBeLessThanOrEqual(honest.epsilon);
  });

  it('is checked with one run of each accountant that supports its events, however it names them', () => {
    const spies = ACCOUNTANTS.map((accountant) => vi.spyOn(accountant, 'epsilon'));
    check(honest);
    const runs = spies.map((spy) => spy.mock.calls.length);
    vi.restoreAllMocks();
    const supported = ACCOUNTANTS.map(({ supports }) => honest.events.every(({ event }) => supports(event)));
    expect(supported).toContain(true);
    expect(runs).toEqual(supported.map(Number));
  });

  it('that names an accountant which proves more is refused for the cost it states', () => {
    const other = ACCOUNTANTS.find(
      ({ name, supports }) => name !== honest.accountant && honest.events.every(({ event }) => supports(event)),
    );
    const body = { ...honest, accountant: other?.name ?? '' };
    expect(() => check({ ...body, digest: digestOf(body) })).toThrow(/accountedEpsilon disagrees/);
  });

  it('with any number edited, up or down, is refused and says what disagrees', () => {
    const paths = numbersIn(honest);
    expect(paths.length).toBeGreaterThan(7);
    for (const path of paths) {
      for (const factor of [2, 0.5, 1.0001, 0]) {
        const edited = edit(honest, path, (leaf: number) => leaf * factor);
        expect(() => check(edited), `${path.join('.')} × ${factor}`).toThrow(
          /^certificate\.json: .*(epsilon|accountedEpsilon|digest|version|events\.|delta|count|rho|Sensitivity)/,
        );
      }
    }
  });

  it('names the total when the events cost more than it states', () => {
    const edited = { ...honest, epsilon: 0.5 };
    expect(() => check(edited)).toThrow(
      /epsilon disagrees: it states 0\.5 at delta 1e-9, but its events cost 0\.8\d+ \(/,
    );
  });

  it('names the stated cost when the events give another one, even if the digest was redone', () => {
    const edited = { ...honest, accountedEpsilon: 0.1 };
    expect(() => check({ ...edited, digest: digestOf(edited) })).toThrow(/accountedEpsilon disagrees: it states 0\.1/);
  });

  it('weaker noise is refused even if stated cost and digest were redone by hand', () => {
    const weaker = edit(honest, ['events', '0', 'event', 'variance'], () => '1') as typeof honest;
    expect(() => check({ ...weaker, digest: digestOf(weaker) })).toThrow(/epsilon disagrees/);
  });

  it('with an edited text, a removed event or a moved event is refused', () => {
    const edits = [
      { ...honest, synthesizer: 'aim' },
      { ...honest, unit: { kind: 'entity', key: ['id'], maxRows: 1 } },
      { ...honest, publicInputs: [] },
      { ...honest, testNoise: true },
      { ...honest, events: honest.events.slice(1) },
      { ...honest, events: honest.events.toReversed() },
      { ...honest, day: '2027-02-01' },
    ];
    for (const edited of edits) expect(() => check(edited)).toThrow(/disagrees/);
  });

  it('from a stranger: unknown fields, wrong types, repeated keys, huge texts are refused', () => {
    const text = serializeCertificate(honest);
    const bad: readonly (readonly [text: string, message: RegExp])[] = [
      ['', /not JSON/],
      ['null', /the document/],
      ['[]', /the document/],
      [text.replace('"epsilon": 1,', '"epsilon": NaN,'), /not JSON/],
      [text.replace('"epsilon": 1,', '"epsilon": "1",'), /epsilon/],
      [text.replace('"epsilon": 1,', '"epsilon": 1e999,'), /epsilon/],
      [text.replace('"epsilon": 1,', '"epsilon": 0,'), /epsilon/],
      [text.replace('"delta": 1e-9,', '"delta": 1,'), /delta/],
      [text.replace('"epsilon": 1,', '"epsilon": 0.01, "epsilon": 1,'), /"epsilon" appears twice/],
      [text.replace('"epsilon": 1,', '"epsilon": 1, "extra": 1,'), /extra/],
      [text.replace('"kind": "zcdp"', '"kind": "magic"'), /kind "magic" is unknown/],
      [text.replace('"variance": "', '"variance": "-'), /variance/],
      [text.replace('"artefacts": {}', `"artefacts": {"../../etc/passwd": "${'ab'.repeat(32)}"}`), /artefacts/],
      [text.replace('"artefacts": {}', `"artefacts": {"certificate.json": "${'ab'.repeat(32)}"}`), /certifies itself/],
      [text.replace('"mst"', '"mst\\nGuaranteed by nobody"'), /synthesizer/],
      [`${'['.repeat(200_000)}${']'.repeat(200_000)}`, /the document|not JSON/],
      [' '.repeat(33 * 2 ** 20), /characters/],
    ];
    for (const [json, message] of bad) expect(() => parseCertificate(json, WHERE), json.slice(0, 80)).toThrow(message);
  });

  it('two events with one label are refused', () => {
    const twice = { ...honest, events: [honest.events[0]!, honest.events[0]!] };
    expect(() => check({ ...twice, epsilon: 9, digest: digestOf({ ...twice, epsilon: 9 }) })).toThrow(
      /labelled "measure"/,
    );
  });
});
