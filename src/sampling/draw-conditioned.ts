import { isNumeric, type TableCodec } from '../encode/table-codec.ts';
import type { SamplingMethod } from '../marginals/block-sampler.ts';
import type { ConditionalGenerator, OpenModel } from '../synthesizers/synthesizer.ts';
import type { TableSchema } from '../table/schema.ts';
import { type Condition, type ConditionContext, parseCondition } from './condition.ts';
import { codeConditions } from './condition-codes.ts';
import { createRejectionGenerator } from './rejection.ts';

/** A model with what its codes mean, and how its rows are to be drawn. */
export interface ConditionableModel {
  readonly model: OpenModel;
  readonly codec: TableCodec;
  readonly schema: Pick<TableSchema, 'fields'>;
  readonly method: SamplingMethod;
}

/** What `generateRows` needs to draw rows under conditions. */
export interface ConditionedRows extends ConditionalGenerator {
  /** Decodes codes into values that meet the conditions. */
  readonly codec: TableCodec;
}

/** What conditions on the rows of a model are checked against. */
export function conditionContext({ codec, schema }: Pick<ConditionableModel, 'codec' | 'schema'>): ConditionContext {
  const labels = new Map<string, readonly string[]>();
  for (const attribute of codec.attributes) {
    if (!isNumeric(attribute)) labels.set(attribute.codec.name, attribute.codec.labels);
  }
  return { schema, labels };
}

/**
 * Prepares rows of a model under conditions: by the model's own method if it has one, by rejection otherwise.
 *
 * **Privacy**: post-processing of a released model.
 * @param where texts as `parseCondition` reads them, or conditions.
 * @throws TabveilError (usage) when a condition cannot be read, or no row of the model can meet them all.
 */
export function conditionRows(request: ConditionableModel, where: readonly (string | Condition)[]): ConditionedRows {
  const context = conditionContext(request);
  const conditions = where.map((given) => (typeof given === 'string' ? parseCondition(given, context) : given));
  const { cells, codec } = codeConditions(request.codec, conditions, request.schema);
  const { model, method } = request;
  const generator = model.createConditionalGenerator?.(cells, method) ?? createRejectionGenerator(model, cells);
  return { ...generator, codec };
}

/** How rows under conditions were drawn, for people and programs. */
export interface DrawnConditions {
  /** One sentence: exact or not, and by what method. */
  readonly statement: string;
  /** Probability that the model gives the conditions, if it is known. */
  readonly probability?: number;
}

/** What is told of conditions in results; nothing without conditions. */
export function describeConditions(conditioned: ConditionedRows | undefined): {
  readonly conditions?: DrawnConditions;
} {
  if (conditioned === undefined) return {};
  const { statement, probability } = conditioned;
  return { conditions: { statement, ...(probability === undefined ? {} : { probability }) } };
}
