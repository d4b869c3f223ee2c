/**
 * Tabveil as a library: one function per command of the command line, which adds nothing but printing, and the ways in and
 * out of memory.
 *
 * | command | function |
 * |---|---|
 * | `demo` | `demo` |
 * | `schema draft`, `check`, `import` | `draftSchema`, `checkSchema`, `importSchema` |
 * | `scan` | `scan` |
 * | `train`, `train --plan` | `train`, `planTraining` |
 * | `sample` | `sample` (to a file), `sampleTable` (in memory) |
 * | `model show` | `showModel` |
 * | `evaluate` | `evaluate` |
 * | `audit` | `audit` |
 * | `bench` | `bench` |
 * | `account`, `account calibrate` | `account`, `calibrateNoise` |
 * | `ledger show`, `grant`, `policy`, `verify`, `export` | `showLedger`, `grantBudget`, `setLedgerPolicy`, `verifyLedger`, `exportLedger` |
 * | `verify`, `key new`, `sign` | `verify`, `createKey`, `sign` |
 */
export { type ErrorFields, type ErrorKind, EXIT_CODES, TabveilError } from './errors.ts';
export type { Metric } from './evaluation/metric.ts';
export type { Certificate, PrivacyUnit } from './privacy/certificate.ts';
export type { PrivacyEvent } from './privacy/events.ts';
export type { Condition } from './sampling/condition.ts';
export type { CategoryColumn, Column, NumberColumn, Table } from './table/columns.ts';
export { MISSING_CODE, UNLISTED_CODE } from './table/columns.ts';
export { type DanfoFrame, type DanfoModule, fromDanfo, toDanfo } from './table/danfo.ts';
export { fromArrow } from './table/from-arrow.ts';
export { type FromOptions, fromColumns, type PlainValues } from './table/plain-columns.ts';
export { type ReadOptions, readTable } from './table/read-table.ts';
export type { Field, TableSchema } from './table/schema.ts';
export { parseSchema, readSchema, type SchemaOptions } from './table/schema-file.ts';
export { toArrow } from './table/to-arrow.ts';
export { type PlainCell, toColumns } from './table/to-columns.ts';
export { type WriteOptions, writeTable } from './table/write-table.ts';
export {
  type AccountOptions,
  type AccountResult,
  accountEvents as account,
  type CalibrateOptions,
  type CalibrateResult,
  calibrateNoise,
} from './tasks/account.ts';
export { type AuditOptions, type AuditResult, audit } from './tasks/audit.ts';
export { type BenchOptions, type BenchResult, bench } from './tasks/bench/bench.ts';
export { type BenchConfig, fullConfig, QUICK_CONFIG, readConfig } from './tasks/bench/config.ts';
export { type DemoOptions, type DemoResult, runDemo as demo } from './tasks/demo.ts';
export { type EvaluateOptions, evaluate } from './tasks/evaluate.ts';
export { createKey, type NewKeyOptions, type NewKeyResult } from './tasks/key.ts';
export {
  checkLedger as verifyLedger,
  exportLedgerOf as exportLedger,
  type GrantOptions,
  type GrantResult,
  grantBudget,
  type LedgerChoice,
  type LedgerShown,
  setLedgerPolicy,
  showLedger,
} from './tasks/ledger.ts';
export { type ExpectedError, type PlannedPurpose, planTraining, type TrainPlan } from './tasks/plan-training.ts';
export { type SampleOptions, type SampleResult, sample } from './tasks/sample.ts';
export { type SampledTable, type SampleTableOptions, sampleTable } from './tasks/sample-table.ts';
export { type ScanOptions, type ScanResult, scan } from './tasks/scan.ts';
export {
  type CheckOptions,
  type CheckResult,
  checkSchemaFile as checkSchema,
  type DraftOptions,
  draftSchemaFile as draftSchema,
  type ImportOptions,
  importSchemaFile as importSchema,
  type MadeSchema,
} from './tasks/schema.ts';
export { type ModelColumn, type ModelSummary, showModel } from './tasks/show-model.ts';
export { type SignOptions, type SignResult, signModel as sign } from './tasks/sign.ts';
export type { Progress, TaskContext } from './tasks/task-context.ts';
export { type TrainOptions, type TrainRequest, type TrainResult, train } from './tasks/train.ts';
export { type VerifyOptions, type VerifyResult, verifyModel as verify } from './tasks/verify.ts';
