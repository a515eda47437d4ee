/** The schemas of live sources, as lines show them and the hot store keeps them, on both stores. */
import {
  afterAll,
  afterEach,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { openRun } from "../../src/archive/run_writer.ts";
import { createLog, SILENT_LOG } from "../../src/log.ts";
import type { KnownSchema } from "../../src/model/schema_registry.ts";
import { schemaWords } from "../../src/model/schema_words.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import type { Database } from "../../src/store/database.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { knownSchemas, recordSchema } from "../../src/store/source_schemas.ts";
import { liveDirectory, readNormalised } from "../../src/workers/speed/archived_runs.ts";
import { liveMapping } from "../../src/workers/speed/live_mapping.ts";
import { LiveSchemas } from "../../src/workers/speed/live_schemas.ts";
import { normaliseBlock } from "../../src/workers/speed/normalise_block.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { FlakyDatabase } from "./support/flaky_database.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

const START_MS = Date.UTC(2026, 0, 1);
const RUN = "stream_run_2026-01-01_00-00-00";

const wire = (rest: Record<string, unknown>) => (index: number) =>
  JSON.stringify({ timestamp: "2026-01-01 00:00:01", temp_c: 20 + index % 9, ...rest });
const OLD = wire({ host_id: "us-cloud-1", voltage: 12 });
const RENAMED = wire({ hostname: "us-cloud-1", voltage: 12 });

/** Lines on their way, a block a second, on a clock that the test sets. */
class Feed {
  readonly #mapping = liveMapping([], "test");
  readonly said: Record<string, unknown>[] = [];
  readonly schemas: LiveSchemas;
  nowMs = START_MS;
  offset = 0;

  constructor(database: Database) {
    this.schemas = new LiveSchemas({
      database,
      mapping: this.#mapping,
      log: createLog({
        format: "json",
        area: "speed",
        write: (line) => void this.said.push(JSON.parse(line)),
      }),
    });
  }

  async send(line: (index: number) => string, { seconds = 1, each = 50 } = {}): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.take(blockOf(Array.from({ length: each }, (_, index) => line(index))));
      this.nowMs += 1_000;
      await this.schemas.look(this.nowMs);
    }
  }

  take(block: ReturnType<typeof blockOf>, place = { part: 0, offset: this.offset }): void {
    const placed = { ...place, arrivalMs: this.nowMs, block, runId: RUN, connection: 3 };
    normaliseBlock(placed, this.#mapping.normalise, { sights: this.schemas });
    this.offset += block.bytes.length;
  }

  changes(): unknown[] {
    return this.said.filter(({ message }) => message === "a source's columns changed");
  }
}

function blockOf(lines: readonly string[]) {
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const ends: number[] = [];
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) ends.push(at);
  return { bytes, ends };
}

const told = (schemas: readonly KnownSchema[]) =>
  schemas.map(({ version, from, changes }) => [version, from, schemaWords(changes)]);

