/** A bit that flips in an archived line, between two lives. */
import { join } from "node:path";
import { liveDirectory } from "../../src/workers/speed/archived_runs.ts";
import type { SimulatedDisk } from "../archive/support/simulated_disk.ts";
import type { Flip } from "./checks.ts";
import { DATA_DIR } from "./life.ts";
import type { Schedule } from "./schedule.ts";

/** In bytes that an index record covers by now: what is not confirmed yet is nobody's word. */
export async function flipSomeBit(
  disk: SimulatedDisk,
  schedule: Schedule,
  flips: Flip[],
): Promise<void> {
  const live = liveDirectory(DATA_DIR);
  const runIds = await disk.list(live);
  const runId = runIds[schedule.between(0, runIds.length - 1)];
  if (runId === undefined) return;
  const names = (await disk.list(join(live, runId))).filter((name) => name.endsWith(".index"));
  const name = names[schedule.between(0, names.length - 1)];
  if (name === undefined) return;
  const index = await readAll(disk, join(live, runId, name));
  const records = new TextDecoder().decode(index).split("\n").slice(0, -1);
  const record = records[schedule.between(0, records.length - 1)];
  if (record === undefined) return;
  const { offset, length } = JSON.parse(record) as { offset: number; length: number };
  const data = join(live, runId, name.replace(".index", ".ndjson"));
  const at = offset + schedule.between(0, length - 1);
  const isThere = ((await disk.stat(data))?.bytes ?? 0) >= offset + length;
  if (!isThere || flips.some((flip) => flip.path === data)) return;
  const bit = schedule.between(0, 7);
  disk.flipBit(data, at, bit);
  schedule.trace(`flipped bit ${bit} of byte ${at} of ${data}`);
  flips.push({ path: data, runId, part: Number(name.slice(5, 11)), at, bit, offset, length });
}

export async function readAll(disk: SimulatedDisk, path: string): Promise<Uint8Array> {
  const file = await disk.open(path, "read");
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  return bytes;
}
