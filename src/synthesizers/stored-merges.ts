import { z } from 'zod';
import { TabveilError } from '../errors.ts';
import type { Domain } from '../marginals/domain.ts';
import type { RareMerge } from './rare-merge.ts';
import type { ModelParts } from './synthesizer.ts';

/** Merged code of every original code, by attribute index: as merges lie in the settings of a model. */
export const mergeCodesSchema = z.record(z.string().regex(/^\d{1,6}$/), z.array(z.int().min(0)));

/** Merges as they are stored: codes in the settings, weights in the arrays. */
export interface StoredMerges {
  readonly codes: z.infer<typeof mergeCodesSchema>;
  readonly arrays: readonly (readonly [string, Float64Array])[];
}

const weightsName = (attribute: number) => `merged:${attribute}`;

/** The stored form of merges; columns without one take no space. */
export function storeMerges(merges: readonly (RareMerge | undefined)[]): StoredMerges {
  const merged = merges.flatMap((merge, attribute) => (merge === undefined ? [] : [{ merge, attribute }]));
  return {
    codes: Object.fromEntries(merged.map(({ merge, attribute }) => [attribute, [...merge.recoding.codes]])),
    arrays: merged.map(({ merge, attribute }) => [weightsName(attribute), merge.weights] as const),
  };
}

/**
 * What `storeMerges` stored, checked: it comes from an untrusted file.
 * @throws TabveilError (input) when a merge does not cover the codes of its column.
 */
export function loadMerges(
  domain: Domain,
  codes: StoredMerges['codes'],
  parts: Pick<ModelParts, 'arrays'>,
): (RareMerge | undefined)[] {
  return domain.sizes.map((size, attribute) => {
    const merged = codes[attribute];
    return merged === undefined ? undefined : loadMerge(merged, takeArray(parts, weightsName(attribute)), size);
  });
}

function loadMerge(codes: readonly number[], weights: Float64Array, size: number): RareMerge {
  const mergedSize = codes.reduce((most, code) => Math.max(most, code), -1) + 1;
  const covered = new Set(codes).size === mergedSize;
  if (codes.length !== size || weights.length !== size || !covered || weights.some((weight) => weight < 0)) {
    throw malformedModel(`a merge does not cover its ${size} codes`);
  }
  return { recoding: { size: mergedSize, codes: Int32Array.from(codes) }, weights };
}

/** An array of a stored model. @throws TabveilError (input) when it is missing. */
export function takeArray(parts: Pick<ModelParts, 'arrays'>, name: string): Float64Array {
  const values = parts.arrays.get(name);
  if (values === undefined) throw malformedModel(`array "${name}" is missing`);
  return values;
}

/** The error for model parts that cannot be as Tabveil wrote them. */
export function malformedModel(finding: string): TabveilError {
  return new TabveilError('input', 'model.parts', `model: ${finding}. The model is damaged; get a fresh copy.`);
}
