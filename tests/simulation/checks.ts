/**
 * What must hold at the end of a world, whatever happened in it. Reads the archive's files as anybody
 * would, splits them at LF, and holds them against what was sent and what the store has.
 */
import { join } from "node:path";
import { readManifest } from "../../src/archive/manifest.ts";
import { listParts, partName } from "../../src/archive/names.ts";
import { checkRun } from "../../src/archive/run_check.ts";
import type { SpeedStatus } from "../../src/model/status.ts";
import { partOrigin } from "../../src/workers/speed/archived_runs.ts";
import type { SimulatedDisk } from "../archive/support/simulated_disk.ts";
import { type ArchivedLine, DIRECTORY, readLines } from "./archived_lines.ts";
import type { DeletedParts } from "./deleted.ts";
import { archived, nameOf } from "./lines.ts";
import type { Sent } from "./senders.ts";
import type { SimulatedStore } from "./store.ts";

export interface Flip {
  readonly path: string;
  readonly runId: string;
  readonly part: number;
  readonly at: number;
  readonly bit: number;
  /** The append that the bit is in. */
  readonly offset: number;
  readonly length: number;
  /** It is in the record of that append, not in its bytes. */
  readonly isIndex: boolean;
}

/** The world at its end. */
export interface Ended {
  readonly disk: SimulatedDisk;
  readonly store: SimulatedStore;
  readonly sent: ReadonlyMap<string, Sent>;
  /** In the order of their beginning. */
  readonly runIds: readonly string[];
  readonly archivedBytes: ReadonlyMap<string, number>;
  /** Never called archived, and yet in the system's hands when the process was killed. */
  readonly writtenBytes: ReadonlyMap<string, number>;
  readonly flips: readonly Flip[];
  readonly deleted: DeletedParts;
  /** The last one of the calm life. */
  readonly status: SpeedStatus | null;
}

export async function findFaults(atEnd: Ended): Promise<string[]> {
  const faults: string[] = [];
  const ended = { ...atEnd, runIds: await runsThere(atEnd, faults) };
  await checkChains(ended, faults);
  for (const { path, at, bit } of ended.flips) {
    if (await ended.disk.stat(path) === null) faults.push(`archive: ${path} is gone`);
    else ended.disk.flipBit(path, at, bit);
  }
  const lines: ArchivedLine[] = [];
  for (const runId of ended.runIds) lines.push(...await readLines(ended, runId, faults));
  checkSent(ended, lines, faults);
  checkStore(ended, lines, faults);
  await checkCounters(ended, lines, faults);
  return faults;
}

/** A run whose first moments the power took may be gone, if nothing of it was promised. */
async function runsThere(ended: Ended, faults: string[]): Promise<string[]> {
  const there = await ended.disk.list(DIRECTORY);
  for (const runId of ended.runIds.filter((one) => !there.includes(one))) {
    const isPromised = (ended.archivedBytes.get(runId) ?? 0) > 0 ||
      ended.store.checkpoints.has(runId);
    if (isPromised) faults.push(`archive: ${runId} is gone`);
  }
  return ended.runIds.filter((one) => there.includes(one));
}

/** A run is intact, or exactly the append whose bit was flipped is named. */
async function checkChains({ disk, runIds, flips }: Ended, faults: string[]): Promise<void> {
  for (const runId of runIds) {
    const check = await checkRun({ directory: DIRECTORY, runId, files: disk });
    const named = check.quarantined.map(({ part, offset, length }) =>
      `${part}:${offset}+${length}`
    );
    const expected = flips.filter((flip) => flip.runId === runId)
      .map(({ part, offset, length }) => `${part}:${offset}+${length}`);
    if (named.sort().join() !== expected.sort().join()) {
      faults.push(
        `chain: ${runId} quarantines ${named.join() || "nothing"}, not ${
          expected.join() || "nothing"
        }`,
      );
    }
    const isIndexFlipped = flips.some((flip) => flip.runId === runId && flip.isIndex);
    if (check.alteredParts.length > 0 && !isIndexFlipped) {
      faults.push(`chain: ${runId} altered ${check.alteredParts}`);
    }
    if (check.state !== "closed") faults.push(`chain: ${runId} is ${check.state}`);
  }
}

/** What is archived of a connection is the beginning of what was sent on it, byte for byte. */
function checkSent(ended: Ended, lines: readonly ArchivedLine[], faults: string[]): void {
  const byKey = new Map<string, ArchivedLine[]>();
  const keyOfConnection = new Map<string, string>();
  for (const line of lines) {
    const connection = line.connection === null ? null : `${line.runId} ${line.connection}`;
    const named = nameOf(text(line.bytes))?.key;
    const known = connection === null ? undefined : keyOfConnection.get(connection);
    if (named !== undefined && known !== undefined && named !== known) {
      faults.push(`order: connection ${connection} has lines of ${known} and of ${named}`);
    }
    const key = named ?? known;
    if (key !== undefined && connection !== null) keyOfConnection.set(connection, key);
    if (named === undefined) continue;
    byKey.set(named, [...byKey.get(named) ?? [], line]);
  }
  for (const sent of ended.sent.values()) checkKey(sent, byKey.get(sent.key) ?? [], faults);
  for (const key of byKey.keys()) {
    if (!ended.sent.has(key)) faults.push(`archive: has lines of ${key}, whom nobody knows`);
  }
}

