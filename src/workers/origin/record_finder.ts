/**
 * Finds records again by where they came from: a live line in the archive, a history record in its
 * file. One at a time, so that no number of questions takes more than one file's memory; how many
 * may wait is bounded by who asks (`server/admission.ts`). A disk that refuses is told in the
 * answer; only our own mistakes reject.
 */
import type { Config } from "../../config.ts";
import type { FoundRecord, Origin } from "../../model/origin.ts";
import { errorCode, type FileSystem, REAL_FILES } from "../../runtime/files.ts";
import { historySources } from "../batch/sources.ts";
import { liveMapping } from "../speed/live_mapping.ts";
import { type FileVersion, findFileRecord } from "./file_record.ts";
import { recordWithoutRaw } from "./found_record.ts";
import { findLiveRecord } from "./live_record.ts";

export interface RecordPlace {
  readonly origin: Origin;
  readonly offset: number;
  /** Of a history file; null else. */
  readonly version: FileVersion | null;
}

export type FindRecord = (place: RecordPlace) => Promise<FoundRecord>;

/** @param files The real disk unless given. */
export function recordFinder(
  config: Pick<Config, "dataDir" | "sources" | "demo" | "configFile">,
  files: FileSystem = REAL_FILES,
): FindRecord {
  const { dataDir, sources: tables, demo } = config;
  const where = config.configFile ?? "configuration";
  const sources = historySources(tables, where, demo);
  const mappings = liveMapping(tables, where);
  let turn: Promise<unknown> = Promise.resolve();
  return (place) => {
    const find = () =>
      place.origin.layer === "speed"
        ? findLiveRecord(dataDir, mappings, place, files)
        : findFileRecord(dataDir, sources, place, files);
    const found = turn.then(find).catch(noteOfDisk);
    turn = found.catch(() => {});
    return found;
  };
}

/** The system's own refusals (EACCES, EIO, …) as an answer. */
function noteOfDisk(error: unknown): FoundRecord {
  const isOfSystem = error instanceof Error && (isRefusal(error) || isRefusal(error.cause));
  if (!isOfSystem) throw error;
  return recordWithoutRaw(`The record can't be read: ${error.message}`);
}

/** `ERR_…` are those of the runtime: a call of ours that was wrong. */
function isRefusal(error: unknown): boolean {
  const code = errorCode(error);
  return code !== null && !code.startsWith("ERR_");
}
