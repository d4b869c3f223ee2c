import type { Field, TableSchema } from '../../table/schema.ts';
import { type AlignedTables, codesOf, valuesOf } from '../aligned-tables.ts';
import { mean } from '../average.ts';
import { wilsonInterval } from '../intervals.ts';
import { type Metric, type Scope, syntheticMetric } from '../metric.ts';
import { worstOf } from '../whole-table.ts';

/** A number of the synthetic table and public facts alone. */
type Declared = Metric<'synthetic-only'>;

/** Which columns are compared and predicted; a public choice. */
export interface DeclaredChoices {
  readonly protectedColumns: readonly string[];
  readonly target?: string;
}

/**
 * How the synthetic table keeps to the public schema, and how its groups of people are represented in it.
 *
 * **Privacy**: a function of the synthetic table, the schema and the choice of columns. Other tables are not looked at, columns
 * whose domain is not public are left out, and there is no holdout baseline: it would be private.
 */
export function declaredMetrics(
  schema: TableSchema,
  tables: AlignedTables,
  choices: DeclaredChoices,
): readonly Declared[] {
  const fields = schema.fields.filter((field) => field.domain.kind !== 'identifier');
  const bounds = fields.flatMap((field) => boundsAdherence(field, tables) ?? []);
  const categories = fields.flatMap((field) => categoryAdherence(field, tables) ?? []);
  const groups = choices.protectedColumns.flatMap((name) => groupMetrics(fields, tables, { name, ...choices }));
  return [...meanOf(bounds), ...bounds, ...meanOf(categories), ...categories, ...groups];
}

function columnOf(tables: AlignedTables, field: Field) {
  return tables.columns.find((column) => column.field.name === field.name);
}

/** Share of rows as a metric; its interval says how far another table drawn from the same model might be. */
function shareMetric(
  what: { readonly id: string; readonly scope: Scope; readonly better: Metric['better'] },
  successes: number,
  trials: number,
): Declared {
  return syntheticMetric({
    ...what,
    value: trials > 0 ? successes / trials : null,
    interval: wilsonInterval(successes, trials),
    details: { rows: trials },
    ...(trials === 0 ? { note: 'undefined: no row counts' } : {}),
  });
}

/** A missing value counts as outside where the schema allows none, and not at all where it does. */
function boundsAdherence(field: Field, tables: AlignedTables): Declared | undefined {
  const column = columnOf(tables, field);
  if (field.domain.kind !== 'numeric' || field.domain.bounds.status !== 'public' || column?.kind !== 'number') return;
  const { minimum, maximum } = field.domain.bounds.value;
  let [inside, missing] = [0, 0];
  const values = valuesOf(column, 'synthetic');
  for (const value of values) {
    if (Number.isNaN(value)) missing += 1;
    else if (value >= minimum && value <= maximum) inside += 1;
  }
  const what = { id: 'declared-boundary-adherence', scope: { column: field.name }, better: 'higher' } as const;
  return shareMetric(what, inside, values.length - (field.nullable ? missing : 0));
}

/** A missing value counts as listed where the schema allows it. */
function categoryAdherence(field: Field, tables: AlignedTables): Declared | undefined {
  const column = columnOf(tables, field);
  if (field.domain.kind !== 'categorical' || field.domain.categories.status !== 'public') return;
  if (column?.kind !== 'category') return;
  let listed = 0;
  const codes = codesOf(column, 'synthetic');
  for (const code of codes) if (code < 0 ? field.nullable : code < column.declared) listed += 1;
  const what = { id: 'declared-category-adherence', scope: { column: field.name }, better: 'higher' } as const;
  return shareMetric(what, listed, codes.length);
}

/** The mean over columns with its worst member. */
function meanOf(members: readonly Declared[]): readonly Declared[] {
  const valid = members.flatMap((member) => (member.value === null ? [] : [{ ...member, value: member.value }]));
  const [first] = valid;
  const worst = worstOf(valid);
  if (!first || worst?.value == null) return [];
  const ends = valid.flatMap(({ interval }) => (interval ? [interval] : []));
  return [
    syntheticMetric({
      id: first.id,
      scope: null,
      value: mean(valid.map(({ value }) => value)),
      // Columns of one table go together: the mean of the intervals holds whatever their correlation.
      interval: [mean(ends.map(([low]) => low)), mean(ends.map(([, high]) => high))],
      better: first.better,
      worst: { scope: worst.scope, value: worst.value },
      details: { members: valid.length, notApplicable: members.length - valid.length },
    }),
  ];
}

/** Share of every declared group, and of the positive class within it. */
function groupMetrics(
  fields: readonly Field[],
  tables: AlignedTables,
  { name, target }: { readonly name: string; readonly target?: string },
): readonly Declared[] {
  const grouping = categoriesOf(fields, tables, name);
  if (!grouping) return [];
  const label = target === undefined || target === name ? undefined : categoriesOf(fields, tables, target);
  const positive = label?.declared.length === 2 ? label.codes : undefined;
  const rows = grouping.codes.length;
  return grouping.declared.flatMap((group, code) => {
    let [size, positives, labelled] = [0, 0, 0];
    for (let row = 0; row < rows; row += 1) {
      if (grouping.codes[row] !== code) continue;
      size += 1;
      const own = positive?.[row] ?? -1;
      if (own === 0 || own === 1) labelled += 1;
      if (own === 1) positives += 1;
    }
    const scope: Scope = { group: { [name]: group } };
    const share = shareMetric({ id: 'synthetic-group-share', scope, better: 'near-baseline' }, size, rows);
    if (!positive) return [share];
    return [share, shareMetric({ id: 'synthetic-base-rate', scope, better: 'near-baseline' }, positives, labelled)];
  });
}

/** Codes and declared categories of a column whose categories are public. */
function categoriesOf(fields: readonly Field[], tables: AlignedTables, name: string) {
  const field = fields.find((candidate) => candidate.name === name);
  const column = field && columnOf(tables, field);
  if (field?.domain.kind !== 'categorical' || field.domain.categories.status !== 'public') return undefined;
  if (column?.kind !== 'category') return undefined;
  return { codes: codesOf(column, 'synthetic'), declared: field.domain.categories.value };
}
