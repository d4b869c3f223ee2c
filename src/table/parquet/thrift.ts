/** Kinds of values in Thrift's compact protocol. */
const KIND = { true: 1, false: 2, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

/** A value of a Thrift struct; whole numbers say their width because the wire does. */
export type ThriftValue =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly flag: boolean }
  | { readonly list: readonly ThriftValue[] }
  | ThriftStruct;

/** A Thrift struct: values by field number. */
export interface ThriftStruct {
  readonly struct: Readonly<Record<number, ThriftValue>>;
}

/**
 * A struct in Thrift's compact protocol, as Parquet stores its metadata: fields in ascending order, numbers as zigzag
 * variable-length integers.
 * @source Apache Thrift, "Thrift compact protocol", doc/specs/thrift-compact-protocol.md
 */
export function encodeThrift(struct: ThriftStruct): Uint8Array {
  const bytes: number[] = [];
  writeStruct(struct, bytes);
  return Uint8Array.from(bytes);
}

function writeStruct({ struct }: ThriftStruct, bytes: number[]): void {
  let previous = 0;
  for (const [key, value] of Object.entries(struct)) {
    const id = Number(key);
    const kind = kindOf(value);
    if (id - previous <= 15) bytes.push(((id - previous) << 4) | kind);
    else {
      bytes.push(kind);
      writeVarint(zigzag(id), bytes);
    }
    previous = id;
    // The kind of a flag already says its value.
    if (!('flag' in value)) writeValue(value, bytes);
  }
  bytes.push(0);
}

function kindOf(value: ThriftValue): number {
  if ('i32' in value) return KIND.i32;
  if ('i64' in value) return KIND.i64;
  if ('text' in value) return KIND.binary;
  if ('list' in value) return KIND.list;
  if ('flag' in value) return value.flag ? KIND.true : KIND.false;
  return KIND.struct;
}

function writeValue(value: ThriftValue, bytes: number[]): void {
  if ('i32' in value) writeVarint(zigzag(value.i32), bytes);
  else if ('i64' in value) writeVarint(zigzag(value.i64), bytes);
  else if ('text' in value) {
    const text = new TextEncoder().encode(value.text);
    writeVarint(text.length, bytes);
    for (const byte of text) bytes.push(byte);
  } else if ('list' in value) writeList(value.list, bytes);
  else if ('flag' in value) bytes.push(kindOf(value));
  else writeStruct(value, bytes);
}

function writeList(list: readonly ThriftValue[], bytes: number[]): void {
  const kind = list[0] === undefined ? KIND.struct : kindOf(list[0]);
  if (list.length < 15) bytes.push((list.length << 4) | kind);
  else {
    bytes.push(0xf0 | kind);
    writeVarint(list.length, bytes);
  }
  for (const item of list) writeValue(item, bytes);
}

/** Maps 0, -1, 1, -2 … to 0, 1, 2, 3 …, without 32-bit arithmetic: file offsets are larger. */
function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

/** Appends a whole number, seven bits a byte, lowest first. */
export function writeVarint(value: number, bytes: number[]): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
