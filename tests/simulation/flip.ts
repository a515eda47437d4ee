/** A bit that flips in an archived line or in the index, between two lives. */
import { join } from "node:path";
import { decodeRecord } from "../../src/archive/index_record.ts";
import { readManifest } from "../../src/archive/manifest.ts";
import { liveDirectory } from "../../src/workers/speed/archived_runs.ts";
import type { SimulatedDisk } from "../archive/support/simulated_disk.ts";
import type { Flip } from "./checks.ts";
import { DATA_DIR } from "./life.ts";
import type { Schedule } from "./schedule.ts";

/** In what an index record tells of by now: what is not confirmed yet is nobody's word. */
export async function flipSomeBit(
  disk: SimulatedDisk,
  schedule: Schedule,
  flips: Flip[],
): Promise<void> {
  const pick = <T>(all: readonly T[]) => all[schedule.between(0, all.length - 1)];
  const live = liveDirectory(DATA_DIR);
  const runId = pick(await disk.list(live));
  if (runId === undefined) return;
  const directory = join(live, runId);
  const name = pick((await disk.list(directory)).filter((one) => one.endsWith(".index")));
  if (name === undefined) return;
  const records = new TextDecoder().decode(await readAll(disk, join(directory, name)))
    .split("\n").slice(0, -1);
  const nth = schedule.between(0, records.length - 1);
  // A torn write may have left a hole: what follows was never confirmed.
  const read = records.slice(0, nth + 1).map((one) => decodeRecord(one));
  const record = records[nth], facts = read[nth];
  if (record === undefined || !facts || read.includes(null)) return;
  const { offset, length } = facts;
  const data = join(directory, name.replace(".index", ".ndjson"));
  const isThere = ((await disk.stat(data))?.bytes ?? 0) >= offset + length;
  if (!isThere || flips.some((flip) => flip.runId === runId)) return;
  // Of an index that is still to be recovered, a damaged end is a torn end.
  const isClosed = (await readManifest(disk, directory))?.state === "closed";
  const isIndex = isClosed && schedule.chance(0.5);
  const recordStart = records.slice(0, nth).reduce((sum, one) => sum + one.length + 1, 0);
  // A record that the power can take says nothing of its bytes: they are indexed as they are found.
  if (disk.durableBytes(join(directory, name)) <= recordStart + record.length) return;
  const path = isIndex ? join(directory, name) : data;
  const at = isIndex
    ? recordStart + schedule.between(0, record.length - 1)
    : offset + schedule.between(0, length - 1);
  const bit = schedule.between(0, 7);
  disk.flipBit(path, at, bit);
  schedule.trace(`flipped bit ${bit} of byte ${at} of ${path}`);
  flips.push({ path, runId, part: Number(name.slice(5, 11)), at, bit, offset, length, isIndex });
}

export async function readAll(disk: SimulatedDisk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, "read");
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  return bytes;
}
