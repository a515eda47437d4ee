/** Counters through a whole speed layer: what is archived of them, and what any reading back makes. */
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
import { SILENT_LOG } from "../../src/log.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { liveMapping } from "../../src/workers/speed/live_mapping.ts";
import { verifyRun } from "../../src/workers/verify_run.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { scrape, START_MS } from "./rates/pushed.ts";
import { beginLife, type LifeOptions } from "./support/speed_lives.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

const EVERY_S = 10;
const bodyAt = (time: number) =>
  scrape(time * EVERY_S, [{ idle: time * 6, user: time * 3, system: time }])
    .map((line) => `${line}\n`).join("");

for (const kind of await storesUnderTest()) {
  describe(`counters that are pushed, on ${kind.name}`, () => {
    let store: OpenStore;
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
    beforeAll(async () => {
      store = await kind.open();
    });
    afterAll(() => store.close());
    beforeEach(async () => {
      await emptyStore(store.database);
      directory = await temporaryDirectory();
    });
    afterEach(() => directory[Symbol.asyncDispose]());

    /** A life in which bodies come one after the other, each at its time. */
    async function live(times: readonly number[], more: Partial<LifeOptions> = {}) {
      let nowMs = START_MS;
      const clock = { ...REAL_CLOCK, nowMs: () => nowMs };
      const life = beginLife({ dataDir: directory.path, database: store.database, clock, ...more });
      await life.started;
      for (const [index, time] of times.entries()) {
        nowMs = START_MS + time * EVERY_S * 1_000;
        await life.send(bodyAt(time));
        await life.untilStatus(({ ignored_records }) => ignored_records === 3 * (index + 1));
      }
      await life.untilStatus(({ archived_lines, rates_made, pending_lines }) =>
        archived_lines === rates_made && pending_lines === 0
      );
      await life.layer.stop();
      expect(life.failures).toEqual([]);
      return life;
    }

    /** Of each run, oldest first: its lines in order. */
    async function runs(): Promise<{ id: string; lines: string[] }[]> {
      const live = join(directory.path, "live_data");
      return await Promise.all(
        (await readdir(live)).sort().map(async (id) => ({
          id,
          lines: (await readFile(join(live, id, "part-000000.ndjson"), "utf8")).trimEnd().split(
            "\n",
          ),
        })),
      );
    }
    const stored = () =>
      store.database.query("select cpu_load from server_metrics order by timestamp")
        .then((rows) => rows.map(({ cpu_load }) => cpu_load));

    test("stand in the archive as they came, each rate behind what it was made of", async () => {
      const life = await live([0, 1, 2, 3, 4]);
      const [run] = await runs();
      const isRate = (line: string) => line.includes("instance:node_cpu_utilisation:rate10s");
      expect(run!.lines.filter((line) => !isRate(line)).join("\n") + "\n")
        .toBe([0, 1, 2, 3, 4].map(bodyAt).join(""));
      expect(run!.lines.map((line, index) => isRate(line) ? index : -1).filter((at) => at >= 0))
        .toEqual([12, 13, 14, 18]);
      expect(await stored()).toEqual([40, 40, 40, 40]);
      expect(life.status()).toMatchObject({ received_lines: 4, committed_rows: 4, rates_made: 4 });
    });

    test("verify reads the same of the archive, run by run, over a restart", async () => {
      await live([0, 1, 2, 3]);
      await live([4, 5, 6, 7]);
      expect(await stored()).toEqual([40, 40, 40, 40, 40, 40]);
      for (const { id } of await runs()) {
        const verdict = await verifyRun(id, {
          database: store.database,
          dataDir: directory.path,
          normalise: liveMapping([], "test").normalise,
          tools: { files: REAL_FILES, clock: REAL_CLOCK, log: SILENT_LOG },
        });
        expect(verdict).toMatchObject({ rows: 3, dead_letters: 0, differences: [] });
      }
    });

    test("of a dialled feed are taken as they are: a replay holds the rates already", async () => {
      let nowMs = START_MS;
      const taken = Promise.withResolvers<Bun.Socket>();
      const feed = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        socket: { open: (socket) => taken.resolve(socket), data: () => {} },
      });
      const life = beginLife({
        dataDir: directory.path,
        database: store.database,
        clock: { ...REAL_CLOCK, nowMs: () => nowMs },
        start: { feed: { hostname: "127.0.0.1", port: feed.port } },
      });
      const socket = await taken.promise;
      for (const time of [0, 1, 2, 3, 4]) {
        nowMs = START_MS + time * EVERY_S * 1_000;
        socket.write(bodyAt(time));
        await life.untilStatus(({ ignored_records }) => ignored_records === 3 * (time + 1));
      }
      feed.stop(true);
      await life.layer.stop();
      expect(life.status()).toMatchObject({ rates_made: 0, received_lines: 0 });
    });
  });
}
