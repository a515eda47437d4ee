import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { FLAG_FUTURE, type Reading } from "../../src/model/reading.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { mergeChunks, SmallBatches } from "../../src/store/merge_chunks.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { FINEST_TIERS, type Tiers } from "../../src/model/rollup.ts";
import { deriveFrom, RollupFold } from "../../src/rollup/fold.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { checkpoint, liveBatch, manyReadings, reading, START_MS } from "./fixtures.ts";
import { rollupRows } from "./rollup_rows.ts";

afterAll(stopStores);

const THIN: Tiers = { regionS: 60, hostS: 60 };

/** Many hosts in two regions, nulls, and some flags. */
const READINGS: readonly Reading[] = manyReadings(4_000).map((one, index) => ({
  ...one,
  host_id: `${one.host_id}-${index * 7 % 90}`,
  atMs: START_MS + index,
  flags: index % 1_000 === 5 ? FLAG_FUTURE : 0,
}));
const BATCH = 100;

for (const kind of await storesUnderTest()) {
  describe(`chunks of small batches on ${kind.name}`, () => {
    let store: OpenStore;
    let writer: StoreWriter;
    beforeAll(async () => void (store = await kind.open()), 60_000);
    afterAll(() => store.close());
    beforeEach(async () => {
      await emptyStore(store.database);
      writer = new StoreWriter(store.database);
    });

    const batch = (at: number, readings = READINGS.slice(at, at + BATCH)) =>
      liveBatch({
        readings,
        tiers: THIN,
        from: checkpoint(at * 120),
        to: checkpoint((at + BATCH) * 120),
      });
    const rows = () =>
      store.database.query(
        `select at, temp_c, cpu_load, voltage, power_watts, record_offset, host_key, region_key,
          origin_key, flags from rackwatch.readings order by record_offset`,
      );
    const chunks = () =>
      store.database.query<
        Record<"first_ms" | "last_ms" | "readings" | "first_host" | "last_host", number>
      >(
        `select c.*, host_key[1] = first_host and host_key[readings] = last_host
          and cardinality(temp_c) = readings and cardinality(at_ms) = readings
          and (select min(x) = 0 and max(x) = last_ms - first_ms from unnest(at_ms) as x)
          and (select min(x) = 0 and max(x) = last_offset - first_offset
            from unnest(record_offset) as x)
          and host_key = array(select x from unnest(host_key) as x order by 1) as is_sound
        from rackwatch.chunks c order by region_key, first_host`,
      );
    const commit = async () => {
      for (let at = 0; at < READINGS.length; at += BATCH) await writer.commitLive(batch(at));
    };
    const merge = async (lateMs = 0) => {
      const [{ origin_key } = { origin_key: 0 }] = await store.database.query<
        { origin_key: number }
      >("select origin_key from rackwatch.origins");
      await store.database.transact([mergeChunks({
        originKey: origin_key,
        batches: READINGS.length / BATCH,
        tiers: THIN,
        readings: READINGS.length,
        firstOffset: 0,
        lastOffset: READINGS.at(-1)!.offset,
        firstMs: START_MS + lateMs,
        lastMs: START_MS + 4_000 + lateMs,
      })]);
    };

    test("merged chunks hold the same readings, a thousand each, ordered by host", async () => {
      await commit();
      const before = await rows();
      expect(before).toHaveLength(4_000);
      await merge();
      expect(await rows()).toEqual(before);
      const merged = await chunks();
      expect(merged.map((one) => one.readings)).toEqual([1_000, 1_000, 1_000, 1_000]);
      expect(merged.map((one) => (one as Record<string, unknown>)["is_sound"]))
        .toEqual([true, true, true, true]);
      await merge();
      expect(await rows()).toEqual(before);
    });

    test("chunks of another time are left as they are", async () => {
      await commit();
      const before = await chunks();
      await merge(3_600_000);
      expect(await chunks()).toEqual(before);
    });

    test("a late reading keeps its chunk out, and all readings stay", async () => {
      const late = READINGS.map((one) =>
        one.offset === 0 ? { ...one, atMs: START_MS - 40 * 86_400_000 } : one
      );
      for (let at = 0; at < late.length; at += BATCH) {
        await writer.commitLive(batch(at, late.slice(at, at + BATCH)));
      }
      const before = await rows();
      await merge();
      expect(await rows()).toEqual(before);
    });

    test("merged chunks are as thin in the rollups as before", async () => {
      await commit();
      await merge();
      const tiers = await store.database.query(
        "select distinct region_tier_s, host_tier_s from rackwatch.chunks",
      );
      expect(tiers).toEqual([{ region_tier_s: THIN.regionS, host_tier_s: THIN.hostS }]);
    });

    test("the writer merges what is rolled up, and nothing before", async () => {
      const fold = new RollupFold();
      const later = (readings: readonly Reading[]) => {
        fold.add(readings);
        return null;
      };
      const far = READINGS.map((one) => ({ ...one, atMs: START_MS + one.offset / 2 }));
      const parts = Array.from(
        { length: 40 },
        (_, index) => far.slice(index * BATCH, (index + 1) * BATCH),
      );
      for (const [index, readings] of parts.slice(0, 39).entries()) {
        await writer.commitLive({ ...batch(index * BATCH, readings), derive: later });
      }
      const before = (await chunks()).length;
      expect(before).toBe(39 * 2);
      await writer.commitLive({
        ...batch(39 * BATCH, parts[39]!),
        derive: (readings) => {
          fold.add(readings);
          return fold.take();
        },
      });
      const after = (await chunks()).length;
      // The last ones are not merged yet; the embedded store's stay as they are.
      if (kind.name === "postgres") expect(after).toBeLessThan(before);
      else expect(after).toBe(40 * 2);
      const gathered = await rollupRows(store.database);
      const readings = await rows();
      await emptyStore(store.database);
      writer = new StoreWriter(store.database);
      await writer.commitLive({ ...batch(0, far), derive: deriveFrom });
      expect(await rollupRows(store.database)).toEqual(gathered);
      expect((await rows()).length).toBe(readings.length);
    });
  });
}

