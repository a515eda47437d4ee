import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { openBatchRun } from "../../src/archive/batch_writer.ts";
import { compareRunIds } from "../../src/archive/names.ts";
import { writeHistory } from "../../src/generator/history.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { ReadingTotals } from "../../src/workers/verify/reading_totals.ts";
import { type VerifyReport, verifyStore } from "../../src/workers/verify/verify_store.ts";
import { FaultyFiles, systemError } from "../archive/support/faulty_files.ts";
import { manyReadings } from "../store/fixtures.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";
import { deleteReadings, setTemperature } from "../support/stored_readings.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { END_MS } from "./support/batch_history.ts";
import { loadOnce, startBatch } from "./support/batch_passes.ts";
import { FlakyDatabase } from "./support/flaky_database.ts";
import { hastyClock } from "./support/speed_lives.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

const ROW_42 = `c.first_offset + r.record_offset = 42 and c.origin_key =
  (select origin_key from rackwatch.origins where source = 'germany_hpc')`;
const LAB_TOML = `[[source]]
name = "lab"
path = "lab.csv"
region = "Lab"
host_id = "host"
timestamp = "time"
temp_c = { column = "temp", unit = "celsius" }
`;
const LAB_CSV = "host,time,temp,rack\n" + Array.from({ length: 40 }, (_, i) => {
  const time = `2026-01-31T12:${String(i).padStart(2, "0")}:00Z`;
  return `lab-${i % 4},${time},${i % 20 === 13 ? "hot" : 20 + i},r${i}\n`;
}).join("");

/** Changes an archived file of a batch run, its length left alone. */
function replaceIn(name: string, text: string, by: string) {
  return async (runDirectory: string) => {
    const path = join(runDirectory, name);
    const before = await readFile(path, "utf8");
    expect(before).toContain(text);
    await writeFile(path, before.replace(text, by));
  };
}

