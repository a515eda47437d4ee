import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { open, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { retainLive } from "../../src/archive/live_retention.ts";
import { recoverRuns } from "../../src/archive/recovery.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { liveMapping } from "../../src/workers/speed/live_mapping.ts";
import { type RunVerdict, verifyRun } from "../../src/workers/verify_run.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";
import {
  deleteReadings,
  doubleReadings,
  refuseTemperature,
  setTemperature,
} from "../support/stored_readings.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { beginLife, wireLines } from "./support/speed_lives.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

const LINES = 60;

for (const kind of await storesUnderTest()) {
  describe(`verify on ${kind.name}`, () => {
    let store: OpenStore;
    beforeAll(async () => {
      store = await kind.open();
    });
    afterAll(() => store.close());
    beforeEach(() => emptyStore(store.database));

    /** Archives and applies a run, lets `spoil` at it, and compares. */
    async function verdictAfter(
      spoil: (runDirectory: string) => Promise<unknown>,
      prepare: () => Promise<unknown> = () => Promise.resolve(),
    ): Promise<RunVerdict> {
      await using directory = await temporaryDirectory();
      const dataDir = directory.path;
      await prepare();
      const life = beginLife({ dataDir, database: store.database });
      await life.send(wireLines(LINES, (index) => ({ temp_c: 20 + index })) + "no json\n");
      await life.untilStatus((one) => one.archived_lines === LINES + 1 && one.pending_lines === 0);
      await life.layer.stop();
      const [run] = await readdir(join(dataDir, "live_data"));
      await spoil(join(dataDir, "live_data", run!));
      return await verifyRun(run!, {
        database: store.database,
        dataDir,
        normalise: liveMapping([], "test").normalise,
        tools: { files: REAL_FILES, clock: REAL_CLOCK, log: SILENT_LOG },
      });
    }
    const sql = (text: string) => () => store.database.query(text);

    test("a run that is wholly applied is the same", async () => {
      const verdict = await verdictAfter(() => Promise.resolve());
      expect(verdict).toMatchObject({ lines: 61, rows: 60, dead_letters: 1, differences: [] });
    });

    test("a run that retention has taken from is not whole, and no difference", async () => {
      const verdict = await verdictAfter((run) =>
        retainLive({
          directory: dirname(run),
          rule: { ageMsMax: null, bytesMax: 1 },
          files: REAL_FILES,
          clock: REAL_CLOCK,
          log: SILENT_LOG,
        }, (runId) => new StoreWriter(store.database).readCheckpoint(runId))
      );
      expect(verdict).toMatchObject({ lines: 0, deleted_lines: 61, differences: [] });
    });

    test("a flipped bit in the archive is named with part and offset", async () => {
      const { differences } = await verdictAfter(async (run) => {
        const file = await open(join(run, "part-000000.ndjson"), "r+");
        await file.write("X", 200);
        await file.close();
      });
      expect(differences[0]).toMatch(/part-000000\.ndjson offset \d+: \d+ bytes are damaged/);
    });

    test("a row that is missing in the hot store is named with its offset", async () => {
      const { differences } = await verdictAfter(
        sql(deleteReadings("r.temp_c = 47")),
      );
      expect(differences[0]).toMatch(/offset \d+: archived, and not in the hot store/);
      expect(differences[1]).toContain("the archive has 60 readings and 1 rejects");
    });

    test("a row that was altered in the hot store is named with both values", async () => {
      const { differences } = await verdictAfter(
        sql(setTemperature("r.temp_c = 47", 99)),
      );
      expect(differences).toEqual([expect.stringMatching(/temp_c is 47 .* 99 in the hot store/)]);
    });

    test("a row that the archive does not have is named", async () => {
      const { differences } = await verdictAfter(sql(doubleReadings("r.temp_c = 47")));
      expect(differences[0]).toContain("in the hot store, and not a reading in the archive");
    });

    test("a missing dead letter is named with its offset", async () => {
      const { differences } = await verdictAfter(sql("delete from rackwatch.dead_letters"));
      expect(differences).toEqual([
        expect.stringMatching(/offset \d+: a reject \(invalid_json\), and not in the dead letters/),
        expect.stringContaining("60 readings and 1 rejects, the hot store 60 and 0"),
      ]);
    });

    test("a dead letter that is there twice, and another not at all, are named", async () => {
      const { differences } = await verdictAfter(sql(
        `update rackwatch.dead_letters set record_offset = record_offset + 1`,
      ));
      expect(differences).toEqual([
        expect.stringMatching(/offset \d+: a reject \(invalid_json\), and not in the dead letters/),
      ]);
    });

    test("a part that is gone with its manifest is named by the rows that are left of it", async () => {
      const { differences } = await verdictAfter(async (run) => {
        for (const name of await readdir(run)) await rm(join(run, name));
        await recoverRuns({
          directory: dirname(run),
          files: REAL_FILES,
          clock: REAL_CLOCK,
          log: SILENT_LOG,
        });
      });
      expect(differences).toEqual([
        expect.stringMatching(
          /part-000000\.ndjson: the archive has 0 readings and 0 rejects, the hot store 60 and 1/,
        ),
      ]);
    });

    test("a row that the store refused is no difference", async () => {
      const verdict = await verdictAfter(
        sql("drop function refuse_47 cascade"),
        async () => {
          for (const text of refuseTemperature("refuse_47", 47)) await store.database.query(text);
        },
      );
      expect(verdict).toMatchObject({ rows: 59, dead_letters: 2, differences: [] });
    });
  });
}
