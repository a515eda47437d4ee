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
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import type { Database, Row } from "../../src/store/database.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { FaultyFiles, systemError } from "../archive/support/faulty_files.ts";
import { temporaryDirectory, until } from "../support/rackwatch.ts";
import { refuseTemperature } from "../support/stored_readings.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { FlakyDatabase } from "./support/flaky_database.ts";
import {
  beginLife,
  hastyClock,
  type Life,
  type LifeOptions,
  wireLines,
} from "./support/speed_lives.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

async function one(database: Database, text: string): Promise<Row> {
  return (await database.query(text))[0]!;
}

function rows(database: Database): Promise<Row> {
  return one(database, "select count(*) as n from server_metrics");
}

async function archivedText(dataDir: string): Promise<string> {
  const live = join(dataDir, "live_data");
  const texts: string[] = [];
  for (const run of (await readdir(live)).sort()) {
    for (const name of (await readdir(join(live, run))).sort()) {
      if (name.endsWith(".ndjson")) texts.push(await readFile(join(live, run, name), "utf8"));
    }
  }
  return texts.join("");
}

const applied = (lines: number) => (status: ReturnType<Life["status"]>) =>
  status.archived_lines === lines && status.pending_lines === 0;

for (const kind of await storesUnderTest()) {
  describe(`the speed layer on ${kind.name}`, () => {
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
      await emptyStore(store.database);
      database = new FlakyDatabase(store.database);
      directory = await temporaryDirectory();
      dataDir = directory.path;
    });
    afterEach(async () => {
      database.isAway = false;
      for (const life of lives.splice(0)) await life.layer.stop();
      await directory[Symbol.asyncDispose]();
    });
    const begin = (options: Partial<LifeOptions> = {}) => {
      const life = beginLife({ dataDir, database, ...options });
      lives.push(life);
      return life;
    };

    test("received = archived = committed + dead letters, and a restart adds nothing", async () => {
      const life = begin();
      const sent = wireLines(300) + "not json\n\n" + wireLines(1, () => ({ temp_c: "hot" }));
      await life.send(sent);
      await life.untilStatus(applied(302));
      await life.layer.stop();
      expect(life.status()).toMatchObject({
        state: "stopped",
        received_lines: 302,
        blank_lines: 1,
        archived_bytes: Buffer.byteLength(sent),
        committed_rows: 300,
        dead_letters: 2,
        lag_ms: 0,
      });
      expect(await archivedText(dataDir)).toBe(sent);
      expect(await one(database, "select byte_offset, lines from rackwatch.checkpoints"))
        .toEqual({ byte_offset: Buffer.byteLength(sent), lines: 302 });

      const again = begin();
      await again.started;
      await again.layer.stop();
      expect(await rows(database)).toEqual({ n: 300 });
      expect(await one(database, "select count(*) as n from rackwatch.dead_letters"))
        .toEqual({ n: 2 });
      expect(again.failures).toEqual([]);
    });

    test("of a line over the limit the head is a dead letter, and the rest is counted", async () => {
      const life = begin();
      const sent = `${"x".repeat(LIMITS.lineBytesMax + 100)}\n${wireLines(1)}`;
      await life.send(sent);
      await life.untilStatus(applied(2));
      const { dead_letters, cut_lines, cut_bytes, archived_bytes } = life.status();
      expect([dead_letters, cut_lines]).toEqual([1, 1]);
      expect(archived_bytes + cut_bytes).toBe(Buffer.byteLength(sent));
      expect(cut_bytes).toBeGreaterThan(99);
    });

    test("an alert that is open at a stop is the same one after it", async () => {
      const hot = (index: number) => ({ host_id: "us-cloud-1", temp_c: 91 + index });
      const first = begin();
      await first.send(wireLines(2, hot));
      await first.untilStatus(applied(2));
      await first.layer.stop();
      const second = begin();
      await second.send(wireLines(3, hot));
      await second.untilStatus(applied(3));
      await second.layer.stop();
      const alerts = await database.query("select severity, closed_at from rackwatch.alerts");
      expect(alerts).toEqual([{ severity: "critical", closed_at: null }]);
      const shown = second.messages.flatMap((one) => one.type === "delta" ? one.delta.alerts : []);
      expect(shown).toEqual([]);
    });

    test("an alert that history left open is not the live host's", async () => {
      await database.transact([
        {
          text: `insert into rackwatch.origins (layer, run_id, source, path, state)
            values ('batch', 'batch_run', 'india_lab', 'a.csv', 'loading')`,
        },
        {
          text: `insert into rackwatch.alerts (alert_id, origin_key, rule, metric, region, host_id,
              severity, peak_severity, value, peak_value, limit_value, opened_at, updated_at)
            select 'old', origin_key, 'temperature', 'temp_c', 'USA', 'us-cloud-1',
              'critical', 'critical', 95, 95, 90, now() - interval '1 day', now() - interval '1 day'
            from rackwatch.origins`,
        },
      ]);
      const life = begin();
      await life.send(wireLines(1, () => ({ host_id: "us-cloud-1", temp_c: 95 })));
      await life.untilStatus(applied(1));
      expect(
        await one(database, "select count(*) as n from rackwatch.alerts where alert_id <> 'old'"),
      )
        .toEqual({ n: 1 });
    });

    test("late and future readings are stored, flagged and counted", async () => {
      const life = begin();
      const at = (shiftMs: number) => ({
        timestamp: new Date(Date.now() + shiftMs).toISOString(),
      });
      await life.send(
        wireLines(3, (index) => at([-86_400_000, 3_600_000, -1_000][index]!)),
      );
      const status = await life.untilStatus(applied(3));
      expect(status).toMatchObject({ late_rows: 1, future_rows: 1, committed_rows: 3 });
      expect(await database.query("select flags from rackwatch.readings order by record_offset"))
        .toEqual([{ flags: 1 }, { flags: 2 }, { flags: 0 }]);
      const { newest } = await one(database, "select newest_at as newest from rackwatch.regions");
      expect(newest as number).toBeLessThan(Date.now() + LIMITS.futureAfterMs);
    });

    test("with the store away, archiving goes on, lag is shown, and it catches up exactly", async () => {
      const life = begin({ clock: hastyClock(10) });
      await life.send(wireLines(100));
      await life.untilStatus(applied(100));
      database.isAway = true;
      await life.send(wireLines(5_000));
      const away = await life.untilStatus((one) => one.archived_lines === 5_100 && one.lag_ms > 50);
      expect(away).toMatchObject({ committed_rows: 100, pending_lines: 5_000 });
      expect(away.last_error).toBe("connection refused");
      database.isAway = false;
      const back = await life.untilStatus(applied(5_100));
      expect(back).toMatchObject({ committed_rows: 5_100, lag_ms: 0, last_error: null });
      expect(await rows(database)).toEqual({ n: 5_100 });
    });

    test("answers lost during COMMIT double nothing", async () => {
      const life = begin({ clock: hastyClock(10) });
      for (let round = 0; round < 4; round++) {
        database.answersLost = 2;
        await life.send(wireLines(50));
        await life.untilStatus(applied(50 * (round + 1)));
      }
      expect(await rows(database)).toEqual({ n: 200 });
    });

    test("started with the store away, it takes the feed all the same", async () => {
      const first = begin();
      await first.send(wireLines(10));
      await first.untilStatus((status) => status.archived_lines === 10);
      await first.layer.stop();
      database.isAway = true;
      const startedMs = performance.now();
      const second = begin({ clock: hastyClock(20) });
      await second.send(wireLines(20));
      await second.untilStatus((status) => status.archived_lines === 20);
      // Twice 5 s, on a clock 20 times as fast; the limit for a store that answers is twice a minute.
      expect(performance.now() - startedMs).toBeLessThan(4_000);
      expect(second.status().state).toBe("running");
      database.isAway = false;
      await second.untilStatus(applied(20));
      expect(await rows(database)).toEqual({ n: 30 });
    });

    test("stopped with the store away, all is in the archive, and the next start applies it", async () => {
      const first = begin({ clock: hastyClock(10) });
      await first.started;
      database.isAway = true;
      await first.send(wireLines(40));
      await first.untilStatus((status) => status.archived_lines === 40);
      await first.layer.stop();
      expect(first.status().state).toBe("stopped");
      database.isAway = false;
      const second = begin();
      await second.started;
      expect(await rows(database)).toEqual({ n: 40 });
    });

    test("stopped while it still waits for the store at start, it ends and opens nothing", async () => {
      const first = begin();
      await first.send(wireLines(10));
      await first.layer.stop();
      database.isAway = true;
      const second = begin();
      await second.untilStatus((status) => status.state === "catching_up");
      await second.layer.stop();
      await second.started;
      expect(second.status()).toMatchObject({ state: "stopped", listen: null });
      expect(await readdir(join(dataDir, "live_data"))).toHaveLength(1);
    });

    test("a line unfinished at the stop is archived whole and applied", async () => {
      const life = begin();
      const unfinished = wireLines(1).trimEnd();
      await life.send(wireLines(1) + unfinished, { keepOpen: true });
      await life.untilStatus((status) => status.archived_lines === 1);
      await life.layer.stop();
      expect(await archivedText(dataDir)).toEndWith(unfinished + "\n");
      expect(life.status()).toMatchObject({ received_lines: 2, committed_rows: 2 });
      expect(await rows(database)).toEqual({ n: 2 });
    });

    test("on a full disk it is paused, and goes on by itself once there is room", async () => {
      const files = new FaultyFiles();
      const life = begin({ files, clock: hastyClock(10) });
      await life.started;
      files.fault = (operation, path) =>
        operation === "write" && path.endsWith(".ndjson") ? systemError("ENOSPC") : null;
      const sent = wireLines(30);
      await life.send(sent);
      await life.untilStatus((status) => status.state === "paused");
      expect(life.status()).toMatchObject({ archived_lines: 0 });
      files.fault = () => null;
      const status = await life.untilStatus(applied(30));
      expect(status.state).toBe("running");
      expect(await archivedText(dataDir)).toBe(sent);
    });

    test("a disk that fails is fatal, with its exit code, and nothing is called archived", async () => {
      const files = new FaultyFiles();
      const life = begin({ files });
      await life.started;
      files.fault = (operation) => operation === "datasync" ? systemError("EIO") : null;
      await life.send(wireLines(1));
      const failure = await until(() => life.failures[0], (one) => one !== undefined);
      expect(failure).toMatchObject({ name: "FatalError", exitCode: 74 });
      expect(life.status()).toMatchObject({ archived_lines: 0 });
      files.fault = () => null;
      await life.layer.stop().catch(() => {});
      lives.length = 0;
    });

    test("a row that the store refuses is a dead letter, the rest commits", async () => {
      await database.inner.transact([
        ...refuseTemperature("refuse", 66).map((text) => ({ text })),
      ]);
      const life = begin();
      await life.send(wireLines(20, (index) => ({ temp_c: index === 7 ? 66 : 50 })));
      const status = await life.untilStatus(applied(20));
      expect(status).toMatchObject({ committed_rows: 19, dead_letters: 1 });
      expect(await one(database, "select code, detail from rackwatch.dead_letters"))
        .toMatchObject({
          code: "store_rejected",
          detail: expect.stringContaining("66 is refused"),
        });
      await database.inner.transact([{ text: "drop function refuse cascade" }]);
    });
  });
}
