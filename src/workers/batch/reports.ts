/** What a pass of the batch layer says of files it did not read, and of all together. */
import type { BatchInput } from "../../archive/batch_manifest.ts";
import type { BatchReport, FileReport } from "../messages.ts";
import type { HistoryFile } from "./sources.ts";

export function nothingRead(
  file: HistoryFile,
  state: "known" | "refused",
  detail: string | null,
): FileReport {
  return {
    source: file.declaration.name,
    path: file.shownPath,
    state,
    detail,
    bytes: 0,
    rowsRead: 0,
    rowsLoaded: 0,
    rowsRejected: 0,
    rejectsByCode: {},
    unknownColumns: [],
    dstRepeated: 0,
    dstSkipped: 0,
  };
}

/** A file as its batch run's manifest names it. */
export function inputOf(report: FileReport, digest: string, mapping: string): BatchInput {
  return {
    source: report.source,
    path: report.path,
    size: report.bytes,
    digest,
    rows_read: report.rowsRead,
    rows_loaded: report.rowsLoaded,
    rows_rejected: report.rowsRejected,
    state: report.state === "known" ? "skipped" : report.state,
    unknown_columns: report.unknownColumns,
    mapping,
    ...(report.detail === null ? {} : { error: report.detail }),
  };
}

export function sumReports(
  files: readonly FileReport[],
  runId: string | null,
  seconds: number,
): BatchReport {
  const sum = (key: "rowsRead" | "rowsLoaded" | "rowsRejected") =>
    files.reduce((total, file) => total + file[key], 0);
  const rowsRead = sum("rowsRead");
  return {
    runId,
    files,
    rowsRead,
    rowsLoaded: sum("rowsLoaded"),
    rowsRejected: sum("rowsRejected"),
    seconds,
    rowsPerSecond: seconds > 0 ? Math.round(rowsRead / seconds) : 0,
    reconciliation: null,
  };
}
