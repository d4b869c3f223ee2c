import { writeVarint } from './thrift.ts';

/** Smallest number of bits that holds every index below `count`; one at least, as some readers refuse zero. */
export function bitWidthFor(count: number): number {
  return Math.max(1, 32 - Math.clz32(Math.max(0, count - 1)));
}

/**
 * Whole numbers below 2^bitWidth as one bit-packed run of Parquet's RLE/bit-packing hybrid: lowest bit first, padded with
 * zeros to a multiple of eight values.
 * @source Apache Parquet format, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"
 */
export function encodeBitPacked(values: Uint8Array | Int32Array, count: number, bitWidth: number): Uint8Array {
  const groups = Math.ceil(count / 8);
  const header: number[] = [];
  writeVarint(groups * 2 + 1, header);
  const bytes = new Uint8Array(header.length + groups * bitWidth);
  bytes.set(header);
  let [at, pending, pendingBits] = [header.length, 0, 0];
  for (let index = 0; index < count; index++) {
    pending |= values[index]! << pendingBits;
    pendingBits += bitWidth;
    while (pendingBits >= 8) {
      bytes[at++] = pending & 255;
      pending >>>= 8;
      pendingBits -= 8;
    }
  }
  if (pendingBits > 0) bytes[at] = pending & 255;
  return bytes;
}

/** Definition levels of an optional column (1 present, 0 absent) with the length data pages put before them. */
export function encodePresence(isPresent: Uint8Array, count: number, presentCount: number): Uint8Array {
  const levels = presentCount === count ? allPresent(count) : encodeBitPacked(isPresent, count, 1);
  const bytes = new Uint8Array(4 + levels.length);
  new DataView(bytes.buffer).setUint32(0, levels.length, true);
  bytes.set(levels, 4);
  return bytes;
}

/** One run that repeats the level 1. */
function allPresent(count: number): Uint8Array {
  const bytes: number[] = [];
  writeVarint(count * 2, bytes);
  bytes.push(1);
  return Uint8Array.from(bytes);
}

/** Texts as Parquet's plain byte arrays: four bytes of length, then UTF-8. */
export function encodePlainTexts(texts: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  const encoded = texts.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(encoded.reduce((total, text) => total + 4 + text.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const text of encoded) {
    view.setUint32(at, text.length, true);
    bytes.set(text, at + 4);
    at += 4 + text.length;
  }
  return bytes;
}

/** How a physical number type is stored. */
export type PlainNumberType = 'int32' | 'int64' | 'double';

/** The first `count` numbers in Parquet's plain little-endian layout. */
export function encodePlainNumbers(values: Float64Array, count: number, type: PlainNumberType): Uint8Array {
  const view = new DataView(new ArrayBuffer(count * (type === 'int32' ? 4 : 8)));
  if (type === 'int32') for (let index = 0; index < count; index++) view.setInt32(index * 4, values[index]!, true);
  else if (type === 'double')
    for (let index = 0; index < count; index++) view.setFloat64(index * 8, values[index]!, true);
  else for (let index = 0; index < count; index++) setInt64(view, index * 8, values[index]!);
  return new Uint8Array(view.buffer);
}

/** A whole number as two 32-bit halves: several times faster than going through BigInt. */
function setInt64(view: DataView, at: number, value: number): void {
  const high = Math.floor(value / 4_294_967_296);
  view.setUint32(at, value - high * 4_294_967_296, true);
  view.setInt32(at + 4, high, true);
}
