import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openBatchRun } from "../../src/archive/batch_writer.ts";
import { listRuns } from "../../src/archive/catalogue.ts";
import { compareRunIds, parseRunId, runId } from "../../src/archive/names.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { block, STARTED_AT_MS, startRun, withDirectory } from "./support/archive.ts";

test("the catalogue lists live and batch runs, newest first, with what they hold", () =>
  withDirectory(async (data) => {
    const live = join(data, "live_data");
    const closed = await startRun(live);
    const { arrivalMs } = await closed.append(block("one", "two"), 1);
    await closed.close();
    const batch = await openBatchRun({
      directory: join(data, "batch_data"),
      startedAtMs: STARTED_AT_MS + 1_000,
      version: "0.0.0",
      files: REAL_FILES,
      clock: REAL_CLOCK,
      log: SILENT_LOG,
    });
    await batch.addReadings(["r1", "r2", "r3"]);
    await batch.addDeadLetters(["d1"]);
    for (const columns of [["rack", "fan"], ["fan"]]) {
      await batch.addInput({
        source: "india_lab",
        path: "india_lab/server_metrics.csv",
        size: 99,
        digest: "d1",
        rows_read: 4,
        rows_loaded: 3,
        rows_rejected: 1,
        state: "loaded",
        unknown_columns: columns,
        mapping: "m1",
      });
    }
    await batch.close();
    const limits = { archivePartBytesMax: 4 };
    const open = await startRun(live, { startedAtMs: STARTED_AT_MS + 2_000, limits });
    for (const line of ["aaa", "bbb", "ccc"]) await open.append(block(line), 1);

    expect(await listRuns(data, REAL_FILES)).toMatchObject([
      { runId: open.runId, kind: "live", state: "open", lines: 3, bytes: 12, parts: 3 },
      {
        runId: batch.runId,
        kind: "batch",
        state: "closed",
        lines: 4,
        rows: 3,
        rejects: 1,
        unknownColumns: ["fan", "rack"],
      },
      {
        runId: closed.runId,
        kind: "live",
        state: "closed",
        startedAtMs: STARTED_AT_MS,
        firstArrivalMs: arrivalMs,
        lines: 2,
        bytes: 8,
        rows: null,
        rejects: null,
      },
    ]);
    await open.close();
  }));

test("a run without a manifest that can be read is listed as damaged", () =>
  withDirectory(async (data) => {
    const run = await startRun(join(data, "live_data"));
    await run.close();
    await writeFile(join(data, "live_data", run.runId, "manifest.json"), "[]");
    expect(await listRuns(data, REAL_FILES)).toMatchObject([{ state: "damaged" }]);
  }));

test("an archive that is not there has no runs", () =>
  withDirectory(async (data) => {
    expect(await listRuns(join(data, "nowhere"), REAL_FILES)).toEqual([]);
  }));

test("a run id says its start, and the tenth of a second comes after the second", () => {
  const ids = [1, 2, 10].map((nth) => runId("stream_run", STARTED_AT_MS, nth));
  expect(ids.toReversed().sort(compareRunIds)).toEqual(ids);
  expect(parseRunId(ids[2] ?? "")).toEqual({
    kind: "stream_run",
    startedAtMs: STARTED_AT_MS,
    nth: 10,
  });
  expect(parseRunId("stream_run_2025-11-21")).toBeNull();
});
