import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { attributeWithBins, createFieldCodecs, isNumeric, type TableCodec } from '../encode/table-codec.ts';
import { TabveilError } from '../errors.ts';
import type { TableSchema } from '../table/schema.ts';
import { parseSchema } from '../table/schema-file.ts';
import type { FittedTable } from './fit-table.ts';
import type { JsonObject, ModelParts } from './synthesizer.ts';

/** Names of the files of a model folder besides the certificate and signature. */
export const MODEL_FILES = { manifest: 'manifest.json', schema: 'schema.json', arrays: 'arrays.bin' } as const;

/** Largest manifest and array file read from a model folder, in bytes: model files may come from strangers. */
const MAX_MANIFEST_BYTES = 64 * 2 ** 20;
const MAX_ARRAY_BYTES = 2 ** 31;

/** A model read from its folder, checked but not yet opened by its synthesizer. */
export interface StoredModel {
  readonly synthesizer: string;
  readonly schema: TableSchema;
  readonly codec: TableCodec;
  readonly parts: ModelParts;
  /** Released number of rows that the cap of an entity dropped, if the unit is one. */
  readonly droppedRows?: number;
}

const manifestSchema = z.strictObject({
  format: z.literal('tabveil-model'),
  version: z.literal(1),
  synthesizer: z.string().max(100),
  rows: z.int().min(0),
  droppedRows: z.int().min(0).optional(),
  learned: z.strictObject({
    categories: z.record(
      z.string(),
      z.array(z.string()).refine((list) => new Set(list).size === list.length, 'categories repeat'),
    ),
    bounds: z.record(z.string(), z.strictObject({ minimum: z.number(), maximum: z.number() })),
  }),
  uncertainty: z
    .array(
      z.strictObject({
        clique: z.array(z.int().min(0)),
        sigmaRows: z.number().min(0),
        distance: z.number().min(0).max(1),
        noiseOnly: z.int().min(0),
        cells: z.int().min(1),
      }),
    )
    .optional(),
  bins: z.record(z.string(), z.array(z.int().min(0))),
  settings: z.record(z.string(), z.json()),
  arrays: z.array(z.strictObject({ name: z.string(), length: z.int().min(0) })),
});

type Manifest = z.infer<typeof manifestSchema>;

/** Prefix of the arrays that hold fine weights; the rest belong to the synthesizer. */
const FINE_PREFIX = 'fine:';

/**
 * Serialises a fitted table into the files of a model folder.
 *
 * **Privacy**: takes public, released and post-processed values only (`FittedTable` holds nothing else); the size of
 * each file is a function of the schema and of released values.
 * @returns file contents by relative path.
 */
export function serializeModel(fitted: FittedTable, schema: TableSchema, synthesizer: string): Map<string, Uint8Array> {
  const numeric = fitted.codec.attributes.filter(isNumeric);
  const arrays = new Map([
    ...numeric.map((attribute) => [FINE_PREFIX + attribute.codec.name, attribute.fineWeights] as const),
    ...fitted.parts.arrays,
  ]);
  const manifest: Manifest = {
    format: 'tabveil-model',
    version: 1,
    synthesizer,
    rows: fitted.parts.rows,
    ...(fitted.parts.uncertainty === undefined
      ? {}
      : { uncertainty: fitted.parts.uncertainty.map((entry) => ({ ...entry, clique: [...entry.clique] })) }),
    ...(fitted.droppedRows === undefined ? {} : { droppedRows: fitted.droppedRows }),
    learned: {
      categories: Object.fromEntries([...fitted.learned.categories].map(([name, list]) => [name, [...list]])),
      bounds: Object.fromEntries(fitted.learned.bounds),
    },
    bins: Object.fromEntries(numeric.map((attribute) => [attribute.codec.name, [...attribute.bins]])),
    settings: fitted.parts.settings as Manifest['settings'],
    arrays: [...arrays].map(([name, values]) => ({ name, length: values.length })),
  };
  const text = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
  return new Map([
    [MODEL_FILES.manifest, text(manifest)],
    [MODEL_FILES.schema, new TextEncoder().encode(schema.canonical)],
    [MODEL_FILES.arrays, concatenate([...arrays.values()])],
  ]);
}

