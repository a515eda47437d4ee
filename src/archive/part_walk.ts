/**
 * A part read back: its appends in order, each checked against its index record, and in between
 * what cannot be trusted, named. The one way by which reading, checking and recovery see a part.
 */
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { FileSystem } from "../runtime/files.ts";
import { REAL_ZSTD, type Zstd } from "../runtime/zstd.ts";
import { IndexWalk, readIndex, seekIndex } from "./index_file.ts";
import type { IndexRecord } from "./index_record.ts";
import type { Quarantined, QuarantineReason } from "./manifest.ts";
import { partName } from "./names.ts";
import { openIfThere, openPartSource, type PartSource } from "./part_source.ts";
import { type DeletedPart, readTombstone } from "./tombstone.ts";

export type PartEvent =
  | { readonly kind: "append"; readonly record: IndexRecord; readonly bytes: Uint8Array }
  | { readonly kind: "quarantined"; readonly range: Quarantined }
  /** At `offset` is no record, or one that does not follow from the one before: it was changed. */
  | { readonly kind: "chain_break"; readonly offset: number }
  /** Retention deleted the part: there is nothing to read, and nothing is missing. */
  | { readonly kind: "deleted"; readonly part: DeletedPart }
  /** Where the walk ended: the last good append's end, and its hash (null: nothing was read). */
  | { readonly kind: "end"; readonly offset: number; readonly chainHead: string | null };

export interface WalkOptions {
  readonly files: FileSystem;
  readonly runDirectory: string;
  readonly part: number;
  /** Appends that end at or before this byte of the part are left out. */
  readonly fromOffset?: number | undefined;
  /** Hash that the part's first record must follow; null to take it as it is. */
  readonly chainHead?: string | null | undefined;
  /** Bytes the part has by its manifest; what the index does not reach is quarantined. */
  readonly partBytes?: number | undefined;
  /** Where the bytes come from, closed at the end; the part's own file unless given. */
  readonly source?: PartSource | undefined;
  /** Real unless given. */
  readonly zstd?: Zstd | undefined;
}

/** Reads as far as the index reached when the walk began. */
export async function* walkPart(options: WalkOptions): AsyncGenerator<PartEvent> {
  const path = join(options.runDirectory, partName(options.part));
  const { files, zstd = REAL_ZSTD } = options;
  const source = options.source ?? await openPartSource(files, path, zstd);
  try {
    yield* walk(options, path, source);
  } finally {
    await source?.close();
  }
}

async function* walk(
  options: WalkOptions,
  path: string,
  source: PartSource | null,
): AsyncGenerator<PartEvent> {
  const fromOffset = options.fromOffset ?? 0;
  const { walk, lines, close } = await openIndex(options, `${path}.index`, fromOffset);
  const quarantined = (offset: number, length: number, reason: QuarantineReason): PartEvent => ({
    kind: "quarantined",
    range: { part: options.part, offset, length, reason },
  });
  try {
    // Asked only now: with both files open a deletion after this takes nothing from this walk.
    const deleted = await readTombstone(options.files, options.runDirectory, options.part);
    if (deleted !== null) {
      yield { kind: "deleted", part: deleted };
      yield { kind: "end", offset: deleted.bytes, chainHead: deleted.chainHead };
      return;
    }
    for await (const chunk of lines) {
      for (const line of chunk) {
        const { gap, record, isChainBroken } = walk.step(line.record);
        if (gap !== null && gap.offset + gap.length > fromOffset) {
          yield quarantined(gap.offset, gap.length, "index");
        }
        // A sealed part's index ends with its last record; only an open one may be half written.
        const isNone = line.record === null && options.partBytes !== undefined;
        if (isChainBroken || isNone) {
          yield { kind: "chain_break", offset: record?.offset ?? walk.offset };
        }
        if (record === null || record.offset + record.length <= fromOffset) continue;
        const found = await readAppend(source, record);
        yield typeof found === "string"
          ? quarantined(record.offset, record.length, found)
          : { kind: "append", record, bytes: found };
      }
    }
  } finally {
    await close();
  }
  const missing = (options.partBytes ?? 0) - Math.max(walk.offset, fromOffset);
  if (missing > 0) {
    const offset = Math.max(walk.offset, fromOffset);
    yield quarantined(offset, missing, source === null ? "missing" : "index");
  }
  yield { kind: "end", offset: walk.offset, chainHead: walk.chainHead };
}

async function openIndex(options: WalkOptions, path: string, fromOffset: number) {
  const { files, chainHead = null } = options;
  const fromStart = new IndexWalk({ offset: 0, chainHead });
  const file = await openIfThere(files, path);
  if (file === null) return { walk: fromStart, lines: [], close: () => Promise.resolve() };
  try {
    const bytes = await file.size();
    const startByte = fromOffset > 0 ? await seekIndex(file, bytes, fromOffset) : 0;
    return {
      walk: startByte === 0 ? fromStart : new IndexWalk(null),
      lines: readIndex(file, startByte, bytes),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The append's bytes, or why they cannot be had. */
export async function readAppend(
  source: PartSource | null,
  record: IndexRecord,
): Promise<Uint8Array | QuarantineReason> {
  if (source === null) return "missing";
  let bytes: Uint8Array | null;
  try {
    bytes = await source.take(record.offset, record.length);
  } catch {
    return "unreadable";
  }
  if (bytes === null) return "missing";
  return crc32(bytes) === record.crc32 ? bytes : "checksum";
}
