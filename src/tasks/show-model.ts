import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Attribute, countCoarseCells, isNumeric } from '../encode/table-codec.ts';
import { parseCertificate } from '../privacy/certificate-check.ts';
import type { JsonObject } from '../synthesizers/synthesizer.ts';
import type { MarginalUncertainty } from '../synthesizers/uncertainty.ts';
import type { FieldType } from '../table/schema.ts';
import { describeMarginal, type ShownMarginal } from './describe-marginal.ts';
import { loadModel } from './load-model.ts';

/** A column of a model, for people. */
export interface ModelColumn {
  readonly name: string;
  readonly kind: 'categorical' | 'numeric';
  /** Type of the field: how values on the axis are written. */
  readonly type: FieldType;
  /** Codes the model tells apart, the missing cell included. */
  readonly cells: number;
  readonly mayBeMissing: boolean;
  /** Distribution with error bars, if the model knows it without drawing rows. */
  readonly marginal?: ShownMarginal;
}

/** Error bar of one released marginal, by column names; see `MarginalUncertainty`. */
export interface ShownUncertainty extends Omit<MarginalUncertainty, 'clique'> {
  readonly columns: readonly string[];
}

/** What a model is and what it cost. */
export interface ModelSummary {
  readonly model: string;
  readonly synthesizer: string;
  /** Released estimate of the number of rows. */
  readonly rows: number;
  /** Released number of rows that the cap of an entity dropped (at most the cap counted for each); if the unit is one. */
  readonly droppedRows?: number;
  readonly epsilon: number;
  readonly delta: number;
  readonly unit: string;
  readonly day: string;
  readonly columns: readonly ModelColumn[];
  /** Error bars of released marginals, from released values alone. */
  readonly uncertainty: readonly ShownUncertainty[];
  /** What the synthesizer says of itself: cliques, sizes. */
  readonly details: JsonObject;
}

/**
 * Describes a model folder.
 * @throws TabveilError (input) when it is damaged.
 */
export async function showModel(folder: string): Promise<ModelSummary> {
  const { stored, model } = await loadModel(folder);
  const path = join(folder, 'certificate.json');
  const certificate = parseCertificate(await readFile(path, 'utf8'), path);
  const shares = model.shares?.();
  const { rows, uncertainty } = stored.parts;
  const marginalOf = (attribute: Attribute, column: number): Pick<ModelColumn, 'marginal'> => {
    const bar = uncertainty?.find(({ clique }) => clique.length === 1 && clique[0] === column);
    if (shares === undefined || bar === undefined) return {};
    return { marginal: describeMarginal(attribute, { shares: shares[column]!, rows, sigmaRows: bar.sigmaRows }) };
  };
  const columns = stored.codec.attributes.map((attribute, column) => ({
    name: attribute.codec.name,
    kind: isNumeric(attribute) ? ('numeric' as const) : ('categorical' as const),
    type: stored.schema.fields.find(({ name }) => name === attribute.codec.name)?.type ?? ('string' as const),
    cells: countCoarseCells(attribute),
    mayBeMissing: attribute.codec.hasMissing,
    ...marginalOf(attribute, column),
  }));
  return {
    model: folder,
    synthesizer: stored.synthesizer,
    rows: stored.parts.rows,
    ...(stored.droppedRows === undefined ? {} : { droppedRows: stored.droppedRows }),
    epsilon: certificate.epsilon,
    delta: certificate.delta,
    unit: certificate.unit.kind,
    day: certificate.day,
    columns,
    uncertainty: (stored.parts.uncertainty ?? []).map(({ clique, ...entry }) => ({
      columns: clique.map((attribute) => columns[attribute]?.name ?? `${attribute}`),
      ...entry,
    })),
    details: model.describe(),
  };
}
