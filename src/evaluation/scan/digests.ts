/** Hash functions whose digests are recognised by their length. */
export type DigestAlgorithm = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

const ALGORITHM_BY_BYTES: ReadonlyMap<number, DigestAlgorithm> = new Map([
  [16, 'md5'],
  [20, 'sha1'],
  [28, 'sha224'],
  [32, 'sha256'],
  [48, 'sha384'],
  [64, 'sha512'],
]);

/** A text that looks like a digest. */
export interface Digest {
  readonly algorithm: DigestAlgorithm;
  /** Lower case. */
  readonly hex: string;
}

/** Reads a digest in hexadecimal or base64; undefined for anything else. */
export function readDigest(text: string): Digest | undefined {
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return digestOf(text.length / 2, text.toLowerCase());
  if (!/^[A-Za-z0-9+/_-]{22,86}={0,2}$/.test(text) || !/\d/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  const isCanonical =
    bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
  return isCanonical ? digestOf(bytes.length, bytes.toString('hex')) : undefined;
}

function digestOf(bytes: number, hex: string): Digest | undefined {
  const algorithm = ALGORITHM_BY_BYTES.get(bytes);
  return algorithm && { algorithm, hex };
}
