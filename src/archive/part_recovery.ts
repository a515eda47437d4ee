/**
 * What a crash left of one part, made whole again. Cuts only what never was a whole line or was
 * never confirmed; what was confirmed and is damaged stays where it is, and is named. Running it
 * again, also after a crash within it, gives the same.
 */
import { join } from "node:path";
import type { StreamLines } from "../model/stream.ts";
import type { FileSystem } from "../runtime/files.ts";
import type { Zstd } from "../runtime/zstd.ts";
import { AppendFile } from "./append_file.ts";
import { IndexWalk, readIndex } from "./index_file.ts";
import type { Quarantined, SealedPart } from "./manifest.ts";
import { partName } from "./names.ts";
import { readIntent, removeIntent } from "./part_intent.ts";
import { describeTail } from "./part_tail.ts";
import { readAppend, walkPart } from "./part_walk.ts";
import { PlainSource } from "./part_source.ts";
import { addAppend, emptyTotals, type Totals } from "./totals.ts";

export interface RecoveredPart {
  readonly sealed: SealedPart;
  /** Cut from the part's end: the beginning of a line. */
  readonly tornBytes: number;
  /** Whole lines that had no index record. */
  readonly recoveredLines: number;
}

export interface PartRecovery {
  readonly files: FileSystem;
  readonly zstd: Zstd | undefined;
  readonly runDirectory: string;
  readonly part: number;
  /** Hash of the last record of the part before, or the run's start. */
  readonly chainHead: string;
  readonly onQuarantined: (range: Quarantined) => void;
  /** Told where each append of an acknowledged stream ends in it, in order. */
  readonly onStream: (stream: StreamLines) => void;
}

export async function recoverPart(task: PartRecovery): Promise<RecoveredPart> {
  const path = join(task.runDirectory, partName(task.part));
  if (await isCompressed(task.files, path)) return surveyCompressed(task);
  const arrivalMs = Math.round((await task.files.stat(`${path}.ndjson`))?.modifiedMs ?? 0);
  const data = await openOrCreate(task, `${path}.ndjson`);
  try {
    const index = await openOrCreate(task, `${path}.index`);
    try {
      const found = await survey(task, data, index);
      await index.rewindTo(found.indexBytes);
      const tail = await describeTail({
        data,
        before: found.totals,
        modifiedMs: arrivalMs,
        intent: await readIntent(task.files, path),
        isIndexDamaged: found.isIndexDamaged,
      });
      const tornBytes = data.writtenBytes - tail.totals.bytes;
      await data.rewindTo(tail.totals.bytes);
      // What is read here may be in memory only, and called clean, where a sync failed before. Bytes
      // that have a record were on the disk before it was written; all else is written once more.
      await data.writeAnew(found.totals.bytes);
      // Bytes first, as ever: the index must not speak of what is not on the disk.
      await data.datasync();
      await index.writeAnew(0);
      await index.append(new TextEncoder().encode(tail.lines));
      await index.file.sync();
      await data.file.sync();
      await removeIntent(task.files, path);
      tail.streams.forEach(task.onStream);
      return {
        sealed: { part: task.part, ...tail.totals },
        tornBytes,
        recoveredLines: tail.totals.lines - found.totals.lines,
      };
    } finally {
      await index.close();
    }
  } finally {
    await data.close();
  }
}

async function isCompressed(files: FileSystem, path: string): Promise<boolean> {
  return (await files.stat(`${path}.ndjson`)) === null &&
    (await files.stat(`${path}.ndjson.zst`)) !== null;
}

/** Only sealed parts are compressed: nothing to cut, whatever the manifest has forgotten. */
async function surveyCompressed(task: PartRecovery): Promise<RecoveredPart> {
  let totals = emptyTotals(task.chainHead);
  for await (const event of walkPart(task)) {
    if (event.kind === "quarantined") task.onQuarantined(event.range);
    else if (event.kind === "append") {
      totals = addAppend(totals, event.record);
      if (event.record.stream !== undefined) task.onStream(event.record.stream);
    } else if (event.kind === "end") {
      totals = { ...totals, bytes: event.offset, chainHead: event.chainHead ?? task.chainHead };
    }
  }
  return { sealed: { part: task.part, ...totals }, tornBytes: 0, recoveredLines: 0 };
}

/** A crash between the making of the two files leaves one; a part without bytes is as good. */
async function openOrCreate(task: PartRecovery, path: string): Promise<AppendFile> {
  if ((await task.files.stat(path)) !== null) return AppendFile.continue(task.files, path);
  const file = await AppendFile.create(task.files, path);
  await task.files.syncDirectory(task.runDirectory);
  return file;
}

interface Surveyed {
  readonly totals: Totals;
  /** How many bytes of the index to keep. */
  readonly indexBytes: number;
  /** What is cut from the index holds a whole line: no crash does that. */
  readonly isIndexDamaged: boolean;
}

/** What the index says and the part bears out. */
async function survey(
  task: PartRecovery,
  data: AppendFile,
  index: AppendFile,
): Promise<Surveyed> {
  const source = new PlainSource(data.file);
  const walk = new IndexWalk({ offset: 0, chainHead: task.chainHead });
  let totals = emptyTotals(task.chainHead), indexBytes = 0, indexedBytes = 0;
  for await (const lines of readIndex(index.file, 0, index.writtenBytes)) {
    for (const line of lines) {
      // Acknowledged is acknowledged, whatever became of the bytes: the agent keeps them no more.
      if (line.record?.stream !== undefined) task.onStream(line.record.stream);
      const end = (line.record?.offset ?? 0) + (line.record?.length ?? 0);
      indexedBytes = Math.max(indexedBytes, end);
      // Past the part's end: the lines of it that are there whole are indexed anew.
      if (end > data.writtenBytes) continue;
      const { gap, record } = walk.step(line.record);
      if (gap !== null) task.onQuarantined({ part: task.part, ...gap, reason: "index" });
      if (record === null) continue;
      const { offset, length } = record;
      const bytes = await readAppend(source, record);
      if (typeof bytes === "string") {
        task.onQuarantined({ part: task.part, offset, length, reason: bytes });
      }
      indexBytes = line.endByte;
      totals = addAppend(totals, record);
    }
  }
  const missing = indexedBytes - data.writtenBytes;
  if (missing > 0) {
    const offset = data.writtenBytes;
    task.onQuarantined({ part: task.part, offset, length: missing, reason: "missing" });
  }
  return { totals, indexBytes, isIndexDamaged: await holdsLine(index, indexBytes) };
}

/** Whether a line ends in the index at or after `fromByte`. */
async function holdsLine(index: AppendFile, fromByte: number): Promise<boolean> {
  for await (const lines of readIndex(index.file, fromByte, index.writtenBytes)) {
    if (lines.some((line) => line.endByte < index.writtenBytes || line.record !== null)) {
      return true;
    }
  }
  const last = new Uint8Array(1);
  await index.file.read(last, Math.max(index.writtenBytes - 1, 0));
  return index.writtenBytes > fromByte && last[0] === 10;
}
