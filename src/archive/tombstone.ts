/**
 * What stays of a part that retention deleted: `part-N.deleted`, with when, and the part's totals.
 * It is there, durable, before anything is removed: from then on the part counts as deleted,
 * whatever files of it a crash left. Without it a missing part is damage.
 */
import { join } from "node:path";
import { isoUtc } from "../model/iso_time.ts";
import { type FileSystem, readHead, replaceFile } from "../runtime/files.ts";
import { encodeDigested, isChanged } from "./digested_json.ts";
import { FORMAT_VERSION, instant, readPart, type SealedPart, totalsJson } from "./manifest.ts";
import { partName } from "./names.ts";

export interface DeletedPart extends SealedPart {
  readonly deletedAtMs: number;
}

/** A tombstone has some 300 bytes. */
const TOMBSTONE_BYTES_MAX = 65_536;

export function tombstoneName(part: number): string {
  return `${partName(part)}.deleted`;
}

/** Null where the part was not deleted. */
export async function readTombstone(
  files: FileSystem,
  runDirectory: string,
  part: number,
): Promise<DeletedPart | null> {
  const path = join(runDirectory, tombstoneName(part));
  const bytes = await readHead(files, path, TOMBSTONE_BYTES_MAX);
  if (bytes === null) return null;
  try {
    const text = new TextDecoder().decode(bytes);
    if (isChanged(text)) return null;
    const value = JSON.parse(text);
    const sealed = value?.format === FORMAT_VERSION ? readPart(value) : null;
    const deletedAtMs = instant(value?.deleted_at);
    return sealed === null || deletedAtMs === null ? null : { ...sealed, deletedAtMs };
  } catch {
    return null;
  }
}

/** Deletes a sealed part. Run again after a crash at any point, it ends the same. */
export async function deletePart(
  files: FileSystem,
  runDirectory: string,
  sealed: SealedPart,
  nowMs: number,
): Promise<void> {
  if (await readTombstone(files, runDirectory, sealed.part) === null) {
    const { part, ...totals } = sealed;
    const bytes = encodeDigested({
      format: FORMAT_VERSION,
      part,
      deleted_at: isoUtc(nowMs),
      ...totalsJson(totals),
    });
    await replaceFile(files, join(runDirectory, tombstoneName(part)), bytes);
  }
  for (const name of await partFiles(files, runDirectory, sealed.part)) {
    await files.remove(join(runDirectory, name));
  }
  await files.syncDirectory(runDirectory);
}

/** Files of a part besides its tombstone: bytes, index, and what a crash left half-made. */
export async function partFiles(
  files: FileSystem,
  runDirectory: string,
  part: number,
): Promise<string[]> {
  const kept = tombstoneName(part);
  const names = await files.list(runDirectory);
  return names.filter((name) => name.startsWith(`${partName(part)}.`) && name !== kept);
}
