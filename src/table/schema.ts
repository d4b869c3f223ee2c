/** Table Schema field types that Tabveil models. */
export type FieldType = 'string' | 'integer' | 'number' | 'boolean' | 'date' | 'datetime';

/** Part a field plays in risk and fairness measures; a field may play several. */
export type FieldRole = 'identifier' | 'quasi-identifier' | 'sensitive' | 'protected' | 'target';

/** Where a value goes that the schema does not list (a category) or that cannot be read (a number, a date). */
export type OutOfDomain = 'missing' | 'other' | 'fallback';

/** A fact that is public by declaration, or is to be bought from the privacy budget. */
export type Fact<T> = { readonly status: 'public'; readonly value: T } | { readonly status: 'learn' };

/** Values of a string or boolean field. Boolean fields have the categories `false`, `true`. */
export interface CategoricalDomain {
  readonly kind: 'categorical';
  readonly categories: Fact<readonly string[]>;
  /** True when the order of the categories carries meaning. */
  readonly ordered: boolean;
}

/**
 * Values of integer, number, date and datetime fields on one numeric axis.
 * Axis units: the number itself; whole days since 1970-01-01 (date); milliseconds since 1970-01-01T00:00Z (datetime).
 */
export interface NumericDomain {
  readonly kind: 'numeric';
  /** Inclusive bounds; values outside are clamped. */
  readonly bounds: Fact<{ readonly minimum: number; readonly maximum: number }>;
  /** Distance between representable values on the axis: 1 for integers and dates; `multipleOf` or 10^-decimals for numbers. */
  readonly precision: number;
  /**
   * Declared coarse bin edges, ascending: bin k is [edges[k], edges[k+1]), the last one closed.
   * Absent: bins are chosen from released values.
   */
  readonly edges?: readonly number[];
}

/** An identifier: never read, generated fresh. */
export interface IdentifierDomain {
  readonly kind: 'identifier';
  /** How fresh values look. */
  readonly format: 'sequence' | 'uuid';
}

/** One column of the table. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly roles: readonly FieldRole[];
  readonly domain: CategoricalDomain | NumericDomain | IdentifierDomain;
  /** True when the field may be missing: then a missing cell is in its domain whether or not the data use it. */
  readonly nullable: boolean;
  /**
   * Where unlisted or unreadable values go. `missing` needs `nullable`; `other` adds a reserved category that is written
   * as `otherLabel`; `fallback` sends them to the first category or to the lower bound.
   */
  readonly outOfDomain: OutOfDomain;
  readonly otherLabel?: string;
  /** Texts of true and false for boolean fields as written in files. */
  readonly trueValue?: string;
  readonly falseValue?: string;
  /** Date or datetime pattern of the file when it is not ISO 8601 (strptime syntax as DuckDB understands it). */
  readonly pattern?: string;
}

/** A checked schema: everything `train` needs to know without looking at the data. */
export interface TableSchema {
  readonly fields: readonly Field[];
  /** Texts that mean missing; the empty text by default. */
  readonly missingValues: readonly string[];
  readonly primaryKey: readonly string[];
  /** Unit of privacy. */
  readonly unit:
    | { readonly kind: 'row' }
    | { readonly kind: 'entity'; readonly key: readonly string[]; readonly maxRows: number };
  /** Declared size of the population, used for planning only; not taken from the data. */
  readonly population?: number;
  /** Canonical JSON text of the schema file: hashed into certificates. */
  readonly canonical: string;
}
