/** Closing the batch runs that nobody closed: torn last lines cut, the manifest says `interrupted`. */
import { join } from "node:path";
import type { FileSystem, OpenFile } from "../runtime/files.ts";
import { writeAnew } from "./append_file.ts";
import { type BatchFile, readBatchManifest, writeBatchManifest } from "./batch_manifest.ts";
import { DEAD_LETTERS_NAME } from "./batch_writer.ts";
import { ArchiveFailedError } from "./disk_room.ts";
import { compareRunIds, parseRunId } from "./names.ts";
import type { RecoveryOptions } from "./recovery.ts";

const WINDOW_BYTES = 1_048_576;
const LF = 10;

/** `options.directory` is `<data>/batch_data`. Resolves to the ids of the runs it closed. */
export async function recoverBatchRuns(options: RecoveryOptions): Promise<string[]> {
  const names = await options.files.list(options.directory);
  const runIds = names.filter((name) => parseRunId(name)?.kind === "batch_run");
  const closed: string[] = [];
  for (const runId of runIds.sort(compareRunIds)) {
    try {
      if (await recoverBatchRun(runId, options)) closed.push(runId);
    } catch (error) {
      throw new ArchiveFailedError(`recover ${runId}`, error);
    }
  }
  return closed;
}

async function recoverBatchRun(runId: string, options: RecoveryOptions): Promise<boolean> {
  const { files } = options;
  const runDirectory = join(options.directory, runId);
  const manifest = await readBatchManifest(files, runDirectory);
  // One that was changed is left as it is: what it said is to be found by whoever compares.
  if (manifest !== null && (manifest.isChanged || manifest.state !== "open")) return false;
  const names = await files.list(runDirectory);
  const readings: BatchFile[] = [];
  const parts = names.filter((name) => /^readings-\d{6,}\.ndjson$/.test(name));
  for (const name of parts) {
    const listed = manifest?.readings.find((file) => file.name === name);
    readings.push(listed ?? await cutTornLine(files, runDirectory, name));
  }
  const deadLetters = names.includes(DEAD_LETTERS_NAME)
    ? await cutTornLine(files, runDirectory, DEAD_LETTERS_NAME)
    : { name: DEAD_LETTERS_NAME, lines: 0, bytes: 0 };
  await writeBatchManifest(files, runDirectory, {
    runId,
    state: "interrupted",
    startedAtMs: manifest?.startedAtMs ?? parseRunId(runId)?.startedAtMs ?? 0,
    closedAtMs: options.clock.nowMs(),
    deletedAtMs: null,
    version: manifest?.version ?? "",
    inputs: manifest?.inputs ?? [],
    readings,
    deadLetters,
    report: null,
  });
  options.log.warn("closed an interrupted batch run", { run: runId });
  return true;
}

async function cutTornLine(
  files: FileSystem,
  runDirectory: string,
  name: string,
): Promise<BatchFile> {
  const file = await files.open(join(runDirectory, name), "write");
  try {
    const { lines, bytes } = await countLines(file);
    await file.truncate(bytes);
    // Where a sync failed before, what is read here may be in memory only.
    await writeAnew(file, 0, bytes);
    await file.sync();
    return { name, lines, bytes, sha256: await digestOf(file) };
  } finally {
    await file.close();
  }
}

async function digestOf(file: OpenFile): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  const window = new Uint8Array(WINDOW_BYTES);
  for (let at = 0, got = 0; (got = await file.read(window, at)) > 0; at += got) {
    hash.update(window.subarray(0, got));
  }
  return hash.digest("hex");
}

/** Whole lines, and the bytes they take. */
async function countLines(file: OpenFile): Promise<{ lines: number; bytes: number }> {
  const window = new Uint8Array(WINDOW_BYTES);
  let lines = 0, bytes = 0;
  for (let at = 0, got = 0; (got = await file.read(window, at)) > 0; at += got) {
    const read = window.subarray(0, got);
    for (let end = read.indexOf(LF); end >= 0; end = read.indexOf(LF, end + 1)) {
      lines++;
      bytes = at + end + 1;
    }
  }
  return { lines, bytes };
}