for (const kind of await storesUnderTest()) {
  describe(`schemas of live sources on ${kind.name}`, () => {
    let store: OpenStore;
    let database: FlakyDatabase;
    beforeEach(async () => {
      store = await kind.open();
      database = new FlakyDatabase(store.database);
    });
    afterEach(() => store.close());
    const kept = (source = "feed") => knownSchemas(store.database, source, "speed");

    test("a change midway is a version of its own, told once: what, and where it began", async () => {
      const feed = new Feed(database);
      await feed.send(OLD, { seconds: 20 });
      const { offset } = feed;
      await feed.send(RENAMED, { seconds: 20 });
      const from = (byte: number) =>
        `live_data/${RUN}/part-000000.ndjson, byte ${byte}, connection 3`;
      const words = "host_id gone, hostname added: host is now read from hostname";
      expect(told(await kept())).toEqual([[1, from(0), ""], [2, from(offset), words]]);
      expect(feed.changes()).toEqual([
        expect.objectContaining({ source: "feed", from: from(offset), version: 2, changes: words }),
      ]);
      expect(feed.schemas.traffic).toEqual([{
        name: "feed",
        records: 2_000,
        last_record: new Date(feed.nowMs - 1_000).toISOString(),
        schema_changes: 1,
      }]);
    });

    test("a column that lines of a known shape leave out is missed, without parsing them", async () => {
      const feed = new Feed(database);
      const both = (index: number) => index % 2 === 0 ? OLD(index) : wire({ host_id: "a" })(index);
      await feed.send(both, { seconds: 20 });
      await feed.send(wire({ host_id: "a" }), { seconds: 15 });
      expect(told(await kept()).at(-1)?.[2]).toBe(
        "voltage gone: voltage is no longer read from it",
      );
    });

    test("lines that say no host show nothing, whatever their keys", async () => {
      const feed = new Feed(database);
      await feed.send((index) => `{"stray_${index}": ${index}, "temp_c": 5}`, { seconds: 20 });
      expect(await kept()).toEqual([]);
      expect(feed.schemas.traffic).toEqual([]);
    });

    test("a value that is refused is of another type all the same", async () => {
      const feed = new Feed(database);
      await feed.send(OLD, { seconds: 5 });
      await feed.send(wire({ host_id: "us-cloud-1", voltage: "high" }), { seconds: 10 });
      expect(told(await kept()).at(-1)?.[2]).toBe("voltage is now text, was number");
    });

    test("agents of known kinds have schemas of their own", async () => {
      const feed = new Feed(database);
      const cpu = { name: "cpu", tags: { host: "a", cpu: "cpu-total" }, fields: {}, timestamp: 1 };
      await feed.send(() => JSON.stringify(cpu), { seconds: 5 });
      expect((await kept("telegraf"))[0]?.columns).toContainEqual({
        name: "tags.host",
        type: "text",
        mappedTo: "host_id",
        unit: null,
      });
      expect(await kept()).toEqual([]);
    });

    test("a start goes on from what is known, and knows when a source was heard", async () => {
      const feed = new Feed(database);
      await feed.send(OLD, { seconds: 20 });
      await feed.schemas.look(feed.nowMs, true);
      const again = new Feed(database);
      again.nowMs = feed.nowMs;
      await again.schemas.look(again.nowMs);
      const heard = new Date(feed.nowMs - 1_000).toISOString();
      expect(again.schemas.traffic).toMatchObject([{ records: 0, last_record: heard }]);
      await again.send(OLD, { seconds: 20 });
      expect([(await kept()).length, again.changes()]).toEqual([1, []]);
    });

    test("what the store can't take is kept once it is there again", async () => {
      const feed = new Feed(database);
      database.isAway = true;
      await feed.send(OLD, { seconds: 20 });
      expect(feed.said.map(({ level }) => level)).toEqual(["warn"]);
      database.isAway = false;
      await feed.send(OLD);
      expect(await kept()).toHaveLength(1);
    });

    test("a source of files of the same name is another one", async () => {
      const columns = [{ name: "x", type: "text", mappedTo: null, unit: null }];
      await recordSchema(store.database, "feed", { columns, atMs: START_MS, path: "a.csv" });
      await new Feed(database).send(OLD, { seconds: 5 });
      expect((await knownSchemas(store.database, "feed"))[0]?.from).toBe("a.csv");
      expect(await kept()).toHaveLength(1);
    });

    test("read back from the archive, the same lines make the same versions", async () => {
      await using directory = await temporaryDirectory();
      const feed = new Feed(database);
      const tools = { files: REAL_FILES, log: SILENT_LOG };
      const run = await openRun({
        ...tools,
        directory: liveDirectory(directory.path),
        startedAtMs: START_MS,
        clock: { ...REAL_CLOCK, nowMs: () => feed.nowMs },
        about: { version: "0", sources: [], mappings: {} },
      });
      const send = async (line: (index: number) => string, seconds: number) => {
        for (let second = 0; second < seconds; second++) {
          const block = blockOf(Array.from({ length: 50 }, (_, index) => line(index)));
          feed.take(block, await run.append(block, 3));
          feed.nowMs += 1_000;
          await feed.schemas.look(feed.nowMs);
        }
      };
      await send(OLD, 20);
      await send(RENAMED, 20);
      await run.close();
      await feed.schemas.look(feed.nowMs, true);
      const before = await kept();
      await emptyStore(store.database);
      const mapping = liveMapping([], "test");
      const schemas = new LiveSchemas({ database, mapping, log: SILENT_LOG });
      const blocks = readNormalised(
        directory.path,
        run.runId,
        { part: 0, offset: 0 },
        null,
        mapping.normalise,
        { ...tools, clock: REAL_CLOCK },
        schemas,
      );
      for await (const _ of blocks);
      expect(before).toHaveLength(2);
      expect(await kept()).toEqual(before);
    });
  });
}
