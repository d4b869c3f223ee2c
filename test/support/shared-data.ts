import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** One column of the fixed public bins of a shared benchmark table. */
interface SharedColumn {
  readonly type: 'num' | 'cat';
  readonly integer?: boolean;
  readonly edges?: readonly number[];
  readonly values?: readonly string[];
  readonly missing: boolean;
}

/** A shared benchmark table: where its files are and the schema that declares its fixed bins. */
export interface SharedTable {
  readonly name: string;
  readonly folder: string;
  readonly train: string;
  readonly test: string;
  /** Name of the target column, whose last category is the positive one. */
  readonly target: string;
  /** Schema file content, to be given to `parseSchema` or written to disk. */
  readonly schema: { readonly fields: readonly object[]; readonly missingValues: readonly string[] };
}

/** The shared table of that name, or undefined on machines that do not have the shared data. */
export function sharedTable(name: 'adult' | 'bank' | 'german' | 'titanic'): SharedTable | undefined {
  const folder = resolve(import.meta.dirname, '../../../shared/data', name);
  if (!existsSync(`${folder}/bins.json`)) return undefined;
  const bins: { target: string; cols: Record<string, SharedColumn> } = JSON.parse(
    readFileSync(`${folder}/bins.json`, 'utf8'),
  );
  return {
    name,
    folder,
    train: `${folder}/train.csv`,
    test: `${folder}/test.csv`,
    target: bins.target,
    schema: {
      fields: Object.entries(bins.cols).map(([column, spec]) => sharedField(column, spec)),
      missingValues: [''],
    },
  };
}

/** A field of the schema; integer edges are half-open, so the maximum is one below the last edge. */
function sharedField(name: string, spec: SharedColumn): object {
  const required = spec.missing ? {} : { required: true };
  if (spec.type === 'cat') return { name, type: 'string', constraints: { enum: spec.values, ...required } };
  const bins = spec.edges ?? [];
  const [minimum, last] = [bins[0] ?? Number.NaN, bins.at(-1) ?? Number.NaN];
  return {
    name,
    type: spec.integer === true ? 'integer' : 'number',
    constraints: { minimum, maximum: spec.integer === true ? last - 1 : last, ...required },
    privacy: { bins },
  };
}
