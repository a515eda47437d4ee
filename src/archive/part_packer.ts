/**
 * A sealed part compressed: frames of zstd and a seek table in place of the plain file. Promises
 * that the plain file goes only once the compressed one was read back, fits every record of the
 * index, and is on the disk under its name. Refuses a part with damage: it stays as it is.
 *
 *   .zst.tmp: frames, table ─ fsync ─ read back ─ rename ─ fsync directory ─ remove plain ─ fsync directory
 *
 * A crash anywhere leaves the plain file, the compressed one, or both; the plain one then counts,
 * and the next call does it all again.
 */
import { join } from "node:path";
import { type Clock, delay } from "../runtime/clock.ts";
import type { FileSystem, OpenFile } from "../runtime/files.ts";
import { REAL_ZSTD, type Zstd } from "../runtime/zstd.ts";
import { FramedSource } from "./framed_source.ts";
import { sha256 } from "./index_record.ts";
import type { SealedPart } from "./manifest.ts";
import { partName } from "./names.ts";
import { walkPart } from "./part_walk.ts";
import { encodeSeekTable, type Frame, readSeekTable } from "./seek_table.ts";

export interface PackOptions {
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly runDirectory: string;
  readonly signal: AbortSignal;
  /** Real unless given. */
  readonly zstd?: Zstd | undefined;
}

/** Unpacked bytes of a frame: what a reader from the middle unpacks in vain, at most. */
const FRAME_BYTES = 2_097_152;
/** Hashed at a stretch, some 2 ms of it, unless one append is longer. */
const TURN_BYTES = 1_048_576;

/**
 * `packedBytes`, or null where the part is not what was archived, or the signal aborted: then it
 * stays plain. Rejects where the disk does; then too.
 */
export async function packPart(sealed: SealedPart, options: PackOptions): Promise<number | null> {
  const { files, runDirectory } = options;
  const path = join(runDirectory, `${partName(sealed.part)}.ndjson`);
  const packedPath = `${path}.zst`, temporary = `${packedPath}.tmp`;
  if ((await files.stat(temporary)) !== null) await files.remove(temporary);
  let packedBytes: number | null = null;
  try {
    packedBytes = await writePacked(sealed, path, temporary, options);
    if (packedBytes !== null && !await isSame(sealed, temporary, options)) packedBytes = null;
  } finally {
    // Also where it fails: a full disk is to have its room back.
    if (packedBytes === null) await files.remove(temporary).catch(() => {});
  }
  if (packedBytes === null) return null;
  await files.rename(temporary, packedPath);
  await files.syncDirectory(runDirectory);
  await files.remove(path);
  await files.syncDirectory(runDirectory);
  return packedBytes;
}

/** Null where the part has not as many bytes as its manifest says, or the signal aborted. */
async function writePacked(
  sealed: SealedPart,
  path: string,
  temporary: string,
  options: PackOptions,
): Promise<number | null> {
  const { files } = options;
  const plain = await files.open(path, "read");
  try {
    if (await plain.size() !== sealed.bytes) return null;
    const packed = await files.open(temporary, "create");
    try {
      const bytes = await copyFrames(plain, packed, sealed.bytes, options);
      if (bytes !== null) await packed.sync();
      return bytes;
    } finally {
      await packed.close();
    }
  } finally {
    await plain.close();
  }
}

/** Bytes written; null where the signal aborted. */
async function copyFrames(
  plain: OpenFile,
  packed: OpenFile,
  bytes: number,
  { clock, signal, zstd = REAL_ZSTD }: PackOptions,
): Promise<number | null> {
  const chunk = new Uint8Array(Math.min(FRAME_BYTES, bytes));
  const frames: Frame[] = [];
  let packedAt = 0;
  for (let at = 0; at < bytes;) {
    const startedMs = clock.monotonicMs();
    const got = await plain.read(chunk, at);
    const frame = await zstd.pack(chunk.subarray(0, got));
    await packed.write(frame, packedAt);
    frames.push({ packedBytes: frame.length, bytes: got });
    packedAt += frame.length;
    at += got;
    // Half the time for others: ingest waits for the same disk and the same threads.
    await delay(clock, Math.ceil(clock.monotonicMs() - startedMs), signal);
    if (signal.aborted) return null;
  }
  const table = encodeSeekTable(frames);
  await packed.write(table, packedAt);
  return packedAt + table.length;
}

/** Whether what was written unpacks to exactly what the index and the manifest say. */
async function isSame(
  sealed: SealedPart,
  packedPath: string,
  { files, runDirectory, clock, signal, zstd = REAL_ZSTD }: PackOptions,
): Promise<boolean> {
  const file = await files.open(packedPath, "read");
  const frames = await readSeekTable(file);
  if (frames === null) {
    await file.close();
    return false;
  }
  const { part, bytes: partBytes } = sealed;
  const source = new FramedSource(file, frames, zstd);
  let appends = 0, hashedBytes = 0, startedMs = clock.monotonicMs();
  for await (const event of walkPart({ files, runDirectory, part, partBytes, source })) {
    if (signal.aborted || event.kind === "quarantined" || event.kind === "chain_break") {
      return false;
    }
    if (event.kind === "end") {
      return event.chainHead === sealed.chainHead && event.offset === partBytes &&
        appends === sealed.appends;
    }
    if (event.kind !== "append" || sha256(event.bytes) !== event.record.sha256) return false;
    appends++;
    hashedBytes += event.record.length;
    if (hashedBytes < TURN_BYTES) continue;
    // Hashing is this thread's work: others have their turn, and half the time.
    await delay(clock, Math.ceil(clock.monotonicMs() - startedMs), signal);
    hashedBytes = 0;
    startedMs = clock.monotonicMs();
  }
  return false;
}