/** Lines with a name in them; blank ones have none. */
function checkKey(sent: Sent, found: readonly ArchivedLine[], faults: string[]): void {
  const named = sent.lines.flatMap((line, nth) => nameOf(text(line.bytes)) === null ? [] : [nth]);
  const nths = found.map((line) => nameOf(text(line.bytes))!.nth);
  nths.forEach((nth, index) => {
    if (nth !== named[index]) {
      faults.push(
        `order: line ${index} of ${sent.key} in the archive is its ${nth}, not ${named[index]}`,
      );
    }
    const expected = archived(sent.lines[nth]?.bytes ?? new Uint8Array(0));
    const got = found[index]!.bytes;
    const isLast = index === nths.length - 1 && !sent.isStream;
    const isWhole = Buffer.compare(got, expected) === 0;
    const isBegun = isLast && Buffer.compare(got, expected.subarray(0, got.length)) === 0;
    if (!isWhole && !isBegun) faults.push(`archive: ${sent.key} line ${nth} is not as it was sent`);
  });
  const whole = sent.lines.length - (sent.isCutShort && !sent.isStream ? 1 : 0);
  const confirmed = named.filter((nth) => nth < Math.min(sent.acked, whole)).length;
  if (nths.length < confirmed) {
    faults.push(
      `ack: ${sent.key} has ${nths.length} lines archived, ${confirmed} were acknowledged`,
    );
  }
}

/** Every archived line that is not blank is in the store once, as what it is. */
function checkStore(ended: Ended, lines: readonly ArchivedLine[], faults: string[]): void {
  const unexplained = new Map(ended.store.rows);
  for (const line of lines) {
    const path = partOrigin(line.runId, line.part).path;
    const name = `${path} ${line.offset}`;
    const row = ended.store.rows.get(name);
    unexplained.delete(name);
    const becomes = expectationOf(ended, line);
    const is = row?.kind ?? "nothing";
    // What was applied before its bit flipped is there; what was not can't be.
    if (is === becomes || (line.isFlipped && is === "nothing")) continue;
    faults.push(`store: ${name} should be ${becomes}, is ${is}: ${text(line.bytes).slice(0, 60)}`);
  }
  for (const name of unexplained.keys()) faults.push(`store: ${name} is no line of the archive`);
}

function expectationOf(ended: Ended, line: ArchivedLine): "reading" | "dead_letter" | "nothing" {
  const content = text(line.bytes);
  if (content.trim() === "") return "nothing";
  const name = nameOf(content);
  const sent = name === null ? undefined : ended.sent.get(name.key)?.lines[name.nth];
  if (sent === undefined) return "dead_letter";
  const isWhole = content.trimEnd() === text(archived(sent.bytes)).trimEnd();
  return isWhole ? sent.becomes : "dead_letter";
}

/** Received = committed + dead letters, in checkpoints, rollups and the layer's own counters. */
async function checkCounters(
  { disk, store, runIds, status, flips }: Ended,
  lines: readonly ArchivedLine[],
  faults: string[],
): Promise<void> {
  let readings = 0;
  for (const row of store.rows.values()) if (row.kind === "reading") readings++;
  for (const [step, count] of store.rolledUp) {
    if (count !== readings) {
      faults.push(`rollup: step ${step} counts ${count} of ${readings} readings`);
    }
  }
  for (const path of store.rolledUpTo.keys()) {
    faults.push(`rollup: ${path} has readings that are in none`);
  }
  for (const runId of runIds) {
    const bytes = await endOf(disk, runId);
    const at = store.checkpoints.get(runId) ??
      { part: 0, offset: 0, lines: 0, rows: 0, deadLetters: 0 };
    if (at.part !== bytes.part || at.offset !== bytes.offset) {
      faults.push(
        `checkpoint: ${runId} is applied to ${at.part}:${at.offset}, ends at ${bytes.part}:${bytes.offset}`,
      );
    }
    if (at.lines !== at.rows + at.deadLetters) {
      faults.push(
        `counters: ${runId} ${at.lines} lines, ${at.rows} rows, ${at.deadLetters} dead letters`,
      );
    }
    const mine = lines.filter((line) => line.runId === runId && text(line.bytes).trim() !== "");
    if (mine.length !== at.lines && !flips.some((flip) => flip.runId === runId)) {
      faults.push(`counters: ${runId} ${mine.length} lines archived, ${at.lines} applied`);
    }
  }
  if (status === null) return;
  const { received_lines, archived_lines, committed_rows, dead_letters, pending_lines } = status;
  if (
    received_lines !== archived_lines || archived_lines !== committed_rows + dead_letters ||
    pending_lines !== 0
  ) {
    faults.push(
      `status: received ${received_lines}, archived ${archived_lines}, committed ${committed_rows}, ` +
        `dead letters ${dead_letters}, pending ${pending_lines}`,
    );
  }
}

/** The end of a run's last part, by its file; by the manifest where it is compressed. */
async function endOf(disk: SimulatedDisk, runId: string) {
  const directory = join(DIRECTORY, runId);
  const part = (await listParts(disk, directory)).at(-1);
  if (part === undefined) return { part: 0, offset: 0 };
  const plain = await disk.stat(join(directory, `${partName(part)}.ndjson`));
  const sealed = (await readManifest(disk, directory))?.parts.find((one) => one.part === part);
  return { part, offset: plain?.bytes ?? sealed?.bytes ?? 0 };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
