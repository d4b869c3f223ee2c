import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../src/tasks/evaluate.ts';
import { readQueries } from '../../src/tasks/workload.ts';

const SCHEMA = {
  fields: [
    { name: 'age', type: 'integer', constraints: { minimum: 0, maximum: 99 } },
    { name: 'city', type: 'string', constraints: { enum: ['a', 'b'] } },
  ],
};

describe('workload from files', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tabveil-workload-'));
    writeFileSync(at('s.json'), JSON.stringify(SCHEMA));
    writeFileSync(at('real.csv'), 'age,city\n10,a\n20,a\n30,b\n,b\n');
    writeFileSync(at('syn.csv'), 'age,city\n10,a\n20,b\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (sql: string) => {
    writeFileSync(at('q.sql'), sql);
    const paths = { realPath: at('real.csv'), syntheticPath: at('syn.csv'), schemaPath: at('s.json') };
    return evaluate({ ...paths, queriesPath: at('q.sql'), sections: ['usefulness'] });
  };

  it('compares counts, means and groups, with types and missing values', async () => {
    const { metrics } = await run(
      '-- first\nSELECT avg(age) FROM data;\nSELECT city, count(*) FROM data GROUP BY city;',
    );
    const errors = metrics.filter((metric) => metric.id === 'workload-error');
    expect(errors.map((metric) => [metric.variant, Number(metric.value?.toFixed(6))])).toEqual([
      [undefined, 0.125],
      ['SELECT avg(age) FROM data', 0.25],
      ['SELECT city, count(*) FROM data GROUP BY city', 0],
    ]);
  });

  it('a query reaches no file', async () => {
    await expect(run(`SELECT * FROM read_csv('${at('real.csv')}')`)).rejects.toMatchObject({
      kind: 'input',
      code: 'workload.query',
    });
  });

  it('statements that are no queries, and empty files, are refused with the way out', async () => {
    for (const text of ['DROP TABLE data', '  ;; -- nothing']) {
      writeFileSync(at('bad.sql'), text);
      await expect(readQueries(at('bad.sql'))).rejects.toMatchObject({ kind: 'input' });
    }
  });
});
