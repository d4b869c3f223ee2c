import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A random 64-bit value planted in a private table; it must not occur anywhere else in any encoding. */
export interface Canary {
  /** Where it was planted, for messages. */
  readonly name: string;
  /** The text of the cell. */
  readonly text: string;
  /** The number of the cell, when it reads as one. */
  readonly number?: number;
}

/** A random text of 16 hexadecimal digits. */
export function textCanary(name: string): Canary {
  return { name, text: randomBytes(8).toString('hex') };
}

/** A random integer of 63 bits in decimal. */
export function integerCanary(name: string): Canary {
  const text = (randomBytes(8).readBigUInt64LE() | (1n << 62n)).toString();
  return { name, text, number: Number(text) };
}

/** A random double in [low, high) with all its digits. */
export function numberCanary(name: string, low: number, high: number): Canary {
  const share = Number(randomBytes(8).readBigUInt64LE() >> 11n) / 2 ** 53;
  const number = low + share * (high - low);
  return { name, text: String(number), number };
}

/** Base64 digits that depend on a whole text alone, for each of its three places in a longer one. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const digits = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return digits.slice(Math.ceil((offset * 8) / 6), digits.length - 1);
  });
}

/** Every form in which a canary could hide, by name of the encoding. */
function formsOf({ text, number }: Canary): Map<string, Buffer> {
  const forms = new Map<string, Buffer>([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 upper case', Buffer.from(text.toUpperCase())],
    ['UTF-16', Buffer.from(text, 'utf16le')],
    ['reversed', Buffer.from([...text].reverse().join(''))],
    ['hexadecimal of its text', Buffer.from(Buffer.from(text).toString('hex'))],
  ]);
  base64Forms(Buffer.from(text)).forEach((form, offset) => {
    forms.set(`base64 at ${offset}`, Buffer.from(form));
  });
  const integer = /^\d+$/.test(text) ? BigInt(text) : /^[0-9a-f]{16}$/.test(text) ? BigInt(`0x${text}`) : undefined;
  if (integer !== undefined) addNumber(forms, '64-bit integer', (view) => view.setBigUint64(0, integer, true));
  if (number !== undefined) {
    addNumber(forms, 'float64', (view) => view.setFloat64(0, number, true));
    forms.set('decimal of the double', Buffer.from(String(number)));
    if (Number.isInteger(number)) forms.set('all digits of the double', Buffer.from(BigInt(number).toString()));
  }
  return forms;
}

function addNumber(forms: Map<string, Buffer>, name: string, write: (view: DataView) => void): void {
  const bytes = Buffer.alloc(8);
  write(new DataView(bytes.buffer, bytes.byteOffset, 8));
  forms.set(`${name}, little-endian`, bytes);
  forms.set(`${name}, big-endian`, Buffer.from(bytes).reverse());
}

/** Says where canaries occur in some bytes: `place: canary in encoding`. */
export function scanBytes(place: string, bytes: Buffer, canaries: readonly Canary[]): string[] {
  return canaries.flatMap((canary) =>
    [...formsOf(canary)]
      .filter(([, form]) => bytes.includes(form))
      .map(([encoding]) => `${place}: ${canary.name} in ${encoding}`),
  );
}

/** Scans every file below a folder, names included, but for those left out (paths relative to the folder). */
export function scanFolder(folder: string, canaries: readonly Canary[], leaveOut: readonly string[]): string[] {
  return listFiles(folder, leaveOut).flatMap((name) =>
    scanBytes(name, Buffer.concat([Buffer.from(`${name}\n`), readFileSync(join(folder, name))]), canaries),
  );
}

/** Paths of the files below a folder, relative to it, but for those left out. */
export function listFiles(folder: string, leaveOut: readonly string[] = []): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile() && !leaveOut.includes(name))
    .map((name) => relative(folder, join(folder, name)));
}
