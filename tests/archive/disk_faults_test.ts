import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ArchiveFailedError, type DiskState } from "../../src/archive/disk_room.ts";
import { recoverRun } from "../../src/archive/recovery.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { block, EAGER_CLOCK, readBack, startRun, withDirectory } from "./support/archive.ts";
import { FaultyFiles, type Operation, systemError } from "./support/faulty_files.ts";

for (const suffix of [".ndjson", ".index"]) {
  test(`EIO from the sync of a part's ${suffix}: every pending and later append rejects`, () =>
    withDirectory(async (directory) => {
      const files = new FaultyFiles();
      const run = await startRun(directory, { files });
      await run.append(block("before"), 1);
      files.fault = failing("datasync", suffix, "EIO");
      const appends = [run.append(block("one"), 1), run.append(block("two"), 2)];
      for (const { reason } of await rejections(appends)) {
        expect(reason).toBeInstanceOf(ArchiveFailedError);
      }
      await expect(run.append(block("three"), 1)).rejects.toBeInstanceOf(ArchiveFailedError);
      expect(run.state).toBe("failed");
    }));

  test(`EIO from the sync of a part's ${suffix}: that file is never written or synced again`, () =>
    withDirectory(async (directory) => {
      const files = new FaultyFiles();
      const run = await startRun(directory, { files });
      files.fault = failing("datasync", suffix, "EIO");
      await run.append(block("one"), 1).catch(() => {});
      const after = files.operations.length;
      await run.append(block("two"), 1).catch(() => {});
      await run.close().catch(() => {});
      expect(files.operations.slice(after)).toEqual([]);
      expect(files.openFiles).toBe(0);
    }));
}

test("after EIO, a restart finds every confirmed line", () =>
  withDirectory(async (directory) => {
    const files = new FaultyFiles();
    const run = await startRun(directory, { files });
    await run.append(block("confirmed"), 1);
    files.fault = failing("datasync", ".ndjson", "EIO");
    await run.append(block("not confirmed"), 1).catch(() => {});
    await files.crash();
    const options = { directory, files: REAL_FILES, clock: REAL_CLOCK, log: SILENT_LOG };
    await recoverRun(run.runId, options);
    expect((await readBack(directory, run.runId)).text).toStartWith("confirmed\n");
  }));

test("ArchiveFailedError asks for exit 74, keeps its cause and says what to do", () => {
  const cause = systemError("EIO");
  const error = new ArchiveFailedError("append to stream_run_x", cause);
  expect(error.exitCode).toBe(74);
  expect(error.cause).toBe(cause);
  expect(error.message).toContain("Cannot append to stream_run_x: EIO");
});

for (
  const [operation, suffix] of [
    ["write", ".ndjson"],
    ["write", ".index"],
    ["datasync", ".ndjson"],
    ["datasync", ".index"],
  ] as const
) {
  test(`disk full at ${operation} of ${suffix}: goes on with nothing lost once there is room`, () =>
    withDirectory(async (directory) => {
      const files = new FaultyFiles();
      const states: DiskState[] = [];
      const run = await startRun(directory, {
        files,
        clock: EAGER_CLOCK,
        onState: (state) => states.push(state),
      });
      await run.append(block("before"), 1);
      let refusals = 3;
      const full = failing(operation, suffix, "ENOSPC");
      files.fault = (asked, path) =>
        refusals > 0 && full(asked, path) ? (refusals--, systemError("ENOSPC")) : null;
      await Promise.all([run.append(block("one"), 1), run.append(block("two", "three"), 2)]);
      await run.close();
      expect(states).toEqual(["full", "ok"]);
      const part = await readFile(join(directory, run.runId, "part-000000.ndjson"), "utf8");
      expect(part).toBe("before\none\ntwo\nthree\n");
      expect((await readBack(directory, run.runId)).text).toBe(part);
    }));
}

test("disk full while a part is started: the run goes on in it once there is room", () =>
  withDirectory(async (directory) => {
    const files = new FaultyFiles();
    const run = await startRun(directory, {
      files,
      clock: EAGER_CLOCK,
      limits: { archivePartBytesMax: 8 },
    });
    await run.append(block("part 0"), 1);
    let refusals = 2;
    const full = failing("open", "part-000001.index", "ENOSPC");
    files.fault = (asked, path) =>
      refusals > 0 && full(asked, path) ? (refusals--, systemError("ENOSPC")) : null;
    expect(await run.append(block("part 1"), 1)).toMatchObject({ part: 1, offset: 0 });
    await run.close();
    expect((await readBack(directory, run.runId)).text).toBe("part 0\npart 1\n");
  }));

test("close on a full disk gives up and says so; what was confirmed is recovered", () =>
  withDirectory(async (directory) => {
    const files = new FaultyFiles();
    const run = await startRun(directory, { files });
    await run.append(block("confirmed"), 1);
    files.fault = failing("write", ".ndjson", "ENOSPC");
    const pending = run.append(block("never"), 1);
    const [append, close] = await rejections([pending, run.close()]);
    expect(append?.reason).toBeInstanceOf(ArchiveFailedError);
    expect(String(close?.reason)).toContain("ENOSPC");
    await files.crash();
    const options = { directory, files: REAL_FILES, clock: REAL_CLOCK, log: SILENT_LOG };
    expect(await recoverRun(run.runId, options)).toMatchObject({ lines: 1 });
  }));

test("an index record is written only after its bytes are synced", () =>
  withDirectory(async (directory) => {
    const files = new FaultyFiles();
    const run = await startRun(directory, { files });
    files.operations.length = 0;
    await run.append(block("x"), 1);
    expect(files.operations.map(({ operation, path }) => `${operation} ${path.slice(-6)}`)).toEqual(
      ["write ndjson", "datasync ndjson", "write .index", "datasync .index"],
    );
    await run.close();
  }));

/** All of them must reject. */
async function rejections(promises: Promise<unknown>[]): Promise<PromiseRejectedResult[]> {
  const settled = await Promise.allSettled(promises);
  const rejected = settled.filter((result) => result.status === "rejected");
  expect(rejected.length).toBe(promises.length);
  return rejected;
}

function failing(operation: Operation, suffix: string, code: "EIO" | "ENOSPC") {
  return (asked: Operation, path: string) =>
    asked === operation && path.endsWith(suffix) ? systemError(code) : null;
}
