/** A line of the live archive, found again by run, part and byte. */
import { join } from "node:path";
import { readManifest } from "../../archive/manifest.ts";
import { parseRunId } from "../../archive/names.ts";
import { readRun } from "../../archive/run_reader.ts";
import { readTombstone } from "../../archive/tombstone.ts";
import { LIMITS } from "../../limits.ts";
import { type FoundRecord, type Origin, partOfPath } from "../../model/origin.ts";
import { type FileSystem, REAL_FILES } from "../../runtime/files.ts";
import { parseLine } from "../../sources/line_parser.ts";
import { liveDirectory } from "../speed/archived_runs.ts";
import type { LiveMapping } from "../speed/live_mapping.ts";
import { cutRaw, recordWithoutRaw } from "./found_record.ts";
import { fieldOrigins } from "./field_origins.ts";

export async function findLiveRecord(
  dataDir: string,
  mappings: LiveMapping,
  { origin: { runId, path }, offset }: { readonly origin: Origin; readonly offset: number },
  files: FileSystem = REAL_FILES,
): Promise<FoundRecord> {
  const part = parseRunId(runId)?.kind === "stream_run" ? partOfPath(path) : null;
  if (part === null) {
    return recordWithoutRaw(`The store's path ${path} of ${runId} is no part of the archive.`);
  }
  const run = join(liveDirectory(dataDir), runId);
  const line = await readLine({ dataDir, runId, files }, { part, offset });
  if (line === null) return recordWithoutRaw(await reasonWithout(files, run, part));
  const item = parseLine(line, offset);
  const { raw, note } = cutRaw(line);
  if (item?.kind !== "record") {
    return { ...recordWithoutRaw(note ?? "By today's rules this line is no record."), raw };
  }
  const mapping = mappings.choose(item.fields);
  const { name } = mapping.declaration;
  const manifest = await readManifest(files, run);
  const then = manifest?.about.mappings[name];
  return {
    raw,
    note,
    offsetIs: "byte",
    mappedBy: name,
    mappingIs: then === undefined ? "unknown" : then === mapping.version ? "same" : "changed",
    mapping: fieldOrigins(mapping.describe(), item.fields),
  };
}

/** The line that starts there; null where the archive has none, or none that can be trusted. */
async function readLine(
  { dataDir, runId, files }: {
    readonly dataDir: string;
    readonly runId: string;
    readonly files: FileSystem;
  },
  from: { readonly part: number; readonly offset: number },
): Promise<string | null> {
  const to = { part: from.part, offset: from.offset + LIMITS.lineBytesMax + 1 };
  const directory = liveDirectory(dataDir);
  for await (const found of readRun({ directory, runId, files, from, to })) {
    const { bytes, ends: [end] } = found.block;
    if (found.offset !== from.offset || end === undefined) return null;
    return new TextDecoder().decode(bytes.subarray(0, end)).replace(/\r$/, "");
  }
  return null;
}

async function reasonWithout(files: FileSystem, run: string, part: number): Promise<string> {
  if (await files.stat(run) === null) return "The archive of this run is not here.";
  return await readTombstone(files, run, part) === null
    ? "The archive's bytes are missing there, or damaged; rackwatch verify says which."
    : "Retention deleted this part of the archive.";
}
