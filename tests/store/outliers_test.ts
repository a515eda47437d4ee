/** Which hosts are off what is usual for them, on both stores and whatever the tiers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Reading } from "../../src/model/reading.ts";
import { FINEST_TIERS, type Tiers } from "../../src/model/rollup.ts";
import { deriveFrom } from "../../src/rollup/fold.ts";
import { queryOutliers, scoreOf } from "../../src/store/queries/outliers.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { liveBatch, reading } from "./fixtures.ts";

const MINUTE_MS = 60_000;
const NOW_MS = Date.UTC(2025, 10, 21, 12);
const FROM_MS = NOW_MS - 30 * MINUTE_MS;

/** Eight hours of a few hosts; in the last half hour one is hot, one is steady at its edge. */
const READINGS: readonly Reading[] = Array.from({ length: 480 }, (_, index) => {
  const atMs = NOW_MS - (480 - index) * MINUTE_MS;
  const usual = 40 + index % 21;
  const isLast = atMs >= FROM_MS;
  const temperatures: Record<string, number> = {
    calm: usual,
    hot: isLast ? usual + 30 : usual,
    edge: isLast ? 60 : usual,
    ...(isLast ? { fresh: 90 } : {}),
  };
  return Object.entries(temperatures).map(([host_id, temp_c], place) =>
    reading({ host_id, temp_c, atMs, offset: (index * 4 + place) * 120 })
  );
}).flat();

test("a score is 0 for what is as ever, 1 at the edge of the range, more outside", () => {
  const usual = { mean: 50, min: 40, max: 60 };
  expect(scoreOf(usual, usual)).toBe(0);
  expect(scoreOf({ mean: 60, min: 60, max: 60 }, usual)).toBe(1);
  expect(scoreOf({ mean: 50, min: 30, max: 70 }, usual)).toBe(2);
  expect(scoreOf({ mean: 51, min: 51, max: 51 }, { mean: 50, min: 50, max: 50 })).toBe(4);
});

afterAll(stopStores);

for (const kind of await storesUnderTest()) {
  const thin: Tiers = { regionS: 3600, hostS: 3600 };
  for (const tiers of [FINEST_TIERS, thin]) {
    describe(`outliers on ${kind.name}, rolled up from ${tiers.hostS} s`, () => {
      let store: OpenStore;
      beforeAll(async () => {
        store = await kind.open();
        const derive = (readings: readonly Reading[]) => deriveFrom(readings, tiers);
        await new StoreWriter(store.database)
          .commitLive(liveBatch({ readings: READINGS, tiers, derive }));
      }, 60_000);
      afterAll(() => store.close());

      test("come the furthest off first, a new host against its region", async () => {
        const query = { metric: "temp_c", fromMs: FROM_MS, toMs: NOW_MS, limit: 10 } as const;
        const hosts = await queryOutliers(store.database, query);
        expect(hosts.map(({ host_id }) => host_id)).toEqual(["fresh", "hot", "edge", "calm"]);
        const of = (id: string) => READINGS.filter((one) => one.host_id === id);
        const hot = of("hot").filter((one) => one.atMs >= FROM_MS).map((one) => one.temp_c!);
        const before = of("hot").filter((one) => one.atMs < NOW_MS - 60 * MINUTE_MS)
          .map((one) => one.temp_c!);
        const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
        expect(hosts[1]).toMatchObject({ max: Math.max(...hot), usual_min: 40, usual_max: 60 });
        expect(hosts[1]!.value).toBeCloseTo(mean(hot), 6);
        expect(hosts[1]!.usual_mean).toBeCloseTo(mean(before), 6);
        expect(hosts[3]!.score).toBeLessThan(0.1);
        expect(await queryOutliers(store.database, { ...query, limit: 1 })).toEqual([hosts[0]!]);
      });

      test("are none where nothing was measured", async () => {
        const query = { metric: "power_watts", fromMs: FROM_MS, toMs: NOW_MS, limit: 10 } as const;
        expect(await queryOutliers(store.database, query)).toEqual([]);
      });
    });
  }
}
