/** Table Schema field types that Tabveil models. */
export type FieldType = 'string' | 'integer' | 'number' | 'boolean' | 'date' | 'datetime';

/** Part a field plays in risk and fairness measures; a field may play several. */
export type FieldRole = 'identifier' | 'quasi-identifier' | 'sensitive' | 'protected' | 'target' | 'outcome';

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
  /** Inclusive bounds, a whole number of steps apart; values outside are clamped. */
  readonly bounds: Fact<{ readonly minimum: number; readonly maximum: number }>;
  /**
   * Distance between representable values on the axis, counted from the minimum (from 0 when bounds are learned): 1 for
   * integers and dates; `multipleOf` or 10^-decimals for numbers; 1000 (one second) for datetimes unless declared.
   */
  readonly precision: number;
  /**
   * Declared coarse bin edges, ascending: bin k is [edges[k], edges[k+1]), the last one closed. The first edge is the
   * minimum; the last one is the maximum, or one step above it (integer habit: edges 1, 2, 3 for the values 1 and 2).
   * Absent: bins are chosen from released values.
   */
  readonly edges?: readonly number[];
  /**
   * How bins are chosen when no edges are declared: from the released fine histogram (the default), by private quantile
   * cuts, or by a private tree that halves bins where the rows are; the latter two are bought from the budget.
   */
  readonly binning?: 'released' | 'quantiles' | 'tree';
}

/** An identifier: never read, generated fresh. */
export interface IdentifierDomain {
  readonly kind: 'identifier';
  /** How fresh values look. */
  readonly format: 'sequence' | 'uuid';
}

/** How numbers are written as text when not in the usual way. */
export interface NumberText {
  readonly decimalChar: string;
  /** Separator of thousands, removed before reading; absent when there is none. */
  readonly groupChar?: string;
  /** False when texts such as `€ 12` or `95 %` may surround the number. */
  readonly bareNumber: boolean;
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
   * Where unlisted, unreadable and (in a field that is not nullable) missing values go. `missing` needs `nullable`;
   * `other`, for categories only, adds a reserved category that is written as `otherLabel`; `fallback` sends them to the
   * first category or to the lower bound.
   */
  readonly outOfDomain: OutOfDomain;
  readonly otherLabel?: string;
  /** Texts of true and false for boolean fields as written to files. */
  readonly trueValue?: string;
  readonly falseValue?: string;
  /** All texts read as true and as false in boolean fields; the written ones come first. */
  readonly trueValues?: readonly string[];
  readonly falseValues?: readonly string[];
  /** How numbers look in text files; absent for the usual way (decimal point, no thousands separator). */
  readonly numberText?: NumberText;
  /** Date or datetime pattern of the file when it is not ISO 8601 (strptime syntax as DuckDB understands it). */
  readonly pattern?: string;
}

/** A value as written in a schema; null is missing. */
export type SchemaValue = string | number | boolean | null;

/** Which values of a column a rule means: those listed (or all others, when negated), or a closed range. */
export type ValueCondition =
  | { readonly kind: 'values'; readonly values: readonly SchemaValue[]; readonly negated: boolean }
  | { readonly kind: 'range'; readonly minimum: number; readonly maximum: number };

/** A combination that cannot occur: no row satisfies the conditions on all of its columns. */
export type ZeroRule = ReadonlyMap<string, ValueCondition>;

/** A published table of shares over one to three columns. */
export interface PublicMarginal {
  readonly columns: readonly string[];
  readonly cells: readonly { readonly values: readonly SchemaValue[]; readonly share: number }[];
  /** Standard deviation of a share; small when the publication is exact. */
  readonly error: number;
}

/** What is known about the table from elsewhere, at no cost: declared by the schema, never taken from the data. */
export interface PublicKnowledge {
  /** Structural zeros and functional dependencies. */
  readonly zeros: readonly ZeroRule[];
  readonly marginals: readonly PublicMarginal[];
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
  /** Declared size of the population, for planning and for the largest delta allowed; not taken from the data. */
  readonly population?: number;
  /** Dataset id of the only ledger that may pay for this table. */
  readonly ledger?: string;
  /** Structural zeros, functional dependencies and published tables; absent or empty when none are declared. */
  readonly knowledge?: PublicKnowledge;
  /** Canonical JSON text of the schema file: hashed into certificates. */
  readonly canonical: string;
  /** What was accepted but has no effect (`foreignKeys`, patterns …), one sentence each. */
  readonly notes?: readonly string[];
}
