/** How people with equal quasi-identifiers hide behind each other. */
export interface KAnonymity {
  readonly rows: number;
  readonly classes: number;
  /** Size of the smallest class: k. */
  readonly smallestClass: number;
  readonly largestClass: number;
  readonly uniqueRows: number;
  readonly rowsInClassesBelow5: number;
  readonly rowsInClassesBelow11: number;
  /** Chance to be found by somebody who knows that the person is in the table: highest, and average over rows. */
  readonly highestRisk: number;
  readonly averageRisk: number;
  /** Share of rows whose risk exceeds 0.2: classes below five. */
  readonly shareAtRisk: number;
}

/** Risk above which a row counts as at risk. */
const RISK_LIMIT = 0.2;

/**
 * Measures from the number of classes of each size.
 * @source Sweeney, IJUFKS 10 (2002) 557-570 (k-anonymity); El Emam et al., JAMIA 15 (2008) 627-637 (prosecutor risk).
 */
export function measureAnonymity(classesBySize: ReadonlyMap<number, number>): KAnonymity {
  const sizes = [...classesBySize];
  const rowsWhere = (test: (size: number) => boolean) =>
    sizes.reduce((rows, [size, classes]) => rows + (test(size) ? size * classes : 0), 0);
  const rows = rowsWhere(() => true);
  const classes = sizes.reduce((total, [, count]) => total + count, 0);
  const smallestClass = sizes.reduce((least, [size]) => Math.min(least, size), Number.POSITIVE_INFINITY);
  return {
    rows,
    classes,
    smallestClass: rows > 0 ? smallestClass : 0,
    largestClass: sizes.reduce((most, [size]) => Math.max(most, size), 0),
    uniqueRows: rowsWhere((size) => size === 1),
    rowsInClassesBelow5: rowsWhere((size) => size < 5),
    rowsInClassesBelow11: rowsWhere((size) => size < 11),
    highestRisk: rows > 0 ? 1 / smallestClass : 0,
    averageRisk: rows > 0 ? classes / rows : 0,
    shareAtRisk: rows > 0 ? rowsWhere((size) => 1 / size > RISK_LIMIT) / rows : 0,
  };
}
