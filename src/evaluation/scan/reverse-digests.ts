import { hash } from 'node:crypto';
import { CANDIDATE_SPACES, type CandidateSpace } from './candidate-spaces.ts';
import type { DigestAlgorithm } from './digests.ts';

/** A part of a space to search for digests. */
export interface ReversalRequest {
  readonly algorithm: DigestAlgorithm;
  /** Lower-case hexadecimal digests to look for. */
  readonly digests: ReadonlySet<string>;
  /** Position in `CANDIDATE_SPACES`. */
  readonly space: number;
  readonly from: number;
  readonly to: number;
}

/** Digests that were found in the part, as hexadecimal. **Privacy**: plaintexts are not kept. */
export function searchPart(request: ReversalRequest): readonly string[] {
  const { algorithm, digests, from, to } = request;
  const space = CANDIDATE_SPACES[request.space] as CandidateSpace;
  const found: string[] = [];
  for (let index = from; index < to; index += 1) {
    const digest = hash(algorithm, space.at(index), 'hex');
    if (digests.has(digest)) found.push(digest);
  }
  return found;
}

/** Digests of the given texts, and of their upper- and lower-case forms, that are among those looked for. */
export function searchTexts(
  algorithm: DigestAlgorithm,
  digests: ReadonlySet<string>,
  texts: Iterable<string>,
): readonly string[] {
  const found: string[] = [];
  for (const text of texts) {
    for (const form of new Set([text, text.toLowerCase(), text.toUpperCase()])) {
      const digest = hash(algorithm, form, 'hex');
      if (digests.has(digest)) found.push(digest);
    }
  }
  return found;
}
