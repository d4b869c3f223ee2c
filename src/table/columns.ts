/** Code of a missing value in a `CategoryColumn`. */
export const MISSING_CODE = -1;
/** Code of a value that is not in the declared list in a `CategoryColumn`. */
export const UNLISTED_CODE = -2;

/** Numbers, dates and datetimes on the field's axis (see `NumericDomain`); NaN is missing or unreadable, ±Infinity is kept. */
export interface NumberColumn {
  readonly kind: 'number';
  readonly values: Float64Array;
}

/**
 * Dictionary-coded texts. `codes[row]` is an index into `categories`, `MISSING_CODE` or `UNLISTED_CODE`.
 * With a declared list, `categories` is that list in schema order. With categories to be learned, it is the list of
 * values found in the data and therefore as private as the rows.
 */
export interface CategoryColumn {
  readonly kind: 'category';
  readonly codes: Int32Array;
  readonly categories: readonly string[];
}

/** One column of a table in memory. */
export type Column = NumberColumn | CategoryColumn;

/** A table in memory: typed columns of equal length by field name. Identifier fields are absent unless asked for. */
export interface Table {
  readonly rowCount: number;
  readonly columns: ReadonlyMap<string, Column>;
}