/** Doubles one after another, little-endian. */
function concatenate(arrays: readonly Float64Array[]): Uint8Array {
  const bytes = new Uint8Array(8 * arrays.reduce((sum, values) => sum + values.length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const values of arrays) {
    for (const value of values) {
      view.setFloat64(offset, value, true);
      offset += 8;
    }
  }
  return bytes;
}

/** SHA-256 of every file, in hex, by relative path. */
export function hashFiles(files: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries(
    [...files].map(([path, bytes]) => [path, createHash('sha256').update(bytes).digest('hex')]),
  );
}

/**
 * Refuses a model path that exists or whose folder cannot be written, before anything is spent.
 * @throws TabveilError (input)
 */
export async function checkModelPath(folder: string): Promise<void> {
  if ((await stat(folder).catch(() => undefined)) !== undefined) {
    throw new TabveilError(
      'input',
      'model.exists',
      `${folder}: exists already; give --out a new path or remove it first.`,
    );
  }
  const probe = temporaryName(folder);
  try {
    await mkdir(probe);
    await rm(probe, { recursive: true });
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/**
 * Writes a model folder under a temporary name and renames it when every byte is on disk.
 * @throws TabveilError (input) when the folder cannot be written; nothing is left behind.
 */
export async function writeModelFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const temporary = temporaryName(folder);
  try {
    await mkdir(temporary);
    for (const [path, bytes] of files) await writeSynced(join(temporary, path), bytes);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw unwritable(folder, error);
  }
}

const temporaryName = (folder: string) =>
  join(dirname(resolve(folder)), `.${basename(resolve(folder))}.tmp-${process.pid}`);

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

function unwritable(folder: string, error: unknown): TabveilError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const reason: Record<string, string> = {
    ENOENT: 'its parent folder does not exist',
    EACCES: 'permission denied',
    ENOSPC: 'no space left on the device',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'its parent is not a folder',
  };
  return new TabveilError('input', 'model.unwritable', `${folder}: cannot write the model: ${reason[code] ?? code}.`);
}

/**
 * Reads and checks a model folder; the certificate is checked by `verify`, not here.
 * @throws TabveilError (input) naming the file and what is wrong with it.
 */
export async function readModelFolder(folder: string): Promise<StoredModel> {
  const manifest = parseManifest(folder, await readLimited(folder, MODEL_FILES.manifest, MAX_MANIFEST_BYTES));
  const schemaText = await readLimited(folder, MODEL_FILES.schema, MAX_MANIFEST_BYTES);
  const schema = parseSchema(parseJson(folder, MODEL_FILES.schema, schemaText), join(folder, MODEL_FILES.schema));
  const arrays = splitArrays(folder, manifest, await readLimited(folder, MODEL_FILES.arrays, MAX_ARRAY_BYTES));
  const learned = {
    categories: new Map(Object.entries(manifest.learned.categories)),
    bounds: new Map(Object.entries(manifest.learned.bounds)),
  };
  const attributes = createFieldCodecs(schema, learned).map((codec) => {
    const attribute = attributeWithBins(codec, manifest.bins[codec.name]);
    if (!isNumeric(attribute)) return attribute;
    const cells = attribute.fineWeights.length;
    if (
      attribute.bins.some((cell, bin) => cell >= cells || (bin === 0 ? cell !== 0 : cell <= attribute.bins[bin - 1]!))
    ) {
      throw corrupt(folder, MODEL_FILES.manifest, `bins of "${codec.name}" are not ascending cells below ${cells}`);
    }
    const fineWeights = arrays.get(FINE_PREFIX + codec.name) ?? attribute.fineWeights;
    if (fineWeights.length !== cells || fineWeights.some((weight) => weight < 0)) {
      throw corrupt(
        folder,
        MODEL_FILES.arrays,
        `fine weights of "${codec.name}" are not ${cells} non-negative numbers`,
      );
    }
    return { ...attribute, fineWeights };
  });
  const own = new Map([...arrays].filter(([name]) => !name.startsWith(FINE_PREFIX)));
  return {
    synthesizer: manifest.synthesizer,
    schema,
    codec: { attributes },
    ...(manifest.droppedRows === undefined ? {} : { droppedRows: manifest.droppedRows }),
    parts: {
      rows: manifest.rows,
      ...(manifest.uncertainty === undefined ? {} : { uncertainty: manifest.uncertainty }),
      settings: manifest.settings as JsonObject,
      arrays: own,
    },
  };
}

async function readLimited(folder: string, file: string, limit: number): Promise<Uint8Array> {
  const path = join(folder, file);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile())
    throw corrupt(folder, file, found === undefined ? 'the file is missing' : 'this is no plain file');
  if (found.size > limit) throw corrupt(folder, file, `it has ${found.size} bytes; at most ${limit} are read`);
  return readFile(path);
}

function parseJson(folder: string, file: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw corrupt(folder, file, 'it is not JSON in UTF-8');
  }
}

function parseManifest(folder: string, bytes: Uint8Array): Manifest {
  const parsed = manifestSchema.safeParse(parseJson(folder, MODEL_FILES.manifest, bytes));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw corrupt(
    folder,
    MODEL_FILES.manifest,
    `${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'is malformed'}`,
  );
}

function splitArrays(folder: string, manifest: Manifest, bytes: Uint8Array): Map<string, Float64Array> {
  const total = manifest.arrays.reduce((sum, { length }) => sum + length, 0);
  if (bytes.length !== 8 * total) {
    throw corrupt(folder, MODEL_FILES.arrays, `it has ${bytes.length} bytes; the manifest declares ${8 * total}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  return new Map(
    manifest.arrays.map(({ name, length }) => {
      const values = Float64Array.from({ length }, (_, index) => view.getFloat64(offset + 8 * index, true));
      const wild = values.find((value) => !Number.isFinite(value));
      if (wild !== undefined)
        throw corrupt(folder, MODEL_FILES.arrays, `array "${name}" holds ${wild}, which is not finite`);
      offset += 8 * length;
      return [name, values];
    }),
  );
}

/** The error for a model file that cannot be trusted. */
export function corrupt(folder: string, file: string, finding: string): TabveilError {
  return new TabveilError(
    'input',
    'model.corrupt',
    `${join(folder, file)}: ${finding}. The model is damaged or not a Tabveil model; get a fresh copy and run tabveil verify.`,
  );
}
