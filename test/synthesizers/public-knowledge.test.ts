import { describe, expect, it } from 'vitest';
import { codeMarginals, codeZeros } from '../../src/encode/apply-knowledge.ts';
import { coarseDomain, createPublicCodec } from '../../src/encode/table-codec.ts';
import { calibratePlan } from '../../src/privacy/accounting/calibrate-plan.ts';
import { PrivacyRun } from '../../src/privacy/privacy-run.ts';
import { Private } from '../../src/privacy/private.ts';
import { createStream } from '../../src/random/stream.ts';
import { generateRows } from '../../src/sampling/generate-rows.ts';
import { fitTable, planTableShares } from '../../src/synthesizers/fit-table.ts';
import { SYNTHESIZERS } from '../../src/synthesizers/registry.ts';
import { checkSchema, parseSchema } from '../../src/table/schema-file.ts';
import { StreamBits } from '../support/stream-bits.ts';
import { type Row, rowsOf, tableOf } from '../support/table-neighbours.ts';

const FILE = {
  fields: [
    { name: 'age', type: 'integer', constraints: { required: true }, privacy: { bins: [0, 10, 16, 40, 100] } },
    { name: 'status', type: 'string', constraints: { enum: ['single', 'married', 'widowed'] } },
    { name: 'school', type: 'string', constraints: { required: true, enum: ['none', 'primary', 'high'] } },
    {
      name: 'years',
      type: 'integer',
      constraints: { required: true, minimum: 0, maximum: 12 },
      privacy: { bins: [0, 1, 7, 13] },
    },
  ],
  privacy: {
    structuralZeros: [{ age: { maximum: 15 }, status: ['married', 'widowed'] }],
    functionalDependencies: [{ from: 'school', to: 'years', values: { none: 0 } }],
    publicMarginals: [
      {
        columns: ['status'],
        cells: [
          { values: ['single'], share: 0.5 },
          { values: ['married'], share: 0.4 },
          { values: [null], share: 0.1 },
        ],
      },
    ],
  },
};
const schema = parseSchema(FILE, 'knowledge.schema.json');
const codec = createPublicCodec(schema);
const forbidden = (values: Float64Array) =>
  [...values].flatMap((value, cell) => (value === Number.NEGATIVE_INFINITY ? [cell] : []));

describe('public knowledge', () => {
  it('forbids the coarse cells that a rule covers entirely, and no others', () => {
    const [zeros, dependency] = codeZeros(codec, schema.knowledge?.zeros ?? []);
    // age has 4 bins, status 3 categories and missing: the first two bins times married, widowed.
    expect(zeros?.clique).toEqual([0, 1]);
    expect(forbidden(zeros?.values ?? new Float64Array())).toEqual([1, 2, 5, 6]);
    // no school means 0 years: bins 1-6 and 7-12 are impossible.
    expect(dependency?.clique).toEqual([2, 3]);
    expect(forbidden(dependency?.values ?? new Float64Array())).toEqual([1, 2]);
  });

  it('leaves a bin possible that a rule covers only in part', () => {
    const rules = [
      new Map([
        ['age', { kind: 'range', minimum: 0, maximum: 12 } as const],
        ['status', { kind: 'values', values: ['married'], negated: false } as const],
      ]),
    ];
    expect(forbidden(codeZeros(codec, rules)[0]!.values)).toEqual([1]);
  });

  it('codes published shares, missing ones included', () => {
    const [marginal] = codeMarginals(codec, schema.knowledge?.marginals ?? []);
    expect([...(marginal?.shares ?? [])]).toEqual([0.5, 0.4, 0, 0.1]);
  });

  it.each([
    ['an unknown column', { structuralZeros: [{ age: { maximum: 1 }, nope: ['x'] }] }, 'nope'],
    ['a rule over one column', { structuralZeros: [{ age: { maximum: 1 } }] }, '2 to 4'],
    [
      'shares that do not sum to one',
      { publicMarginals: [{ columns: ['status'], cells: [{ values: ['single'], share: 0.2 }] }] },
      'sum to 0.2',
    ],
    [
      'ragged cells',
      { publicMarginals: [{ columns: ['status'], cells: [{ values: [], share: 1 }] }] },
      '0 values for 1 columns',
    ],
  ])('refuses %s with what was found', (_, privacy, found) => {
    expect(checkSchema({ ...FILE, privacy }).problems.join('\n')).toContain(found);
  });
});

describe.each(SYNTHESIZERS.filter(({ name }) => ['aim', 'mst', 'ctgan'].includes(name)))(
  '$name with public knowledge',
  (synthesizer) => {
    it('never generates an impossible row and follows the published table', async () => {
      const budget = { epsilon: 0.5, delta: 1e-6 };
      const stream = createStream(3, 'knowledge');
      const rows = Array.from(
        { length: 500 },
        (): Row => ({
          age: stream.below(100),
          status: ['single', 'married', 'widowed', null][stream.below(4)] ?? null,
          school: ['none', 'primary', 'high'][stream.below(3)] ?? 'none',
          years: stream.below(13),
        }),
      );
      const { plan } = calibratePlan(planTableShares(schema, { synthesizer, options: {}, budget }), budget);
      const fitted = await fitTable(Private.seal(tableOf(schema, rows)), {
        schema,
        synthesizer,
        options: {},
        budget,
        plan,
        mechanisms: new PrivacyRun({ plan, bits: new StreamBits('knowledge') }),
        boundingKey: new Uint8Array(32),
      });
      const model = synthesizer.open(coarseDomain(fitted.codec), fitted.parts);
      const request = { model, codec: fitted.codec, schema, rows: 2000, seed: 1, method: 'systematic' as const };
      const generated = [...generateRows(request)].flatMap(rowsOf);
      const impossible = generated.filter(
        ({ age, status, school, years }) =>
          (Number(age) <= 15 && (status === 'married' || status === 'widowed')) || (school === 'none' && years !== 0),
      );
      expect(impossible).toEqual([]);
      const share = (value: string | null) =>
        generated.filter(({ status }) => status === value).length / generated.length;
      expect(share('single')).toBeCloseTo(0.5, 1);
      expect(share('widowed')).toBeLessThan(0.03);
    });
  },
);
