import { runPool } from '../worker-pool.ts';
import { CANDIDATE_SPACES } from './candidate-spaces.ts';
import { type DigestAlgorithm, readDigest } from './digests.ts';
import { identifierKind } from './identifier-patterns.ts';
import { type ReversalRequest, searchPart, searchTexts } from './reverse-digests.ts';
import type { ColumnTexts, Finding } from './scan-columns.ts';

/** Share of a column's distinct values that must look like digests. */
const MIN_DIGEST_SHARE = 0.5;
/** Candidates per request to a worker. */
const PART_SIZE = 250_000;

/** Which spaces to enumerate and how to stop. */
export interface ReversalOptions {
  readonly signal?: AbortSignal;
  /** Names of spaces; all by default. */
  readonly spaces?: readonly string[];
  readonly onProgress?: (done: number, total: number) => void;
}

/** A column of digests: hexadecimal digests by algorithm. */
interface DigestColumn {
  readonly column: ColumnTexts;
  readonly digests: ReadonlyMap<DigestAlgorithm, ReadonlySet<string>>;
}

/**
 * Finds columns of digests and tries to reverse them by enumeration: small spaces, and the values of the other columns.
 * Digests with a secret key, with a salt and of random identifiers are not reversed.
 *
 * **Privacy**: plaintexts are neither kept nor reported. **Cost**: about twelve million hashes per algorithm that occurs, a
 * few seconds on two cores.
 * @source The New York taxi logs of 2013: MD5 of licence and medallion numbers, all reversed by enumeration.
 */
export async function scanDigests(
  columns: readonly ColumnTexts[],
  options: ReversalOptions = {},
): Promise<readonly Finding[]> {
  const found = columns.flatMap(digestColumn);
  const wanted = new Map<DigestAlgorithm, Set<string>>();
  for (const { digests } of found) {
    for (const [algorithm, texts] of digests) {
      const all = wanted.get(algorithm) ?? new Set<string>();
      for (const text of texts) all.add(text);
      wanted.set(algorithm, all);
    }
  }
  const reversed = new Set<string>();
  for (const [algorithm, digests] of wanted) {
    for (const text of await reverse(algorithm, digests, { columns, found, options })) reversed.add(text);
  }
  return found.map((column) => digestFinding(column, reversed));
}

function digestColumn(column: ColumnTexts): readonly DigestColumn[] {
  const digests = new Map<DigestAlgorithm, Set<string>>();
  let count = 0;
  for (const value of column.values) {
    const digest = readDigest(value);
    if (!digest) continue;
    count += 1;
    const known = digests.get(digest.algorithm) ?? new Set<string>();
    known.add(digest.hex);
    digests.set(digest.algorithm, known);
  }
  return count > 0 && count >= MIN_DIGEST_SHARE * column.values.length ? [{ column, digests }] : [];
}

interface Search {
  readonly columns: readonly ColumnTexts[];
  readonly found: readonly DigestColumn[];
  readonly options: ReversalOptions;
}

async function reverse(
  algorithm: DigestAlgorithm,
  digests: ReadonlySet<string>,
  search: Search,
): Promise<ReadonlySet<string>> {
  const { signal, onProgress, spaces } = search.options;
  const plain = search.columns.filter((column) => !search.found.some((digest) => digest.column === column));
  // A random identifier that stands beside its digest tells nothing new.
  const texts = plain.flatMap((column) => column.values.filter((value) => identifierKind(value) !== 'UUID'));
  const reversed = new Set(searchTexts(algorithm, digests, texts));
  const requests = CANDIDATE_SPACES.flatMap((space, index) =>
    spaces === undefined || spaces.includes(space.name)
      ? splitSpace(algorithm, digests, { space: index, size: space.size })
      : [],
  );
  let done = 0;
  await runPool(requests, {
    worker: new URL(`./reversal-worker${import.meta.url.endsWith('.js') ? '.js' : '.ts'}`, import.meta.url),
    inline: searchPart,
    signal,
    onResult: (hits) => {
      for (const hit of hits) reversed.add(hit);
      done += 1;
      onProgress?.(done, requests.length);
      return reversed.size === digests.size;
    },
  });
  return reversed;
}

function splitSpace(
  algorithm: DigestAlgorithm,
  digests: ReadonlySet<string>,
  { space, size }: { readonly space: number; readonly size: number },
): readonly ReversalRequest[] {
  return Array.from({ length: Math.ceil(size / PART_SIZE) }, (_, part) => ({
    algorithm,
    digests,
    space,
    from: part * PART_SIZE,
    to: Math.min((part + 1) * PART_SIZE, size),
  }));
}

function digestFinding({ column, digests }: DigestColumn, reversed: ReadonlySet<string>): Finding {
  const all = [...digests.values()].flatMap((texts) => [...texts]);
  const matches = all.filter((text) => reversed.has(text)).length;
  const algorithms = [...digests.keys()].join(', ');
  const common = { column: column.name, matches, of: all.length };
  if (matches > 0) {
    return {
      ...common,
      kind: 'reversible-pseudonym',
      severity: 'high',
      finding: `${matches} of ${all.length} digests (${algorithms}) were reversed by trying all candidates: they are as good as the plain values.`,
      advice: 'Declare the column as an identifier, or replace the digests by random numbers kept in a separate table.',
    };
  }
  return {
    ...common,
    kind: 'unreversed-digest',
    severity: 'medium',
    finding: `${all.length} values look like digests (${algorithms}); none was reversed. They may be keyed, salted or of random values.`,
    advice: 'Declare the column as an identifier unless it carries meaning.',
  };
}
