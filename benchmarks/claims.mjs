// @ts-check
/**
 * What must hold and is no figure: each claim with the test that fails when it does not hold. A test checks that these tests
 * exist under these names; that they pass is what `npm test` says.
 */

/**
 * @typedef {object} Claim
 * @property {string} part
 * @property {string} what
 * @property {string} file under `test/`
 * @property {string} test name of the test, or how it begins
 */

/** @type {readonly Claim[]} */
export const CLAIMS = [
  {
    part: 'accounting',
    what: 'reference values of DP-SGD: never below the lower bracket, at most 1 % above the best estimate',
    file: 'privacy/accounting/pld-accountant.test.ts',
    test: 'DP-SGD q=$q sigma=$sigma steps=$steps delta=$delta lies in its bracket',
  },
  {
    part: 'accounting',
    what: 'closed forms of zCDP equal 60-digit values, rounded towards safety',
    file: 'privacy/accounting/costs/zcdp.test.ts',
    test: 'zcdpEpsilon($rho, $delta) is the 60-digit value, from above',
  },
  {
    part: 'accounting',
    what: 'every selection of a composition is charged',
    file: 'privacy/accounting/pld-accountant.test.ts',
    test: '$count selections are all charged',
  },
  {
    part: 'accounting',
    what: 'permute-and-flip is not priced as an exponential mechanism',
    file: 'privacy/accounting/renyi-accountant.test.ts',
    test: 'permute-and-flip is refused its price',
  },
  {
    part: 'accounting',
    what: 'events of unknown kinds are refused, never guessed',
    file: 'privacy/accounting/accountants.test.ts',
    test: 'refuses unknown kinds instead of guessing',
  },
  {
    part: 'audit',
    what: 'known-bad mechanisms are caught, honest ones are not',
    file: 'privacy/audit/audit.test.ts',
    test: 'batches of fixed size accounted as Poisson draws',
  },
  {
    part: 'synthesizers',
    what: 'record and replay: neighbours see the same mechanisms and get the same artefacts, for every model',
    file: 'synthesizers/contract.test.ts',
    test: 'asks neighbours for the same mechanisms, within the declared sensitivity, and writes the same bytes',
  },
  {
    part: 'verdict',
    what: 'copied rows: HOLD',
    file: 'evaluation/verdict/cases.test.ts',
    test: 'copies: HOLD, and every attack fires',
  },
  {
    part: 'verdict',
    what: 'an ordinary CTGAN table: not HOLD for leakage',
    file: 'evaluation/verdict/cases.test.ts',
    test: 'ctgan: not held for leakage',
  },
  {
    part: 'verdict',
    what: 'independent columns: condemned by usefulness and discriminator',
    file: 'evaluation/verdict/cases.test.ts',
    test: 'indep: condemned by usefulness and discriminator',
  },
  {
    part: 'verdict',
    what: 'rows with small noise: caught by membership inference',
    file: 'evaluation/verdict/cases.test.ts',
    test: 'noisy: caught by membership inference',
  },
  {
    part: 'verdict',
    what: 'a private histogram: not condemned by exact matches, its inflated minorities shown',
    file: 'evaluation/verdict/cases.test.ts',
    test: 'dphist: not condemned by exact matches, its inflated minorities shown',
  },
  {
    part: 'evaluation',
    what: 'rates, gaps and calibration equal the reference',
    file: 'evaluation/fairness/fairness-reference.test.ts',
    test: 'rates, gaps and calibration equal the reference',
  },
  {
    part: 'scan',
    what: 'every enumerable digest is reversed, no keyed one',
    file: 'evaluation/scan/scan.test.ts',
    test: 'every marked digest is reversed, no keyed or random one',
  },
  {
    part: 'benchmark',
    what: 'scores equal the public scoring script to 1e-6, the classifier apart',
    file: 'evaluation/benchmark/scores.test.ts',
    test: 'equals the public scoring script on damaged tables of a simulated world, to 1e-6',
  },
  {
    part: 'benchmark',
    what: 'every figure of README and documents is one of this page, every figure of this page one of a results file',
    file: 'benchmarks/results-page.test.ts',
    test: 'is what the result files give, figure by figure',
  },
];