describe("which batches are merged", () => {
  const of = (count: number, firstOffset: number, atMs = START_MS) =>
    Array.from({ length: count }, (_, index) => reading({ offset: firstOffset + index, atMs }));
  const groupsOf = (...batches: readonly (readonly [number, readonly Reading[]])[]) => {
    const small = new SmallBatches();
    for (const [originKey, readings] of batches) small.add(originKey, readings, FINEST_TIERS);
    small.add(99, of(1, 0), FINEST_TIERS);
    return small.due().map(({ originKey, batches, readings, firstOffset, lastOffset }) => ({
      originKey,
      batches,
      readings,
      firstOffset,
      lastOffset,
    }));
  };
  const row = (count: number, size: number) =>
    Array.from({ length: count }, (_, index) => [1, of(size, index * size)] as const);

  test("as many as fit into a full batch", () => {
    expect(groupsOf(...row(9, 5_000))).toEqual([
      { originKey: 1, batches: 4, readings: 20_000, firstOffset: 0, lastOffset: 19_999 },
      { originKey: 1, batches: 4, readings: 20_000, firstOffset: 20_000, lastOffset: 39_999 },
    ]);
  });

  test("not large ones, nor fewer than four", () => {
    expect(groupsOf(...row(9, 10_000))).toEqual([]);
    expect(groupsOf(...row(3, 10))).toEqual([]);
  });

  test("not over parts, and not over half a minute", () => {
    expect(groupsOf(...row(4, 10), [2, of(10, 0)])).toMatchObject([{ originKey: 1, batches: 4 }]);
    const batches = row(8, 10).map(([key, readings], index) =>
      [key, readings.map((one) => ({ ...one, atMs: START_MS + index * 8_000 }))] as const
    );
    expect(groupsOf(...batches)).toMatchObject([{ batches: 4 }, { batches: 4 }]);
  });

  test("over ten minutes where they are thin in the rollups, and not with others", () => {
    const thin: Tiers = { regionS: 10, hostS: 3600 };
    const small = new SmallBatches();
    for (let nth = 0; nth < 12; nth++) {
      small.add(1, of(10, nth * 10, START_MS + nth * 120_000), nth < 11 ? thin : FINEST_TIERS);
    }
    expect(small.due()).toMatchObject([{ batches: 6, tiers: thin }, { batches: 5, tiers: thin }]);
  });

  test("what was merged is not due again", () => {
    const small = new SmallBatches();
    for (const [key, readings] of row(9, 5_000)) small.add(key, readings, FINEST_TIERS);
    const due = small.due();
    expect(due).toHaveLength(2);
    small.merged(due);
    expect(small.due()).toEqual([]);
  });
});
