/** `up` as a newcomer starts it: generator, history, live feed, archive, store and API at once. */
import { describe, expect, test } from "bun:test";
import type { Status } from "../../src/model/status.ts";
import { json, run, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

const DEMO = ["up", "--demo", "--no-open", "--http", "127.0.0.1:0", "--feed", "tcp://127.0.0.1:0"];

interface Region {
  readonly region: string;
  readonly rows: number;
}

for (const kind of HOT_STORES) {
  describe(`up, demo, ${kind.name}`, () => {
    test("loads 30,000 rows of history, and every live line is archived and committed", async () => {
      await using directory = await temporaryDirectory();
      const store = kind.make();
      const rackwatch = start([...DEMO, "--data-dir", directory.path, "--rate", "50"], store);
      const url = await rackwatch.url();
      const status = () => json<Status>(`${url}/api/status`);

      const loaded = await until(status, ({ layers }) => layers.batch.files === 3);
      expect(loaded.mode).toBe("demo");
      expect(loaded.layers.batch).toMatchObject({ rows_loaded: 30_000, rows_rejected: 0 });

      // At 50 lines a second something is always on its way: it is counted as well.
      const { layers } = await until(
        status,
        ({ layers: { speed } }) => speed.committed_rows > 100,
      );
      const { speed } = layers;
      expect(speed.connection).toBe("connected");
      expect(speed.archived_lines).toBe(speed.received_lines);
      expect(speed.committed_rows + speed.dead_letters + speed.pending_lines)
        .toBe(speed.received_lines);

      const regions = await json<Region[]>(`${url}/api/regions`);
      expect(regions.map((one) => one.region).sort()).toEqual(["Germany", "India", "USA"]);
      expect(regions.every((one) => one.rows > 10_000)).toBe(true);

      expect(await rackwatch.stop()).toBe(0);
      await store.drop();
    });
  });
}

describe("one process a data directory", () => {
  test("a second one exits 1 and names the first one's pid", async () => {
    await using directory = await temporaryDirectory();
    const words = [...DEMO, "--data-dir", directory.path];
    const first = start(words);
    await first.url();
    const second = await run(words);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(String(first.process.pid));
    await first.stop();
  });
});
