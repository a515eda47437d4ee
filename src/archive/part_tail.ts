/**
 * The bytes of a part that have no index record, after a crash: which of them are kept, as what, and
 * which are cut. Decides only; the caller writes.
 *
 * A part without lines of acknowledged streams keeps every whole line, of a connection not known any
 * more. In a part with an intent, lines whose stream is not known would be there twice once their
 * agent has sent them again. So what the intent tells of is kept, as it tells, append by append, and
 * only where its bytes are all there; what follows was confirmed to nobody, and is cut.
 */
import { crc32 } from "node:zlib";
import { LIMITS } from "../limits.ts";
import type { StreamLines } from "../model/stream.ts";
import type { AppendFile } from "./append_file.ts";
import { type AppendFacts, encodeRecord, type IndexRecord, sha256 } from "./index_record.ts";
import { lineEnds } from "./run_reader.ts";
import { addAppend, type Totals } from "./totals.ts";

export interface TailTask {
  readonly data: AppendFile;
  /** Of what has its record. */
  readonly before: Totals;
  /** When the part was last written, epoch ms. */
  readonly modifiedMs: number;
  /** Null where the part has none. */
  readonly intent: readonly IndexRecord[] | null;
  readonly isIndexDamaged: boolean;
}

export interface Tail {
  /** Of the part with what is kept. */
  readonly totals: Totals;
  /** The index records to append. */
  readonly lines: string;
  /** Where the kept appends of acknowledged streams end in them, in order. */
  readonly streams: readonly StreamLines[];
}

export async function describeTail(task: TailTask): Promise<Tail> {
  const { data, intent, before } = task;
  const nothing: Tail = { totals: before, lines: "", streams: [] };
  if (intent === null) return keepLines(task, nothing, data.writtenBytes);
  const first = intent[0];
  if (first === undefined) {
    // An intent is on the disk before the index goes on. Without one, whole lines of index were
    // lost to damage, and their bytes had been confirmed; or nothing had.
    return task.isIndexDamaged ? keepLines(task, nothing, data.writtenBytes) : nothing;
  }
  const lost = first.offset > before.bytes ? await keepLines(task, nothing, first.offset) : nothing;
  return keepIntended(data, intent, lost);
}

/** Whole lines up to `end`, as appends of no known connection. */
async function keepLines(task: TailTask, tail: Tail, end: number): Promise<Tail> {
  // When they came is not known any more; the part was last written when the last of them did.
  const arrivalMs = Math.max(task.modifiedMs, task.before.lastArrivalMs ?? 0);
  let kept = tail;
  while (kept.totals.bytes < Math.min(end, task.data.writtenBytes)) {
    const length = Math.min(end - kept.totals.bytes, LIMITS.archiveGroupBytesMax);
    const got = await readBytes(task.data, kept.totals.bytes, length);
    const bytes = got.subarray(0, got.lastIndexOf(10) + 1);
    if (bytes.length === 0) break;
    kept = keep(kept, {
      offset: kept.totals.bytes,
      length: bytes.length,
      lines: lineEnds(bytes).length,
      crc32: crc32(bytes),
      sha256: sha256(bytes),
      arrivalMs,
      connection: null,
      recovered: true,
    });
  }
  return kept;
}

/** What was intended from where the index ends, for as long as the bytes are the ones meant. */
async function keepIntended(
  data: AppendFile,
  intent: readonly IndexRecord[],
  tail: Tail,
): Promise<Tail> {
  const streams: StreamLines[] = [];
  let kept = tail;
  for (const { prev: _prev, hash: _hash, ...facts } of intent) {
    if (facts.offset < kept.totals.bytes) continue;
    if (facts.offset > kept.totals.bytes) break;
    const bytes = await readBytes(data, facts.offset, facts.length);
    if (bytes.length < facts.length || sha256(bytes) !== facts.sha256) break;
    kept = keep(kept, { ...facts, recovered: true });
    if (facts.stream !== undefined) streams.push(facts.stream);
  }
  return { ...kept, streams };
}

function keep(tail: Tail, facts: AppendFacts): Tail {
  const { line, hash } = encodeRecord(facts, tail.totals.chainHead);
  return {
    ...tail,
    totals: addAppend(tail.totals, { ...facts, hash }),
    lines: tail.lines + line,
  };
}

async function readBytes(data: AppendFile, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.min(length, data.writtenBytes - at));
  return bytes.subarray(0, await data.file.read(bytes, at));
}
