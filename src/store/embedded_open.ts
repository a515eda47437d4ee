/**
 * Opens PGlite on a directory. It runs with fsync off, so a power cut may damage it: a store that
 * does not open is moved aside, never deleted, and a new one is made; the archive fills it again.
 *
 * A first open runs initdb (3–5 s, 1 GB of memory); with a prepared image it takes 0.4 s.
 */
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PGlite, type PGliteOptions } from "@electric-sql/pglite";
import { diskHasRoom, type HasRoom } from "./embedded_room.ts";
import { parseTimestamp } from "./encode.ts";

/** For an executable that carries PGlite's files inside; from source they are found by themselves. */
export interface EmbeddedAssets {
  readonly pgliteWasmModule: WebAssembly.Module;
  readonly initdbWasmModule: WebAssembly.Module;
  readonly fsBundle: Blob;
}

export interface EmbeddedOpenOptions {
  /** `<data-dir>/store`; its parent is made where it is missing. */
  readonly directory: string;
  readonly nowMs: () => number;
  readonly assets?: EmbeddedAssets;
  /** What `makeEmbeddedImage` made: a first open then skips initdb. */
  readonly image?: Blob;
  /** Asked of the disk unless given. */
  readonly hasRoom?: HasRoom;
  /** The store did not open and lies aside; what was in it must be derived again. */
  readonly onDamaged?: (movedTo: string, reason: Error) => void;
}

export async function openPglite(options: EmbeddedOpenOptions): Promise<PGlite> {
  await mkdir(dirname(options.directory), { recursive: true });
  try {
    return await open(options);
  } catch (error) {
    // No fault of the store's: it is opened again once there is room.
    if (!await (options.hasRoom ?? diskHasRoom)(options.directory)) throw error;
    const reason = error instanceof Error ? error : new Error(String(error));
    const time = new Date(options.nowMs()).toISOString().slice(0, 19).replaceAll(":", "-");
    const movedTo = `${options.directory}.damaged-${time.replace("T", "_")}`;
    await rename(options.directory, movedTo);
    options.onDamaged?.(movedTo, reason);
    return await open(options);
  }
}

/** A tar of an empty store, to be given as `image`. Takes as long as a first open. */
export async function makeEmbeddedImage(assets?: EmbeddedAssets): Promise<Blob> {
  const database = await PGlite.create(pgliteOptions(assets));
  try {
    return await database.dumpDataDir("none");
  } finally {
    await database.close();
  }
}

/** Has a store that turned out damaged while it was in use moved aside at its next opening. */
export async function markDamaged(directory: string): Promise<void> {
  await writeFile(join(directory, DAMAGED_MARK), "");
}

const DAMAGED_MARK = "rackwatch_damaged";

async function open(options: EmbeddedOpenOptions): Promise<PGlite> {
  const names = await readdir(options.directory).catch((): string[] => []);
  const isNew = names.length === 0;
  if (names.includes(DAMAGED_MARK)) throw new Error("a damaged page was met in it");
  // PGlite would make a new store among the remains of the old one.
  if (!isNew && !names.includes("PG_VERSION")) throw new Error("its PG_VERSION is missing");
  const database = await PGlite.create({
    dataDir: options.directory,
    ...pgliteOptions(options.assets),
    ...(isNew && options.image !== undefined ? { loadDataDir: options.image } : {}),
  });
  try {
    // A damaged one may open and fail at its first question.
    await database.query("select count(*) from pg_catalog.pg_class");
    await database.query("set datestyle to 'ISO, YMD'");
    return database;
  } catch (error) {
    await database.close().catch(() => {});
    throw error;
  }
}

const TEXT = (value: unknown) => String(value);
/** Array literals are text already; a column is bytes, which PGlite passes on as they are. */
const ARRAY = (value: unknown) => value as string;

function pgliteOptions(assets?: EmbeddedAssets): PGliteOptions {
  return {
    ...assets,
    // int8, numeric → number; timestamptz → epoch ms.
    parsers: { 20: Number, 1700: Number, 1184: parseTimestamp },
    // Parameters come encoded already: bool, int8, int2, int4, float4, float8, timestamptz, and
    // int2[], int4[], float8[].
    serializers: {
      16: TEXT,
      20: TEXT,
      21: TEXT,
      23: TEXT,
      700: TEXT,
      701: TEXT,
      1184: TEXT,
      1005: ARRAY,
      1007: ARRAY,
      1022: ARRAY,
    },
  };
}
