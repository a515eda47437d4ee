/** A record of the live archive, found again by run, part and place: its line, and which of it. */
import { join } from "node:path";
import { readManifest } from "../../archive/manifest.ts";
import { parseRunId } from "../../archive/names.ts";
import { readRun } from "../../archive/run_reader.ts";
import { readTombstone } from "../../archive/tombstone.ts";
import { LIMITS } from "../../limits.ts";
import { type FoundRecord, type Origin, partOfPath } from "../../model/origin.ts";
import { rawText, type SourceItem } from "../../model/record.ts";
import { type FileSystem, REAL_FILES } from "../../runtime/files.ts";
import { readAgentLine } from "../../sources/agent_line.ts";
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
  const item = itemAt(line, offset);
  if (item?.kind !== "record") {
    const { raw, note } = cutRaw(line.text);
    return { ...recordWithoutRaw(note ?? "By today's rules this line is no record."), raw };
  }
  // A part of a line has no text of its own; its JSON says the same.
  const { raw, note } = cutRaw(item.raw === null ? rawText(item) : line.text);
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

interface FoundLine {
  readonly text: string;
  readonly offset: number;
  readonly arrivalMs: number;
}

function itemAt({ text, offset, arrivalMs }: FoundLine, at: number): SourceItem | null {
  let found: SourceItem | null = null;
  readAgentLine(text, offset, arrivalMs, (item) => {
    if (item.offset === at) found = item;
  });
  return found;
}

/** The line in which the place is; null where the archive has none, or none that can be trusted. */
async function readLine(
  { dataDir, runId, files }: {
    readonly dataDir: string;
    readonly runId: string;
    readonly files: FileSystem;
  },
  { part, offset }: { readonly part: number; readonly offset: number },
): Promise<FoundLine | null> {
  // A record's place lies at most so far behind its line's first byte, and before that is an LF.
  const from = { part, offset: Math.max(0, offset - LIMITS.lineRecordsMax - 1) };
  const to = { part, offset: offset + LIMITS.lineBytesMax + 1 };
  const directory = liveDirectory(dataDir);
  for await (const found of readRun({ directory, runId, files, from, to })) {
    const { bytes, ends } = found.block;
    const at = offset - found.offset;
    if (at < 0) return null;
    if (at >= bytes.length) continue;
    const end = ends.find((one) => one >= at);
    if (end === undefined) return null;
    // Lines lie whole in an append; the first one that is read may be cut in front.
    const start = bytes.lastIndexOf(LF, Math.max(at - 1, 0)) + 1;
    const text = new TextDecoder().decode(bytes.subarray(at === 0 ? 0 : start, end));
    return {
      text: text.replace(/\r$/, ""),
      offset: found.offset + (at === 0 ? 0 : start),
      arrivalMs: found.arrivalMs,
    };
  }
  return null;
}

const LF = 10;

async function reasonWithout(files: FileSystem, run: string, part: number): Promise<string> {
  if (await files.stat(run) === null) return "The archive of this run is not here.";
  return await readTombstone(files, run, part) === null
    ? "The archive's bytes are missing there, or damaged; rackwatch verify says which."
    : "Retention deleted this part of the archive.";
}
