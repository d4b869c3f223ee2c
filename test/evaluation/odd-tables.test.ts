import { describe, expect, it } from 'vitest';
import { type EvaluationResult, evaluateTables } from '../../src/evaluation/evaluate-tables.ts';
import { createStream, type Stream } from '../../src/random/stream.ts';
import { renderInternalDossier } from '../../src/report/internal-dossier.ts';
import type { Column, Table } from '../../src/table/columns.ts';
import type { Field } from '../../src/table/schema.ts';
import { schemaOf } from '../support/evaluation-tables.ts';
import { categorical, numeric } from '../support/small-tables.ts';

const ROWS = [1, 2, 3, 5, 40, 60] as const;

function choose<T>(stream: Stream, items: readonly T[]): T {
  return items[stream.below(items.length)] as T;
}

/** Fields with few or many categories, with and without public domain, that may be called like a missing value. */
function oddField(stream: Stream, name: string): Field {
  const lists = [undefined, ['a'], ['a', 'b'], ['(missing)', 'b', 'c', 'd']];
  if (stream.below(2) === 0) {
    return { ...categorical(name, choose(stream, lists)), nullable: stream.below(2) === 0 };
  }
  const bounds = choose(stream, [[], [0, 10], [0, 1]] as const);
  return { ...numeric(name, ...bounds), type: choose(stream, ['number', 'integer', 'date'] as const) };
}

/** Constant, all missing, two-valued, half missing, or beyond its bounds. */
function oddColumn(stream: Stream, field: Field, rows: number): Column {
  const mood = stream.below(5);
  if (field.domain.kind === 'numeric') {
    const draw = [
      () => 3,
      () => Number.NaN,
      () => stream.below(2),
      () => (stream.below(2) === 0 ? Number.NaN : stream.below(9)),
      () => stream.nextFloat() * 20 - 5,
    ][mood] as () => number;
    return { kind: 'number', values: Float64Array.from({ length: rows }, draw) };
  }
  const { domain } = field;
  const isPublic = domain.kind === 'categorical' && domain.categories.status === 'public';
  const categories = isPublic ? domain.categories.value : choose(stream, [['a'], ['a', 'b', 'z'], ['q']]);
  const draw = () => (mood === 0 ? 0 : mood === 1 ? -1 : stream.below(categories.length + 2) - (isPublic ? 2 : 1));
  const codes = Int32Array.from({ length: rows }, () => Math.min(draw(), categories.length - 1));
  return { kind: 'category', categories, codes };
}

async function evaluateOdd(seed: number): Promise<EvaluationResult> {
  const stream = createStream(seed, 'odd tables');
  const fields = Array.from({ length: 1 + stream.below(4) }, (_, at) => oddField(stream, `f${at}`));
  const table = (): Table => {
    const rowCount = choose(stream, ROWS);
    return { rowCount, columns: new Map(fields.map((field) => [field.name, oddColumn(stream, field, rowCount)])) };
  };
  const names = fields.map(({ name }) => name);
  const name = () => choose(stream, names);
  const tables = { real: table(), synthetic: table(), ...(stream.below(5) > 0 && { holdout: table() }) };
  const choices = { target: name(), protectedColumns: [name(), name()], secrets: [name()], keys: [name()] };
  return evaluateTables(schemaOf(fields), tables, choices);
}

describe('tables of a few rows, constant, missing and unlisted values', () => {
  it('give numbers that are finite or null, once each, within their intervals, or say why there is none', async () => {
    for (let seed = 0; seed < 30; seed += 1) {
      const { metrics } = await evaluateOdd(seed);
      const keys = metrics.map(({ id, variant, scope }) => JSON.stringify([id, variant, scope]));
      expect(new Set(keys).size, `seed ${seed}`).toBe(keys.length);
      for (const metric of metrics) {
        const { value, baseline, interval, intervalNote, details = {}, note } = metric;
        const where = `seed ${seed}: ${JSON.stringify(metric)}`;
        const numbers = [value, baseline, ...(interval ?? []), ...Object.values(details)];
        for (const number of numbers) if (typeof number === 'number') expect(Number.isFinite(number), where).toBe(true);
        if (value === null) expect(note, where).toBeDefined();
        else if (interval === null) expect(intervalNote, where).toBeDefined();
        else expect(interval[0] <= value + 1e-9 && value <= interval[1] + 1e-9, where).toBe(true);
      }
    }
  });

  it('have a dossier', async () => {
    for (const seed of [3, 7]) expect(await renderInternalDossier(await evaluateOdd(seed))).toContain('</html>');
  });
});
