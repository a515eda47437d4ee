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
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readManifest } from "../../src/archive/manifest.ts";
import { deletePart } from "../../src/archive/tombstone.ts";
import { LIMITS } from "../../src/limits.ts";
import { createLog, type Log, SILENT_LOG } from "../../src/log.ts";
import type { ReconciliationStatus } from "../../src/model/status.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { Reconciler, type ReconcilerOptions } from "../../src/workers/reconcile/reconciler.ts";
import { liveMapping } from "../../src/workers/speed/live_mapping.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";
import { deleteReadings, refuseTemperature } from "../support/stored_readings.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { loadOnce } from "./support/batch_passes.ts";
import { FlakyDatabase } from "./support/flaky_database.ts";
import { beginLife, type Life, wireLines } from "./support/speed_lives.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

const LINES = 120;
/** Seven hosts over five minutes, so that every tier has several buckets. */
const spread = (index: number) => ({
  host_id: index % 2 === 0 ? `us-cloud-${index % 7}` : `DE-HPC-${index % 3}`,
  temp_c: index % 11 === 0 ? null : 20 + (index % 60) + 0.1,
  timestamp: new Date(Date.UTC(2025, 10, 21, 2, 58) + index * 2_500).toISOString(),
});

for (const kind of await storesUnderTest()) {
  describe(`reconciliation on ${kind.name}`, () => {
    let store: OpenStore;
    let database: FlakyDatabase;
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
    let dataDir: string;
    const lives: Life[] = [];
    beforeAll(async () => {
      store = await kind.open();
    });
    afterAll(() => store.close());
    beforeEach(async () => {
      database = new FlakyDatabase(store.database);
      directory = await temporaryDirectory();
      dataDir = directory.path;
      await emptyStore(store.database);
    });
    afterEach(async () => {
      await Promise.all(lives.splice(0).map((life) => life.layer.stop()));
      await directory[Symbol.asyncDispose]();
    });

    async function begin(): Promise<Life> {
      const life = beginLife({ dataDir, database });
      lives.push(life);
      await life.untilStatus((status) => status.listen !== null);
      return life;
    }
    async function send(life: Life, text: string, lines: number): Promise<void> {
      await life.send(text);
      await life.untilStatus((one) => one.archived_lines === lines && one.pending_lines === 0);
    }
    /** One run, applied and closed. */
    async function aRun(): Promise<void> {
      const life = await begin();
      await send(life, wireLines(LINES, spread) + "no json\n", LINES + 1);
      await life.layer.stop();
    }
    function reconciler(
      change: Partial<ReconcilerOptions> & { log?: Log } = {},
    ): Reconciler {
      return new Reconciler({
        dataDir,
        mapping: liveMapping([], "test"),
        database,
        tools: { files: REAL_FILES, clock: REAL_CLOCK, log: change.log ?? SILENT_LOG },
        onStatus: () => {},
        ...change,
      });
    }
    const never = new AbortController().signal;
    async function reconcile(
      change: Parameters<typeof reconciler>[0] = {},
    ): Promise<ReconciliationStatus> {
      const made = reconciler(change);
      await made.pass({ signal: never, full: true });
      return made.status;
    }
    const sql = (text: string) => store.database.query(text);

    test("the difference is nil after lives with a crash, a store away and lost answers", async () => {
      await mkdir(join(dataDir, "us_cloud"));
      await writeFile(
        join(dataDir, "us_cloud/history.json"),
        Array.from({ length: 50 }, (_, index) =>
          JSON.stringify({
            instance_id: `us-cloud-${index % 7}`,
            time_utc: `2025-11-21T02:59:${String(index).padStart(2, "0")}Z`,
            temp_fahrenheit: 100 + index,
            load_fraction: 0.5,
          })).join("\n"),
      );
      await loadOnce({ dataDir, database: store.database });
      await aRun();
      const crashed = await begin();
      await send(crashed, wireLines(LINES, spread), LINES);
      const snapshot = await temporaryDirectory();
      await cp(dataDir, snapshot.path, { recursive: true });
      await crashed.layer.stop();
      const first = dataDir;
      dataDir = snapshot.path;
      try {
        const life = await begin();
        database.answersLost = 2;
        await send(life, wireLines(LINES, spread), LINES);
        database.isAway = true;
        await life.send(wireLines(LINES, spread));
        await life.untilStatus((status) => status.archived_lines === 2 * LINES);
        database.isAway = false;
        await life.untilStatus((status) => status.pending_lines === 0);
        await life.layer.stop();
        const status = await reconcile();
        expect(status).toMatchObject({ runs: 3, differing_buckets: 0, first_difference: null });
        expect(status.buckets).toBeGreaterThan(150);
        expect(Date.parse(status.reconciled_up_to!)).toBeGreaterThan(Date.now() - 60_000);
      } finally {
        dataDir = first;
        await snapshot[Symbol.asyncDispose]();
      }
    });

    const TAMPERED = [
      [
        "a region's finest row",
        `update rackwatch.rollups set readings = readings + 1 where step_s = 10 and host_key = 0
          and bucket = '2025-11-21 02:58:10Z' and region_key =
            (select region_key from rackwatch.regions where region = 'USA')`,
        "USA, 10 s from 2025-11-21T02:58:10Z: readings is 2 by the archive, 3 in the hot store",
      ],
      [
        "a region's coarser row",
        `update rackwatch.rollups set temp_c_sum_micro = temp_c_sum_micro - 1
          where step_s = 3600 and host_key = 0 and bucket = '2025-11-21 03:00Z' and region_key =
            (select region_key from rackwatch.regions where region = 'Germany')`,
        "Germany, 3600 s from 2025-11-21T03:00:00Z: temp_c sum in millionths is",
      ],
      [
        "a host's extreme",
        `update rackwatch.rollups set cpu_load_max = 99 where step_s = 60
          and bucket = '2025-11-21 03:00Z' and host_key =
            (select host_key from rackwatch.hosts where host_id = 'DE-HPC-1')`,
        "Germany/DE-HPC-1, 60 s from 2025-11-21T03:00:00Z: cpu_load max is 40 by the archive, 99",
      ],
      [
        "a histogram",
        `update rackwatch.rollups set temp_bins[1] = temp_bins[1] + 1 where step_s = 600
          and host_key = 0 and bucket = '2025-11-21 03:00Z' and region_key =
            (select region_key from rackwatch.regions where region = 'USA')`,
        "USA, 600 s from 2025-11-21T03:00:00Z: count at",
      ],
      [
        "a host's coarser row, by deleting it,",
        `delete from rackwatch.rollups where step_s = 3600 and bucket = '2025-11-21 02:00Z'
          and host_key = (select host_key from rackwatch.hosts where host_id = 'us-cloud-2')`,
        "USA/us-cloud-2, 3600 s from 2025-11-21T02:00:00Z: readings is 4 by its 300 s buckets, none in",
      ],
    ] as const;
    for (const [what, statement, difference] of TAMPERED) {
      test(`tampering with ${what} is found and named`, async () => {
        await aRun();
        await sql(statement);
        const status = await reconcile();
        expect(status.first_difference).toContain(difference);
        expect(status.first_difference).toStartWith("stream_run_");
      });
    }

    /** The readings of the USA as if they had come too thinly for the finer tiers. */
    async function thinOut(): Promise<void> {
      const ofUsa = "region_key = (select region_key from rackwatch.regions where region = 'USA')";
      await sql(
        `update rackwatch.chunks set region_tier_s = 600, host_tier_s = 3600 where ${ofUsa}`,
      );
      await sql(`delete from rackwatch.rollups where ${ofUsa}
        and step_s < case when host_key = 0 then 600 else 3600 end`);
    }

    test("rows that are too thin for finer tiers stand in for them", async () => {
      await aRun();
      const dense = await reconcile();
      await sql("delete from rackwatch.reconciliations");
      await thinOut();
      const status = await reconcile();
      expect(status).toMatchObject({ differing_buckets: 0, first_difference: null });
      expect(status.buckets).toBeGreaterThan(dense.buckets / 2);
    });

    test("histograms of hosts, which older stores have, make no difference", async () => {
      await aRun();
      await sql(
        "update rackwatch.rollups set temp_bins = '{20,1}' where host_key <> 0 and step_s = 60",
      );
      expect(await reconcile()).toMatchObject({ differing_buckets: 0, first_difference: null });
    });

    const TAMPERED_THIN = [
      [
        "a row of its finest tier",
        `update rackwatch.rollups set readings = readings + 1 where step_s = 600 and host_key = 0
          and bucket = '2025-11-21 02:50Z' and region_key =
            (select region_key from rackwatch.regions where region = 'USA')`,
        "USA, 600 s from 2025-11-21T02:50:00Z: readings is",
      ],
      [
        "a host's only row",
        `update rackwatch.rollups set cpu_load_max = 99 where step_s = 3600
          and bucket = '2025-11-21 02:00Z' and host_key =
            (select host_key from rackwatch.hosts where host_id = 'us-cloud-2')`,
        "USA/us-cloud-2, 3600 s from 2025-11-21T02:00:00Z: cpu_load max is",
      ],
      [
        "one of the readings themselves",
        `update rackwatch.chunks set cpu_load[1] = 99 where region_tier_s = 600`,
        "s from 2025-11-21T",
      ],
    ] as const;
    for (const [what, statement, difference] of TAMPERED_THIN) {
      test(`of what is too thin, tampering with ${what} is found and named`, async () => {
        await aRun();
        await thinOut();
        await sql(statement);
        expect((await reconcile()).first_difference).toContain(difference);
      });
    }

    test("a difference is logged with run, series, bucket and both values", async () => {
      await aRun();
      await sql(`update rackwatch.rollups set readings = readings + 1 where step_s = 86400
        and host_key = 0 and bucket = '2025-11-21 00:00Z'`);
      const lines: string[] = [];
      const write = (line: string) => void lines.push(line);
      const log = createLog({ format: "json", area: "batch", write });
      expect(await reconcile({ log })).toMatchObject({ differing_buckets: 2 });
      expect(JSON.parse(lines[0]!)).toMatchObject({
        level: "error",
        run: expect.stringMatching(/^stream_run_/),
        series: expect.stringMatching(/^(USA|Germany)$/),
        step_s: 86400,
        bucket: "2025-11-21T00:00:00Z",
        field: "readings",
        expected: 60,
        by: "its 3600 s buckets",
        store: 61,
      });
    });

    test("rows that went with their rollups are found: the archive has them", async () => {
      await aRun();
      await sql(deleteReadings(
        "to_timestamp((c.first_ms + r.at_ms) / 1000.0) = '2025-11-21 02:58:00Z'",
      ));
      await sql("delete from rackwatch.rollups where bucket = '2025-11-21 02:58:00Z'");
      expect((await reconcile()).first_difference).toContain("none in the hot store");
    });

    test("where stretches end makes no difference", async () => {
      const life = await begin();
      const lines = wireLines(LINES, spread).match(/.*\n/g)!;
      for (let sent = 0; sent < LINES; sent += 20) {
        await send(life, lines.slice(sent, sent + 20).join(""), sent + 20);
      }
      await life.layer.stop();
      const whole = await reconcile();
      await sql("delete from rackwatch.reconciliations");
      const pieces = await reconcile({ bucketsMax: 1 });
      expect(pieces).toMatchObject({ runs: 1, differing_buckets: 0 });
      expect(pieces.buckets).toBeGreaterThan(whole.buckets);
    });

    test("sealed parts of an open run are compared, and rows of one that was deleted are no difference", async () => {
      let shiftMs = 0;
      const clock = { ...REAL_CLOCK, monotonicMs: () => performance.now() + shiftMs };
      const life = beginLife({ dataDir, database, clock });
      lives.push(life);
      await life.untilStatus((status) => status.listen !== null);
      await send(life, wireLines(LINES, spread), LINES);
      shiftMs = LIMITS.archivePartAgeMsMax + 1_000;
      await send(life, wireLines(LINES, spread), 2 * LINES);
      const open = await reconcile();
      expect(open).toMatchObject({ runs: 1, differing_buckets: 0, first_difference: null });
      expect(open.reconciled_up_to).not.toBeNull();
      await sql("delete from rackwatch.reconciliations");
      await life.layer.stop();
      const [runId] = await readdir(join(dataDir, "live_data"));
      const path = join(dataDir, "live_data", runId!);
      const { parts } = (await readManifest(REAL_FILES, path))!;
      expect(parts).toHaveLength(2);
      await deletePart(REAL_FILES, path, parts[0]!, Date.now());
      const status = await reconcile();
      expect(status).toMatchObject({ runs: 1, differing_buckets: 0, first_difference: null });
      expect(status.buckets).toBeGreaterThan(0);
    });

    test("a run under way is left alone, and its rows in the same buckets are no difference", async () => {
      await aRun();
      const life = await begin();
      await send(life, wireLines(LINES, spread), LINES);
      expect(await reconcile()).toMatchObject({ runs: 1, differing_buckets: 0 });
    });

    test("a run is compared once, and anew under another mapping or in a store built anew", async () => {
      await aRun();
      const compared = async (change: Parameters<typeof reconciler>[0] = {}) => {
        await sql("update rackwatch.reconciliations set buckets = -1");
        return (await reconcile(change)).buckets > 0;
      };
      expect(await compared()).toBe(true);
      expect(await compared()).toBe(false);
      const mapping = { ...liveMapping([], "test"), versions: { other: "1" } };
      expect(await compared({ mapping })).toBe(true);
      await sql("update rackwatch.origins set began_at = now()");
      expect(await compared({ mapping })).toBe(true);
    });

    test("what differed is compared anew at the next start, and is well once it is mended", async () => {
      await aRun();
      const change = (by: number) =>
        sql(`update rackwatch.rollups set readings = readings + ${by} where step_s = 86400
          and host_key = 0 and bucket = '2025-11-21 00:00Z'`);
      await change(1);
      expect(await reconcile()).toMatchObject({ runs: 1, differing_buckets: 2 });
      await change(-1);
      expect(await reconcile()).toMatchObject({ runs: 1, differing_buckets: 0 });
    });

    test("a reading that the store itself refused is no difference", async () => {
      for (const text of refuseTemperature("refuse_47", 47.1)) await sql(text);
      try {
        await aRun();
      } finally {
        await sql("drop function refuse_47 cascade");
      }
      expect(await sql("select count(*) as n from rackwatch.dead_letters")).toEqual([{ n: 3 }]);
      expect(await reconcile()).toMatchObject({ runs: 1, differing_buckets: 0 });
    });

    test("a run that is not applied to its end is waited for", async () => {
      const life = await begin();
      await send(life, wireLines(LINES, spread), LINES);
      database.isAway = true;
      await life.send(wireLines(LINES, spread));
      await life.untilStatus((status) => status.archived_lines === 2 * LINES);
      await life.layer.stop();
      database.isAway = false;
      const status = await reconcile();
      expect(status).toMatchObject({ runs: 0, differing_buckets: 0 });
      const next = await begin();
      await next.untilStatus((one) => one.state === "running");
      expect(await reconcile()).toMatchObject({ runs: 1, differing_buckets: 0 });
    });
  });
}
