/** `batch`: the batch layer once over all configured history, a report, done. */
import { Crew } from "../workers/crew.ts";
import type { BatchReport, FileReport } from "../workers/messages.ts";
import type { ReconciliationStatus } from "../model/status.ts";
import { REAL_CLOCK } from "../runtime/clock.ts";
import type { CommandRunner } from "./command.ts";
import { withDataDirectory } from "./data_directory.ts";
import { checkDeclarations } from "./declarations.ts";
import { inTime } from "./in_time.ts";
import { ProgressBar } from "./progress_bar.ts";
import { alertRules } from "./rules.ts";
import { onStopSignals } from "./signals.ts";
import { VERSION } from "./version.ts";
import { StoreKeeper } from "../workers/store_keeper.ts";

export const batch: CommandRunner = ({ call, config, log }) => {
  checkDeclarations(config);
  return withDataDirectory(config.dataDir, async () => {
    const bar = new ProgressBar(
      "loading",
      "rows",
      call.flags["json"] !== true && process.stderr.isTTY,
    );
    const stop = onStopSignals();
    const onFatal = (message: string, exitCode: number) => {
      log.error(message);
      stop.request(exitCode);
    };
    const store = new StoreKeeper({
      config,
      version: VERSION,
      clock: REAL_CLOCK,
      log,
      onFatal,
      onRenewed: () => crew.storeRenewed(),
    });
    let report: BatchReport | null = null;
    const crew: Crew = new Crew({
      config,
      version: VERSION,
      rules: alertRules(config),
      plan: { speed: false, batch: "once", generator: null },
      store,
      onBatchStatus: (status) =>
        bar.show(status.progress ?? 0, status.rows_read, status.current_file ?? ""),
      onReport: (done) => {
        report = done;
        stop.request(0);
      },
      onFatal,
      clock: REAL_CLOCK,
      log,
    });
    const exitCode = await stop.requested;
    bar.clear();
    await inTime(async () => {
      await crew.stop();
      await store.stop();
    });
    if (report === null) return exitCode === 0 ? 1 : exitCode;
    console.log(call.flags["json"] === true ? JSON.stringify(report) : formatReport(report));
    return (report as BatchReport).files.some((file) => file.state === "refused") ? 1 : exitCode;
  });
};

/** The report as people read it: a line a file, what was rejected and why, the sums. */
export function formatReport(report: BatchReport): string {
  const number = (value: number) => value.toLocaleString("en-US");
  const lines = report.files.flatMap((file) => [fileLine(file), ...notes(file)]);
  const rate = `${number(report.rowsPerSecond)} rows/s, ${report.seconds.toFixed(1)} s`;
  return [
    ...lines,
    `${report.files.length} files: ${number(report.rowsRead)} rows read, ${
      number(report.rowsLoaded)
    } loaded, ${number(report.rowsRejected)} rejected (${rate})`,
    ...(report.runId === null ? [] : [`archived as ${report.runId}`]),
    ...(report.reconciliation === null ? [] : [reconciled(report.reconciliation)]),
  ].join("\n");
}

function reconciled(status: ReconciliationStatus): string {
  const { reconciled_up_to, runs, buckets, differing_buckets, first_difference } = status;
  if (reconciled_up_to === null) return "no live run to reconcile";
  const number = (value: number) => value.toLocaleString("en-US");
  const upTo = `${
    runs === 1 ? "run" : "runs"
  } reconciled with the archive up to ${reconciled_up_to}`;
  const differ = `${number(differing_buckets)} of ${number(buckets)} rollup buckets differ`;
  const first = first_difference === null ? "" : `\n  ${first_difference}`;
  return `${number(runs)} live ${upTo}: ${differ}${first}`;
}

function fileLine(file: FileReport): string {
  const rows = file.state === "known"
    ? "nothing to do"
    : `${file.rowsRead} read, ${file.rowsLoaded} loaded, ${file.rowsRejected} rejected`;
  return `${file.state.padEnd(9)}${file.source.padEnd(14)} ${file.path}: ${rows}`;
}

const COLUMNS_SHOWN_MAX = 20;

/** A wide file has hundreds; the manifest names them all. */
function named(columns: readonly string[]): string {
  const shown = columns.slice(0, COLUMNS_SHOWN_MAX).join(", ");
  const more = columns.length - COLUMNS_SHOWN_MAX;
  return more > 0 ? `${shown}, and ${more} more` : shown;
}

function notes(file: FileReport): string[] {
  const rejects = Object.entries(file.rejectsByCode).map(([code, count]) => `${count} ${code}`);
  return [
    ...(file.detail === null ? [] : [`  ${file.detail}`]),
    ...(rejects.length === 0 ? [] : [`  rejected: ${rejects.join(", ")}`]),
    ...(file.unknownColumns.length === 0
      ? []
      : [`  columns that no rule reads: ${named(file.unknownColumns)}`]),
    ...(file.dstRepeated + file.dstSkipped === 0 ? [] : [
      `  local times that a clock change repeats: ${file.dstRepeated}, skips: ${file.dstSkipped}`,
    ]),
  ];
}