for (const kind of await storesUnderTest()) {
  describe(`verify of history on ${kind.name}`, () => {
    let store: OpenStore;
    beforeAll(async () => {
      store = await kind.open();
    });
    afterAll(() => store.close());
    beforeEach(() => emptyStore(store.database));

    /** Loads the demo's three files, lets `spoil` at store and batch run, and compares. */
    async function reportAfter(
      spoil: (runDirectory: string) => Promise<unknown> = () => Promise.resolve(),
    ): Promise<VerifyReport> {
      await using directory = await temporaryDirectory();
      const dataDir = directory.path;
      await writeHistory({ dataDir, rows: 100, hosts: 3, endMs: END_MS });
      await loadOnce({ dataDir, database: store.database });
      const [run] = await readdir(join(dataDir, "batch_data"));
      await spoil(join(dataDir, "batch_data", run!));
      return await verify(dataDir);
    }

    /** The same of a file of 40 rows, of which two are rejects and one has a column too many. */
    async function labReportAfter(
      spoil: (runDirectory: string) => Promise<unknown> = () => Promise.resolve(),
      prepare: (dataDir: string) => Promise<unknown> = () => Promise.resolve(),
    ): Promise<VerifyReport> {
      await using directory = await temporaryDirectory();
      const dataDir = directory.path;
      await writeFile(join(dataDir, "lab.csv"), LAB_CSV);
      await prepare(dataDir);
      await loadOnce({ dataDir, database: store.database, toml: LAB_TOML });
      const runs = (await readdir(join(dataDir, "batch_data"))).sort(compareRunIds);
      await spoil(join(dataDir, "batch_data", runs[0]!));
      return await verify(dataDir);
    }

    async function verify(dataDir: string): Promise<VerifyReport> {
      const report = await verifyStore({
        settings: { dataDir, sources: [], configFile: null },
        database: store.database,
        tools: { files: REAL_FILES, clock: REAL_CLOCK, log: SILENT_LOG },
        signal: new AbortController().signal,
        onProgress: () => {},
        isBeside: false,
      });
      return report!;
    }
    const differences = (report: VerifyReport) => report.runs.flatMap((one) => one.differences);
    const sql = (text: string) => () => store.database.query(text);

    test("what was loaded and not touched is the same, with equal digests and sums", async () => {
      const report = await reportAfter();
      expect(report).toMatchObject({ same: true, runs: [{ kind: "batch", rows: 300 }] });
      const [run] = report.runs;
      expect(run!.cold).toEqual(run!.hot);
      expect(run!.cold.sums.temp_c.count).toBe(300);
    });

    test("a missing row is named with its file and offset", async () => {
      const report = await reportAfter(sql(
        deleteReadings(ROW_42),
      ));
      expect(report.same).toBe(false);
      expect(differences(report)[0]).toMatch(
        /cluster_metrics\.parquet offset 42: archived, and not in the hot store/,
      );
    });

    test("a changed value is named with both values, and the digests differ", async () => {
      const report = await reportAfter(sql(
        setTemperature(ROW_42, 12.5),
      ));
      expect(differences(report)).toEqual([
        expect.stringMatching(/offset 42: temp_c is .* in the archive, 12\.5 in the hot store/),
      ]);
      expect(report.runs[0]!.cold.digest).not.toBe(report.runs[0]!.hot.digest);
    });

    test("an altered line of the archived readings is named", async () => {
      const report = await reportAfter(async (run) => {
        const path = join(run, "readings-000000.ndjson");
        const text = await readFile(path, "utf8");
        await writeFile(path, text.replace('"cpu_load":', '"cpu_1oad":'));
      });
      expect(differences(report)[0]).toMatch(
        /readings-000000\.ndjson offset 0: the line is no archived reading/,
      );
    });

    test("a manifest that says other numbers is named", async () => {
      const report = await reportAfter(async (run) => {
        const path = join(run, "manifest.json");
        const text = await readFile(path, "utf8");
        await writeFile(
          path,
          text.replace(
            '"rows_loaded": 100,\n      "rows_rejected',
            '"rows_loaded": 99,\n      "rows_rejected',
          ),
        );
      });
      expect(differences(report)).toEqual([
        expect.stringContaining("its manifest was changed after it was written"),
        expect.stringContaining("says 99 rows were loaded"),
      ]);
    });

    test("rows and rejects of a file are the same", async () => {
      const report = await labReportAfter();
      expect(report).toMatchObject({ same: true, runs: [{ rows: 38, dead_letters: 2 }] });
    });

    test("a missing reject is named with its file, offset and code", async () => {
      const report = await labReportAfter(sql(
        `delete from rackwatch.dead_letters where record_offset =
          (select max(record_offset) from rackwatch.dead_letters)`,
      ));
      expect(differences(report)).toEqual([
        expect.stringMatching(/^lab\.csv offset \d+: a reject \(.*\), and not in the dead letters/),
        expect.stringContaining("has 2 rejects of it, the hot store 1"),
      ]);
    });

    test("a reject that nobody archived is named", async () => {
      const report = await labReportAfter(sql(
        `insert into rackwatch.dead_letters (origin_key, record_offset, code, detail, raw)
          select origin_key, record_offset + 100000, code, detail, raw
          from rackwatch.dead_letters limit 1`,
      ));
      expect(differences(report)).toEqual([
        expect.stringMatching(
          /^lab\.csv offset \d+: in the dead letters of the hot store, and not/,
        ),
        expect.stringContaining("has 2 rejects of it, the hot store 3"),
      ]);
    });

    test("a changed column that no metric has is named by its file", async () => {
      const report = await labReportAfter(replaceIn("readings-000000.ndjson", '"r7"', '"r6"'));
      expect(differences(report)).toEqual([
        expect.stringMatching(
          /readings-000000\.ndjson: its bytes are not those that were archived/,
        ),
      ]);
    });

    test("a changed raw text of a reject is named by its file", async () => {
      const report = await labReportAfter(replaceIn("dead_letters.ndjson", "hot", "hat"));
      expect(differences(report)).toEqual([
        expect.stringMatching(/dead_letters\.ndjson: its bytes are not those that were archived/),
      ]);
    });

    test("rejects that are cut off, or gone, are named", async () => {
      const cut = await labReportAfter((run) => truncate(join(run, "dead_letters.ndjson"), 10));
      expect(differences(cut)[0]).toMatch(/dead_letters\.ndjson: 10 bytes, its manifest says \d+/);
      await emptyStore(store.database);
      const gone = await labReportAfter((run) => rm(join(run, "dead_letters.ndjson")));
      expect(differences(gone)[0]).toContain("dead_letters.ndjson: the file is missing");
      expect(differences(gone)[1]).toContain("in the dead letters of the hot store, and not");
    });

    test("a run whose file was replaced since is still checked", async () => {
      const report = await labReportAfter(
        replaceIn("readings-000000.ndjson", '"r7"', '"r6"'),
        async (dataDir) => {
          await loadOnce({ dataDir, database: store.database, toml: LAB_TOML });
          await writeFile(join(dataDir, "lab.csv"), LAB_CSV.replace("lab-0", "lab-9"));
        },
      );
      expect(report.runs).toMatchObject([{ lines: 40, rows: 0 }, { rows: 38, differences: [] }]);
      expect(differences(report)).toEqual([
        expect.stringMatching(
          /readings-000000\.ndjson: its bytes are not those that were archived/,
        ),
      ]);
    });

    test("a load that was killed, or whose last answer was lost, differs in nothing", async () => {
      await using directory = await temporaryDirectory();
      const dataDir = directory.path;
      await writeFile(join(dataDir, "a.csv"), LAB_CSV);
      await writeFile(join(dataDir, "b.csv"), LAB_CSV.replace("lab-0", "lab-9"));
      const database = new FlakyDatabase(store.database);
      const files = new FaultyFiles();
      const toml = LAB_TOML.replace('"lab.csv"', '"*.csv"');
      // Killed with the first file in, and the second one not yet.
      const killed = Promise.withResolvers<void>();
      const first = startBatch({
        dataDir,
        database,
        files,
        toml,
        onMessage: (message) => {
          if (message.type === "changed") killed.resolve(files.crash());
        },
      }, "once");
      await killed.promise;
      await first.layer.finished;
      expect(await verify(dataDir)).toMatchObject({ same: true, runs: [{ rows: 38 }] });
      await loadOnce({ dataDir, database, toml });
      expect(await verify(dataDir)).toMatchObject({
        same: true,
        runs: [{ rows: 38, dead_letters: 2 }, { rows: 38, dead_letters: 2 }],
      });

      await writeFile(join(dataDir, "c.csv"), LAB_CSV.replace("lab-1", "lab-8"));
      database.loseAnswerOf = "state = 'loaded'";
      await loadOnce({ dataDir, database, toml, clock: hastyClock(10) });
      const report = await verify(dataDir);
      expect(differences(report)).toEqual([]);
      expect(report.runs.reduce((sum, run) => sum + run.rows, 0)).toBe(3 * 38);
    });

    test("a run that was killed at its very start differs in nothing", async () => {
      const report = await labReportAfter(() => Promise.resolve(), async (dataDir) => {
        const directory = join(dataDir, "batch_data");
        const files = new FaultyFiles();
        files.fault = (operation, path) =>
          operation === "open" && path.endsWith("dead_letters.ndjson") ? systemError("EIO") : null;
        const about = { startedAtMs: END_MS, version: "0.0.0", clock: REAL_CLOCK, log: SILENT_LOG };
        await openBatchRun({ directory, files, ...about }).catch(() => {});
      });
      expect(report.runs).toMatchObject([{ lines: 0, differences: [] }, { rows: 38 }]);
      expect(report.same).toBe(true);
    });

    test("a live run that the archive has lost is named by what is left of it", async () => {
      const origin = sql(
        `insert into rackwatch.origins (layer, run_id, source, path, state)
          values ('speed', 'stream_run_x', 'live', 'live_data/stream_run_x/part-000000.ndjson',
            'live')`,
      );
      expect((await labReportAfter(origin)).same).toBe(true);
      await emptyStore(store.database);
      const report = await labReportAfter(async () => {
        await origin();
        await store.database.query(
          `insert into rackwatch.dead_letters (origin_key, record_offset, code, detail, raw)
            select origin_key, 0, 'invalid_json', '', '' from rackwatch.origins
            where layer = 'speed'`,
        );
      });
      expect(report.runs[0]).toMatchObject({ run: "stream_run_x", kind: "live", dead_letters: 1 });
      expect(differences(report)).toEqual([
        expect.stringContaining("0 readings and 1 rejects of it, and the archive has no such run"),
      ]);
    });

    test("a batch run that is gone is named", async () => {
      const report = await reportAfter((run) => rm(run, { recursive: true }));
      expect(differences(report)[0]).toContain("its manifest is missing or damaged");
    });
  });
}

test("a digest and sums do not depend on the order of readings", () => {
  const readings = manyReadings(60);
  const whole = new ReadingTotals();
  whole.add(readings);
  fc.assert(fc.property(
    fc.shuffledSubarray(readings, { minLength: readings.length }),
    fc.nat(readings.length),
    (shuffled, cut) => {
      const totals = new ReadingTotals();
      totals.add(shuffled.slice(0, cut));
      totals.add(shuffled.slice(cut));
      expect(totals.json()).toEqual(whole.json());
    },
  ));
});
