import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { writeHistory } from "../../src/generator/history.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { ReadingTotals } from "../../src/workers/verify/reading_totals.ts";
import { type VerifyReport, verifyStore } from "../../src/workers/verify/verify_store.ts";
import { manyReadings } from "../store/fixtures.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";
import { deleteReadings, setTemperature } from "../support/stored_readings.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { END_MS } from "./support/batch_history.ts";
import { loadOnce } from "./support/batch_passes.ts";

afterAll(stopStores);
setDefaultTimeout(30_000);

const ROW_42 = `c.first_offset + r.record_offset = 42 and c.origin_key =
  (select origin_key from rackwatch.origins where source = 'germany_hpc')`;

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
      expect(differences(report)).toEqual([expect.stringContaining("says 99 rows were loaded")]);
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
