/**
 * Finds records again by where they came from: a live line in the archive, a history record in its
 * file. One at a time, so that no number of questions takes more than one file's memory.
 */
import type { Config } from "../../config.ts";
import type { FoundRecord, Origin } from "../../model/origin.ts";
import { historySources } from "../batch/sources.ts";
import { liveMapping } from "../speed/live_mapping.ts";
import { type FileVersion, findFileRecord } from "./file_record.ts";
import { findLiveRecord } from "./live_record.ts";

export interface RecordPlace {
  readonly origin: Origin;
  readonly offset: number;
  /** Of a history file; null else. */
  readonly version: FileVersion | null;
}

export type FindRecord = (place: RecordPlace) => Promise<FoundRecord>;

export function recordFinder(config: Config): FindRecord {
  const { dataDir, sources: tables, demo } = config;
  const where = config.configFile ?? "configuration";
  const sources = historySources(tables, where, demo);
  const mappings = liveMapping(tables, where);
  let turn: Promise<unknown> = Promise.resolve();
  return (place) => {
    const find = () =>
      place.origin.layer === "speed"
        ? findLiveRecord(dataDir, mappings, place.origin, place.offset)
        : findFileRecord(dataDir, sources, place);
    const found = turn.then(find, find);
    turn = found.catch(() => {});
    return found;
  };
}
