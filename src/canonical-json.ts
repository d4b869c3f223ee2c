import { TabveilError } from './errors.ts';

/**
 * JSON with sorted keys and no blanks: equal values give equal texts, so hashes of it can be compared.
 * @throws TabveilError when a number is not finite or a value has no JSON.
 * @example canonicalJson({ b: 1, a: [true] }) // '{"a":[true],"b":1}'
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
    return `{${entries.join(',')}}`;
  }
  const isWritable = value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
  if (isWritable) return JSON.stringify(value);
  throw new TabveilError('bug', 'json.value', `canonical JSON: ${String(value)} cannot be written.`);
}

/** Tokens of JSON that matter for finding keys. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * The first key that an object of a JSON text has twice: readers differ in which value they take, so such a text says
 * different things to different people.
 * @param json text that `JSON.parse` accepts.
 */
export function findRepeatedKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined);
      expectsKey = token === '{';
    } else if (token === '}' || token === ']') {
      open.pop();
      expectsKey = false;
    } else if (token === ',') {
      expectsKey = open.at(-1) !== undefined;
    } else if (token === ':') {
      expectsKey = false;
    } else if (expectsKey) {
      const key = JSON.parse(token) as string;
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
  }
  return undefined;
}
