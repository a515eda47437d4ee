import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeHistory } from "../../src/generator/history.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { FaultyFiles, systemError } from "../archive/support/faulty_files.ts";
import { temporaryDirectory, until } from "../support/rackwatch.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { batchRuns, END_MS, indiaCsv, one, rowCount } from "./support/batch_history.ts";
import { type FileSystem, REAL_FILES } from "../../src/runtime/files.ts";
import { loadOnce, startBatch } from "./support/batch_passes.ts";
import { FlakyDatabase } from "./support/flaky_database.ts";
import { hastyClock } from "./support/speed_lives.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

for (const kind of await storesUnderTest()) {
  describe(`the batch layer, when things fail, on ${kind.name}`, () => {
    let store: OpenStore;
    let database: FlakyDatabase;
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
    let dataDir: string;

    beforeAll(async () => {
      store = await kind.open();
    });
    afterAll(() => store.close());
    beforeEach(async () => {
      await emptyStore(store.database);
      database = new FlakyDatabase(store.database);
      directory = await temporaryDirectory();
      dataDir = directory.path;
    });
    afterEach(() => directory[Symbol.asyncDispose]());

    const put = async (path: string, content: string | Uint8Array) => {
      await mkdir(dirname(join(dataDir, path)), { recursive: true });
      await writeFile(join(dataDir, path), content);
    };

    test("a damaged file is refused and named, and its old rows stay", async () => {
      await writeHistory({ dataDir, rows: 100, hosts: 3, endMs: END_MS });
      await loadOnce({ dataDir, database });
      const path = join(dataDir, "germany_hpc/cluster_metrics.parquet");
      await writeFile(path, (await readFile(path)).subarray(0, 700));
      const report = await loadOnce({ dataDir, database });
      const file = report.files.find((one) => one.path.endsWith(".parquet"))!;
      expect(file).toMatchObject({ state: "refused", rowsLoaded: 0 });
      expect(file.detail).not.toBeEmpty();
      expect(await rowCount(database)).toEqual({ rows: 300, rolled_up: 300 });
      expect(await one(database, "select code from rackwatch.dead_letters"))
        .toEqual({ code: "damaged_file" });
    });

    test("a file written while it is read is read again: its digest is that of its rows", async () => {
      const whole = indiaCsv(40);
      await put("india_lab/a.csv", whole);
      let opened = 0;
      const files: FileSystem = {
        ...REAL_FILES,
        open: async (path, mode) => {
          if (path.endsWith("a.csv")) {
            opened++;
            // After its digest was taken, somebody begins to write the same bytes once more.
            if (opened === 3) await writeFile(path, whole.slice(0, whole.length >> 1));
            if (opened === 5) await writeFile(path, whole);
          }
          return await REAL_FILES.open(path, mode);
        },
      };
      const clock = hastyClock(10);
      const report = await loadOnce({ dataDir, database, files, clock });
      expect(report).toMatchObject({ rowsRead: 40, rowsLoaded: 40 });
      expect(await rowCount(database)).toEqual({ rows: 40, rolled_up: 40 });
      expect(await loadOnce({ dataDir, database })).toMatchObject({ rowsRead: 0 });
    });

    test("a file that can't be read is refused, the others are loaded", async () => {
      const toml = `[[source]]\nname = "lab"\npath = ["/proc/self/mem", "ok.csv"]\nregion = "Lab"`;
      await put("ok.csv", "host_id,timestamp,temp_c\na,2025-01-01T00:00:00Z,5\n");
      const report = await loadOnce({ dataDir, database, toml });
      expect(report.files.map(({ path, state }) => [path, state])).toEqual([
        ["/proc/self/mem", "refused"],
        ["ok.csv", "loaded"],
      ]);
      expect(report.files[0]!.detail).toContain("/proc/self/mem");
    });

    test("a stop in the middle of a file leaves no run open, and the next load is exact", async () => {
      await put("india_lab/big.csv", indiaCsv(70_000));
      // Told to stop in the turn that says the first rows are in: two thirds are still to come.
      const stopped = Promise.withResolvers<void>();
      const first = startBatch({
        dataDir,
        database,
        onMessage: (message) => {
          if (message.type !== "status" || message.status.rows_loaded === 0) return;
          stopped.resolve(first.layer.stop());
        },
      }, "once");
      await stopped.promise;
      expect(first.messages.some((one) => one.type === "report")).toBe(false);
      const report = await loadOnce({ dataDir, database });
      expect(report).toMatchObject({ rowsRead: 70_000, rowsLoaded: 70_000 });
      expect(await rowCount(database)).toEqual({ rows: 70_000, rolled_up: 70_000 });
      expect((await batchRuns(dataDir)).map(({ manifest }) => manifest.state))
        .toEqual(["closed", "closed"]);
    });

    test("with the store away in the middle of a file, it is loaded once in the end", async () => {
      await put("india_lab/big.csv", indiaCsv(70_000));
      const clock = hastyClock(10);
      const watching = startBatch({ dataDir, database, clock }, "watch");
      await until(watching.status, (status) => (status?.rows_loaded ?? 0) > 0);
      database.isAway = true;
      await until(watching.status, (status) => status?.state === "failed");
      expect(watching.status()!.last_error).toBe("connection refused");
      database.isAway = false;
      const done = await until(watching.status, (status) => status?.files === 1);
      await watching.layer.stop();
      expect(done).toMatchObject({ rows_read: 70_000, rows_loaded: 70_000, last_error: null });
      expect(await rowCount(database)).toEqual({ rows: 70_000, rolled_up: 70_000 });
    });

    test("once, with a store that stays away, it gives up and says why", async () => {
      await put("india_lab/a.csv", indiaCsv(10));
      database.isAway = true;
      const once = startBatch({ dataDir, database, clock: hastyClock(100) }, "once");
      await once.layer.finished;
      expect(once.messages.at(-1)).toEqual({
        type: "fatal",
        message: expect.stringContaining("connection refused"),
        exitCode: 1,
      });
    });

    test("an archive that can't be written is fatal, with the exit code of a failed disk", async () => {
      await put("india_lab/a.csv", indiaCsv(10));
      const files = new FaultyFiles();
      files.fault = (operation, path) =>
        operation === "write" && path.includes("readings") ? systemError("EIO") : null;
      const once = startBatch({ dataDir, database, files }, "once");
      await once.layer.finished;
      expect(once.messages.at(-1)).toMatchObject({ type: "fatal", exitCode: 74 });
    });

    test("answers lost during COMMIT double nothing", async () => {
      await put("india_lab/a.csv", indiaCsv(100));
      const clock = hastyClock(10);
      database.answersLost = 3;
      const report = await loadOnce({ dataDir, database, clock });
      expect(report.files[0]).toMatchObject({ rowsLoaded: 100 });
      expect(await rowCount(database)).toEqual({ rows: 100, rolled_up: 100 });
    });

    test("a file that turns out damaged halfway leaves no rows, and none are counted as loaded", async () => {
      const toml = `[[source]]\nname = "lab"\npath = "*.csv.gz"\nregion = "Lab"
        timezone = "UTC"\nhost_id = "server_code"\ntimestamp = "timestamp_ist"`;
      const whole = Bun.gzipSync(indiaCsv(20_000));
      await put("cut.csv.gz", whole.subarray(0, whole.length * 0.9));
      const watching = startBatch({ dataDir, database, toml, clock: hastyClock(10) }, "watch");
      const status = await until(watching.status, (one) => one?.files_refused === 1);
      await watching.layer.stop();
      const seen = watching.messages.map((one) =>
        one.type === "status" ? one.status.rows_loaded : 0
      );
      expect(Math.max(...seen)).toBeGreaterThan(0);
      expect(status).toMatchObject({ files: 0, rows_loaded: 0 });
      expect(status!.rows_rejected).toBe(status!.rows_read);
      expect(await rowCount(database)).toEqual({ rows: 0, rolled_up: 0 });
    });
  });
}
