import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { FLAG_DST, FLAG_LATE, type Reading } from "../../src/model/reading.ts";
import { FINEST_TIERS, REGION_TIERS_S, type Tiers } from "../../src/model/rollup.ts";
import { deriveFrom } from "../../src/rollup/fold.ts";
import type { Database, SqlValue } from "../../src/store/database.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { LATE_READINGS } from "../../src/store/migrations/0018_late_readings.ts";
import { queryHeatmap } from "../../src/store/queries/heatmap.ts";
import { queryHistogram } from "../../src/store/queries/histogram.ts";
import { querySeries, type SeriesQuery } from "../../src/store/queries/series.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { checkpoint, liveBatch, manyReadings } from "./fixtures.ts";

setDefaultTimeout(60_000);
afterAll(stopStores);

const FROM_MS = Date.UTC(2025, 10, 21, 12, 0, 7);
const TO_MS = FROM_MS + 3_000_000;
/** A seventh is late, some of it doubly odd; some is odd and not late. */
const READINGS: readonly Reading[] = manyReadings(3_000, FROM_MS).map((one, index) => ({
  ...one,
  flags: (index % 7 === 3 ? FLAG_LATE : 0) | (index % 4 === 3 ? FLAG_DST : 0),
}));
const LATE = READINGS.filter(({ flags }) => (flags & FLAG_LATE) !== 0);
const WHOLE = { region: null, fromMs: FROM_MS, toMs: TO_MS, withLate: true } as const;

async function fill(database: Database): Promise<void> {
  const writer = new StoreWriter(database);
  const tiers: readonly Tiers[] = [FINEST_TIERS, { regionS: 3600, hostS: 3600 }, FINEST_TIERS];
  for (const [nth, each] of tiers.entries()) {
    const readings = READINGS.filter((_, index) => Math.floor(index / 100) % 3 === nth);
    await writer.commitLive(liveBatch({
      from: checkpoint(nth),
      to: checkpoint(nth + 1),
      readings,
      tiers: each,
      derive: (accepted) => nth === 2 ? null : deriveFrom(accepted, each),
    }));
  }
}

for (const kind of await storesUnderTest()) {
  describe(`late readings on ${kind.name}`, () => {
    let store: OpenStore;
    beforeAll(async () => {
      store = await kind.open();
      await fill(store.database);
    });
    afterAll(() => store.close());
    const series = (change: Partial<SeriesQuery>) =>
      querySeries(store.database, {
        ...WHOLE,
        metric: "temp_c",
        hostId: null,
        points: 300,
        ...change,
      });

    for (const region of ["USA", null]) {
      for (const points of [3_000, 300, 50, 5, 1]) {
        test(`a series of ${region ?? "all"} in ${points} counts them bucket by bucket`, async () => {
          const { step_ms, t, late } = await series({ region, points });
          const own = LATE.filter((one) => region === null || one.region === region);
          const within = (atMs: number) => (one: Reading) =>
            Math.floor(one.atMs / step_ms) * step_ms === atMs;
          expect(late).toEqual(t.map((atMs) => own.filter(within(atMs)).length));
        });
      }
    }

    test("a series that is not asked for them has none, and is else the same", async () => {
      const { late, ...told } = await series({});
      expect(late).toBeDefined();
      expect(await series({ withLate: false })).toEqual(told);
    });

    test("a heatmap counts them by bucket, a histogram by region", async () => {
      const heatmap = await queryHeatmap(store.database, { ...WHOLE, points: 50, bins: 9 });
      expect(heatmap.late).toHaveLength(heatmap.t.length);
      expect(heatmap.late!.reduce((sum, each) => sum + each, 0)).toBe(LATE.length);
      const histogram = await queryHistogram(store.database, {
        ...WHOLE,
        metric: "temp_c",
        bins: 9,
      });
      expect(histogram.late).toEqual({
        Germany: LATE.filter((one) => one.region === "Germany").length,
        USA: LATE.filter((one) => one.region === "USA").length,
      });
    });

    test("an older store's are counted from its rows", async () => {
      const rows = () =>
        store.database.query("select * from rackwatch.late_readings order by 1, 2, 3");
      const before = await rows();
      expect(new Set(before.map((row) => row["step_s"]))).toEqual(new Set(REGION_TIERS_S));
      await store.database.transact(
        ["drop table rackwatch.late_readings", ...LATE_READINGS].map((text) => ({ text })),
      );
      expect(await rows()).toEqual(before);
    });

    test("a store that is emptied knows none", async () => {
      const other = await kind.open();
      try {
        await fill(other.database);
        await emptyStore(other.database);
        expect(await other.database.query("select * from rackwatch.late_readings")).toEqual([]);
      } finally {
        await other.close();
      }
    });

    // The plan is the same; filling the other store takes long.
    if (kind.name !== "postgres") return;
    test(
      "a month of buckets that all have some is asked of 720 rows",
      async () => {
        const other = await kind.open();
        try {
          await other.database.query("insert into rackwatch.regions (region) values ('USA')");
          await other.database.query(`insert into rackwatch.late_readings
          select step_s, region_key, (${FROM_MS} / (step_s * 1000::bigint) - n) * step_s * 1000, 1
          from rackwatch.regions, unnest(array[${REGION_TIERS_S.join(", ")}]) as step_s,
            generate_series(1, 30 * 8640) as n where n <= 30 * 86400 / step_s`);
          await other.database.query("analyze rackwatch.late_readings");
          const read: number[] = [];
          const watched: Database = {
            kind: other.database.kind,
            transact: (statements) => other.database.transact(statements),
            close: () => Promise.resolve(),
            query: async <R>(text: string, values?: readonly SqlValue[]) => {
              if (text.includes("late_readings")) {
                const plan = await other.database.query(
                  `explain (analyze, timing off, costs off) ${text}`,
                  values,
                );
                const lines = plan.map((row) => String(row["QUERY PLAN"]));
                const scan = lines.find((line) => line.includes("Scan") && line.includes("late_"));
                expect(scan).not.toContain("Seq Scan");
                read.push(Number(/actual rows=(\d+)/.exec(scan ?? "")?.[1]));
              }
              return await other.database.query(text, values) as R[];
            },
          };
          const month = { fromMs: FROM_MS - 30 * 86_400_000, toMs: FROM_MS };
          const query = {
            ...WHOLE,
            ...month,
            metric: "temp_c",
            hostId: null,
            points: 720,
          } as const;
          expect((await querySeries(watched, query)).late).toHaveLength(721);
          expect(read).toEqual([720]);
        } finally {
          await other.close();
        }
      },
    );
  });
}
