import { axisFromText, hasAxis } from './axis.ts';
import type { CategoricalDomain, FieldType } from './schema.ts';
import { show } from './schema-problems.ts';
import type { FieldFile } from './schema-shape.ts';

/** The domain of a field with listed or learned categories, or undefined after saying why not. */
export function categoricalDomain(
  file: FieldFile,
  missingValues: readonly string[],
  say: (sentence: string) => void,
): CategoricalDomain | undefined {
  const unfit = (['bins', 'binning', 'precision', 'bounds'] as const).find((key) => file.privacy?.[key] !== undefined);
  if (unfit !== undefined) {
    say(`: privacy.${unfit} is for numbers and dates without a list of values; take it or the list out`);
    return undefined;
  }
  const ordered = file.categoriesOrdered ?? false;
  const listed = listedValues(file);
  const isLearned = file.privacy?.categories === 'learn';
  if (file.type === 'boolean') {
    if (isLearned || listed !== undefined)
      say(': a boolean has the categories false and true; take the list or "learn" out');
    return { kind: 'categorical', categories: { status: 'public', value: ['false', 'true'] }, ordered };
  }
  if (isLearned) {
    if (listed === undefined) return { kind: 'categorical', categories: { status: 'learn' }, ordered };
    say(': privacy.categories is "learn", but values are listed too; take one of the two out');
    return undefined;
  }
  if (listed === undefined) {
    say(
      ' has neither constraints.enum nor categories; list its values (then they are public), or set privacy.categories to "learn" (then they are bought from the budget), or set privacy.role to "identifier"',
    );
    return undefined;
  }
  const problem = listProblem(listed, file.type, missingValues);
  if (problem !== undefined) say(problem);
  return { kind: 'categorical', categories: { status: 'public', value: listed }, ordered };
}

function listedValues(file: FieldFile): string[] | undefined {
  const list = file.constraints?.enum ?? file.categories;
  return list?.map((item) => String(typeof item === 'object' ? item.value : item).trim());
}

function listProblem(listed: readonly string[], type: FieldType, missingValues: readonly string[]): string | undefined {
  const unreadable = listed.find(
    (value) => value.includes('\0') || (hasAxis(type) && Number.isNaN(axisFromText(type, value))),
  );
  if (unreadable !== undefined) return `: ${show(unreadable)} is listed, but is no value of type ${type}`;
  const repeated = listed.find((value, index) => listed.indexOf(value) !== index);
  if (repeated !== undefined) return `: ${show(repeated)} is listed twice (spaces around values do not count)`;
  const missing = listed.find((value) => missingValues.includes(value));
  return missing === undefined
    ? undefined
    : `: ${show(missing)} is listed as a value and in missingValues; take one of the two out`;
}
