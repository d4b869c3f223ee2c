// @ts-check
/**
 * Compares a table of a simulated world with the world's `truth.json`: what is true of the population, not what one sample
 * happened to show.
 *
 * @typedef {Readonly<Record<string, readonly string[]>>} TextColumns texts as in the file; the empty text is missing
 * @typedef {Readonly<Record<string, any>>} Truth content of a `truth.json`
 */

/** Column whose "yes" the rates of each world speak of. */
const TARGETS = { lending: 'approved', hiring: 'hired', hospital: 'readmitted' };
/** Milliseconds of a day. */
const DAY = 86_400_000;

/**
 * Columns of a CSV text without quoted cells.
 *
 * @param {string} text
 * @returns {Record<string, string[]>}
 */
export function readPlainCsv(text) {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const rows = lines.map((line) => line.split(','));
  return Object.fromEntries(header.split(',').map((name, column) => [name, rows.map((row) => row[column] ?? '')]));
}

/**
 * A recorded cell on the numeric axis of the truth: the number, or days since 1970-01-01; NaN when missing.
 *
 * @param {string} text
 */
function toNumber(text) {
  if (text === '') return Number.NaN;
  return /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) / DAY : Number(text);
}

/** @param {readonly number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * How far a numeric column is from its true law.
 *
 * @param {readonly string[]} cells
 * @param {{ mean: number, sd?: number, quantiles?: Record<string, number> }} law
 */
function numericErrors(cells, law) {
  const values = cells.map(toNumber).filter((value) => !Number.isNaN(value));
  const sd = law.sd ?? Math.sqrt(mean(values.map((value) => (value - law.mean) ** 2)));
  const gaps = Object.entries(law.quantiles ?? {}).map(([text, quantile]) => {
    const level = Number(text);
    const below = values.filter((value) => value < quantile).length / values.length;
    const upTo = values.filter((value) => value <= quantile).length / values.length;
    return Math.max(0, below - level, level - upTo);
  });
  return {
    meanInSd: Math.abs(mean(values) - law.mean) / sd,
    ...(gaps.length > 0 ? { quantileLevel: Math.max(...gaps) } : {}),
  };
}

/**
 * Total variation distance between the shares of recorded values and the true shares.
 *
 * @param {readonly string[]} cells
 * @param {Readonly<Record<string, number>>} shares
 */
function sharesDistance(cells, shares) {
  const recorded = cells.filter((cell) => cell !== '');
  const names = new Set([...Object.keys(shares), ...recorded]);
  return (
    [...names].reduce((sum, name) => {
      const share = recorded.filter((cell) => cell === name).length / recorded.length;
      return sum + Math.abs(share - (shares[name] ?? 0));
    }, 0) / 2
  );
}

/**
 * Pearson correlation over rows where both are recorded.
 *
 * @param {readonly string[]} left
 * @param {readonly string[]} right
 */
export function pearson(left, right) {
  const pairs = left
    .map((text, row) => /** @type {const} */ ([toNumber(text), toNumber(right[row] ?? '')]))
    .filter(([x, y]) => !Number.isNaN(x) && !Number.isNaN(y));
  const [mx, my] = [mean(pairs.map(([x]) => x)), mean(pairs.map(([, y]) => y))];
  const moment = (/** @type {(x: number, y: number) => number} */ of) =>
    mean(pairs.map(([x, y]) => of(x - mx, y - my)));
  return moment((x, y) => x * y) / Math.sqrt(moment((x) => x * x) * moment((_x, y) => y * y));
}

/**
 * @param {TextColumns} table
 * @param {Truth} truth
 */
function columnErrors(table, truth) {
  /** @type {Record<string, Record<string, number>>} */
  const errors = {};
  for (const [name, described] of Object.entries(truth.columns)) {
    const cells = table[name];
    if (cells === undefined) throw new Error(`column "${name}" of the truth is not in the table.`);
    const law = described.recorded ?? described;
    const missing = cells.filter((cell) => cell === '').length / cells.length;
    errors[name] = {
      ...(typeof law.mean === 'number' ? numericErrors(cells, law) : { shares: sharesDistance(cells, law) }),
      ...(described.missing === undefined ? {} : { missing: Math.abs(missing - described.missing) }),
    };
  }
  return errors;
}

/**
 * Rate of "yes" in each group against the true one.
 *
 * @param {TextColumns} table
 * @param {Truth} truth
 */
function rateErrors(table, truth) {
  const target = TARGETS[/** @type {keyof typeof TARGETS} */ (truth.world)];
  const groups = Object.keys(truth.rates).filter((name) => table[name] !== undefined);
  return groups.flatMap((name) =>
    Object.entries(truth.rates[name]).map(([value, rate]) => {
      const rows = (table[name] ?? []).flatMap((cell, row) => (cell === value ? [row] : []));
      const yes = rows.filter((row) => table[target]?.[row] === 'yes').length;
      return { group: `${name}=${value}`, truth: rate[target], found: yes / rows.length };
    }),
  );
}

/**
 * All comparisons of one table, with the few figures that sum them up.
 *
 * @param {TextColumns} table
 * @param {Truth} truth
 */
export function compareWithTruth(table, truth) {
  const columns = columnErrors(table, truth);
  const correlations = Object.entries(truth.correlations).map(([key, expected]) => {
    const [left = '', right = ''] = key.split('|');
    return { pair: key, truth: Number(expected), found: pearson(table[left] ?? [], table[right] ?? []) };
  });
  const rates = rateErrors(table, truth);
  const { column, value, share } = truth.rareGroup;
  const rare = table[column] ?? [];
  const of = (/** @type {string} */ name) => Object.values(columns).flatMap((errors) => errors[name] ?? []);
  const gaps = (/** @type {readonly { truth: number, found: number }[]} */ list) =>
    list.map((item) => Math.abs(item.found - item.truth)).filter((gap) => !Number.isNaN(gap));
  return {
    summary: {
      meanInSd: mean(of('meanInSd')),
      quantileLevel: mean(of('quantileLevel')),
      shares: mean(of('shares')),
      missing: mean(of('missing')),
      correlation: mean(gaps(correlations)),
      rate: mean(gaps(rates)),
      rareRatio: rare.filter((cell) => cell === value).length / rare.length / share,
    },
    columns,
    correlations,
    rates,
  };
}
