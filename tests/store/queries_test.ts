import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isoUtc } from "../../src/model/iso_time.ts";
import { FLAG_FUTURE, type Reading, type ReadingJson } from "../../src/model/reading.ts";
import { FINEST_TIERS, type Tiers } from "../../src/model/rollup.ts";
import { deriveFrom } from "../../src/rollup/fold.ts";
import { EVERY_ALERT, queryAlertPage } from "../../src/store/queries/alert_pages.ts";
import { acknowledgeAlert, loadOpenAlerts } from "../../src/store/queries/alerts.ts";
import { queryDeadLetters } from "../../src/store/queries/dead_letters.ts";
import { type HeatmapQuery, queryHeatmap } from "../../src/store/queries/heatmap.ts";
import { queryHistogram } from "../../src/store/queries/histogram.ts";
import {
  type HostJson,
  type HostSort,
  queryHost,
  queryHosts,
} from "../../src/store/queries/hosts.ts";
import { queryLiveSeed } from "../../src/store/queries/live_seed.ts";
import { type OddQuery, queryOddReadings } from "../../src/store/queries/odd_readings.ts";
import { queryReadings, type ReadingsQuery } from "../../src/store/queries/readings.ts";
import { countRowsByRegion, queryRegions } from "../../src/store/queries/regions.ts";
import {
  queryRegionSeries,
  querySeries,
  type SeriesQuery,
} from "../../src/store/queries/series.ts";
import { queryTimeline } from "../../src/store/queries/timeline.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import {
  checkpoint,
  deadLetter,
  failureOf,
  LIVE_ORIGIN,
  liveBatch,
  manyReadings,
  opened,
  reading,
} from "./fixtures.ts";

/** 2,000 readings in 2,000 s from here, then a few of the last minute. */
const FROM_MS = Date.UTC(2025, 10, 21, 12);
const NOW_MS = FROM_MS + 2_000_000;
const HISTORY = manyReadings(2_000, FROM_MS);
const LAST: readonly Reading[] = [
  // Another reading of a host, without its temperature; and one from the future.
  reading({ host_id: "us-cloud-0", atMs: NOW_MS - 500, temp_c: null, cpu_load: 1, offset: 1e6 }),
  reading({
    host_id: "us-cloud-0",
    atMs: NOW_MS + 3_600_000,
    cpu_load: 99,
    flags: FLAG_FUTURE,
    offset: 1e6 + 1,
  }),
];
const ALL = [...HISTORY, ...LAST];
/** Each has a third of the readings: what is asked must not depend on how they are rolled up. */
const TIERS: readonly Tiers[] = [
  FINEST_TIERS,
  { regionS: 60, hostS: 300 },
  { regionS: 3600, hostS: 3600 },
];
const HOT = opened({ id: "a", hostId: "us-cloud-2", openedAtMs: NOW_MS - 9000 });

afterAll(stopStores);

for (const kind of await storesUnderTest()) {
  describe(`queries on ${kind.name}`, () => {
    let store: OpenStore;
    beforeAll(async () => {
      store = await kind.open();
      const writer = new StoreWriter(store.database);
      let from = checkpoint(0);
      for (const [nth, tiers] of TIERS.entries()) {
        const readings = ALL.filter((_, index) => index % TIERS.length === nth);
        const to = checkpoint(nth + 1);
        const derive = (accepted: readonly Reading[]) => deriveFrom(accepted, tiers);
        await writer.commitLive(liveBatch({ from, to, readings, tiers, derive }));
        from = to;
      }
      await writer.commitLive(liveBatch({
        from,
        to: checkpoint(10),
        readings: [],
        deadLetters: [deadLetter(), deadLetter({ offset: 300, code: "missing_field" })],
        alerts: [
          HOT,
          opened({
            id: "b",
            hostId: "us-cloud-2",
            openedAtMs: NOW_MS - 8000,
            severity: "warning",
            closedAtMs: NOW_MS - 7000,
            closedBy: "cleared",
          }),
        ],
      }));
    }, 60_000);
    afterAll(() => store.close());

    test("regions say hosts, rows and newest, and leave the future out of newest", async () => {
      const [germany, usa] = await queryRegions(store.database, NOW_MS);
      expect(germany).toMatchObject({
        region: "Germany",
        hosts: 5,
        rows: 1000,
        newest: isoUtc(HISTORY.at(-1)!.atMs),
      });
      expect(usa).toMatchObject({ region: "USA", hosts: 3, rows: 1002 });
      expect(usa?.newest).toBe(isoUtc(NOW_MS - 500));
    });

    test("a time line counts what the rows do, whatever its steps", async () => {
      for (const [fromMs, toMs] of [[null, null], [FROM_MS + 12_345, NOW_MS - 1]] as const) {
        for (const points of [1, 7, 40, 300]) {
          const line = await queryTimeline(store.database, { fromMs, toMs, points });
          expect(line.t.length).toBeLessThanOrEqual(points + 1);
          const within = (index: number) => (one: Reading) =>
            Math.floor(one.atMs / line.step_ms) * line.step_ms === line.t[index];
          expect(line.count).toEqual(line.t.map((_, index) => ALL.filter(within(index)).length));
          expect(line).toMatchObject({ first: FROM_MS, head: NOW_MS - 500 });
        }
      }
    });

    test("regions' last minute agrees with the rows", async () => {
      const [germany] = await queryRegions(store.database, NOW_MS);
      const loads = HISTORY
        .filter((one) => one.region === "Germany" && one.atMs >= NOW_MS - 60_000)
        .map((one) => one.cpu_load!);
      expect(germany?.last_minute.cpu_load?.mean).toBeCloseTo(mean(loads), 9);
      expect(germany?.last_minute.cpu_load?.max).toBe(Math.max(...loads));
      expect(germany?.last_minute.voltage).toBeNull();
    });

    test("a region without a reading in the last minute has nulls, not zeros", async () => {
      const [germany] = await queryRegions(store.database, NOW_MS + 86_400_000);
      expect(germany?.last_minute).toEqual({
        temp_c: null,
        cpu_load: null,
        voltage: null,
        power_watts: null,
      });
    });

    test("rows by region count every reading once", async () => {
      expect(await countRowsByRegion(store.database)).toEqual({ Germany: 1000, USA: 1002 });
    });

    for (const points of [2000, 500, 200, 67, 30, 5, 1]) {
      test(`a region's series of ${points} points equals the one made from rows`, async () => {
        await expectSeries({ region: "USA", points });
      });
      test(`a host's series of ${points} points equals the one made from rows`, async () => {
        await expectSeries({ region: null, hostId: "DE-HPC-3", points });
      });
    }

    const expectSeries = async (change: Partial<SeriesQuery>) => {
      const query: SeriesQuery = {
        metric: "temp_c",
        region: null,
        hostId: null,
        fromMs: FROM_MS + 1_234,
        toMs: NOW_MS,
        points: 100,
        ...change,
      };
      const series = await querySeries(store.database, query);
      const { step_ms, t } = series;
      expect(t.length).toBeLessThanOrEqual(query.points + 1);
      expect(t[0]! % step_ms).toBe(0);
      expect(t[0]!).toBeLessThanOrEqual(query.fromMs);
      expect(t.at(-1)! + step_ms).toBeGreaterThanOrEqual(query.toMs);
      const expected = t.map((atMs) =>
        ALL.filter((one) =>
          one.temp_c !== null && one.atMs >= atMs && one.atMs < atMs + step_ms &&
          (query.region === null || one.region === query.region) &&
          (query.hostId === null || one.host_id === query.hostId)
        ).map((one) => one.temp_c!)
      );
      expect([...series.count]).toEqual(expected.map((values) => values.length));
      expect([...series.min]).toEqual(
        expected.map((values) => values.length === 0 ? null : Math.min(...values)),
      );
      expect([...series.max]).toEqual(
        expected.map((values) => values.length === 0 ? null : Math.max(...values)),
      );
      series.mean.forEach((value, index) => {
        const values = expected[index]!;
        if (values.length === 0) expect(value).toBeNull();
        else expect(value).toBeCloseTo(mean(values), 5);
      });
    };

    test("regions' series asked for together are those of each, in the order asked for", async () => {
      for (const points of [2_000, 200, 5]) {
        const query = { metric: "temp_c", fromMs: FROM_MS + 1_234, toMs: NOW_MS, points } as const;
        const regions = ["USA", "Mars", "Germany"];
        const each = regions.map((region) =>
          querySeries(store.database, { ...query, region, hostId: null })
        );
        expect(await queryRegionSeries(store.database, query, regions))
          .toEqual(await Promise.all(each));
      }
    });

    test("a series of nothing is nulls of the asked length", async () => {
      const series = await querySeries(store.database, {
        metric: "voltage",
        region: "Mars",
        hostId: null,
        fromMs: FROM_MS,
        toMs: FROM_MS + 300_000,
        points: 30,
      });
      expect(series).toEqual({
        step_ms: 10_000,
        t: Array.from({ length: 30 }, (_, index) => FROM_MS + index * 10_000),
        mean: new Array(30).fill(null),
        min: new Array(30).fill(null),
        max: new Array(30).fill(null),
        count: new Array(30).fill(0),
      });
    });

    for (const metric of ["temp_c", "cpu_load", "voltage", "power_watts"] as const) {
      test(`the histogram of ${metric} counts every value in its bin`, async () => {
        const range = { fromMs: FROM_MS, toMs: NOW_MS + 7_200_000 };
        const { edges, counts } = await queryHistogram(store.database, {
          metric,
          region: null,
          bins: 20,
          ...range,
        });
        expect(edges.length).toBeGreaterThan(5);
        expect(edges.length).toBeLessThanOrEqual(21);
        for (const region of Object.keys(counts)) {
          const values = ALL.filter((one) => one.region === region).map((one) => one[metric])
            .filter((value) => value !== null);
          expect(counts[region]).toEqual(
            edges.slice(0, -1).map((edge, index) =>
              values.filter((value) => value >= edge && value < edges[index + 1]!).length
            ),
          );
        }
        const regionsThatMeasure = new Set(
          ALL.filter((one) => one[metric] !== null).map((one) => one.region),
        );
        expect(Object.keys(counts)).toEqual([...regionsThatMeasure].sort());
      });
    }

    test("a histogram of nothing has no edges", async () => {
      const query = { region: null, fromMs: 0, toMs: 1000, bins: 10 };
      for (const metric of ["temp_c", "voltage"] as const) {
        expect(await queryHistogram(store.database, { metric, ...query }))
          .toEqual({ edges: [], counts: {} });
      }
    });

    for (const points of [500, 200, 67, 30, 5, 1]) {
      test(`a heatmap of ${points} points equals the one made from rows`, async () => {
        for (const region of [null, "USA"]) await expectHeatmap({ region, points });
        await expectHeatmap({ points, bins: 4 });
      });
    }

    const expectHeatmap = async (change: Partial<HeatmapQuery>) => {
      const range = { fromMs: FROM_MS + 1_234, toMs: NOW_MS };
      const query = { region: null, points: 100, bins: 20, ...range, ...change };
      const { step_ms, t, edges, counts } = await queryHeatmap(store.database, query);
      expect(t.length).toBeLessThanOrEqual(query.points + 1);
      expect(t[0]! % step_ms).toBe(0);
      expect(t[0]!).toBeLessThanOrEqual(query.fromMs);
      expect(t.at(-1)! + step_ms).toBeGreaterThanOrEqual(query.toMs);
      expect(edges.length).toBeGreaterThan(query.bins / 2);
      expect(edges.length).toBeLessThanOrEqual(query.bins + 1);
      const values = ALL.filter(({ region: name, temp_c }) =>
        temp_c !== null && (query.region === null || name === query.region)
      );
      expect(counts).toEqual(t.map((atMs) => {
        const bucket = values.filter((one) => one.atMs >= atMs && one.atMs < atMs + step_ms);
        return edges.slice(0, -1).map((edge, bin) =>
          bucket.filter(({ temp_c }) => temp_c! >= edge && temp_c! < edges[bin + 1]!).length
        );
      }));
    };

    const flagged = { timestamp: isoUtc(NOW_MS + 3_600_000), flags: ["future"] };

    for (const hostId of [null, "us-cloud-0"]) {
      test(`readings of ${hostId ?? "all hosts"} say what is odd about their time if asked`, async () => {
        const query = {
          region: null,
          hostId,
          fromMs: NOW_MS - 60_000,
          toMs: null,
          limit: 100,
          order: "desc",
        } as const;
        const told = (await Array.fromAsync(
          queryReadings(store.database, { ...query, withFlags: true }),
        )).flat();
        expect(told[0]).toMatchObject(flagged);
        expect(told.filter((one) => "flags" in one)).toHaveLength(1);
        expect(told.length).toBeGreaterThan(1);
        const plain = (await Array.fromAsync(queryReadings(store.database, query))).flat();
        expect(plain).toEqual(told.map(({ flags: _, ...seven }) => seven));
      });
    }

    test("a host's readings with an odd time are found by themselves", async () => {
      const ask = (change: Partial<OddQuery>) =>
        queryOddReadings(store.database, {
          hostId: "us-cloud-0",
          region: "USA",
          fromMs: FROM_MS,
          toMs: NOW_MS + 86_400_000,
          limit: 5,
          ...change,
        });
      expect(await ask({})).toEqual([flagged] as never);
      expect(await ask({ region: null })).toHaveLength(1);
      for (const none of [{ region: "Mars" }, { hostId: "us-cloud-2" }, { toMs: NOW_MS }]) {
        expect(await ask(none)).toEqual([]);
      }
    });

    test("a heatmap of nothing has its buckets and no edges", async () => {
      const range = { fromMs: FROM_MS, toMs: FROM_MS + 30_000 };
      for (const region of ["Mars", null]) {
        const far = region === null ? 86_400_000 : 0;
        const asked = { fromMs: range.fromMs - far, toMs: range.toMs - far };
        expect(await queryHeatmap(store.database, { region, points: 3, bins: 10, ...asked }))
          .toEqual({
            step_ms: 10_000,
            t: [0, 1, 2].map((index) => asked.fromMs + index * 10_000),
            edges: [],
            counts: [[], [], []],
          });
      }
    });

    const hosts = async (sort: HostSort, limit: number, region: string | null = null) => {
      const seen: HostJson[] = [];
      for (let after: string | null = null;;) {
        const page = await queryHosts(store.database, {
          region,
          part: null,
          sort,
          limit,
          after,
          nowMs: NOW_MS,
        });
        seen.push(...page.hosts);
        if (page.next === null) return seen;
        expect(page.hosts).toHaveLength(limit);
        after = page.next;
      }
    };

    test("a host shows its newest values, merged over nulls, without the future", async () => {
      const [host] = await hosts("host_id", 10, "USA");
      const before = HISTORY.filter((one) => one.host_id === "us-cloud-0" && one.temp_c !== null);
      expect(host).toMatchObject({
        host_id: "us-cloud-0",
        timestamp: isoUtc(NOW_MS - 500),
        cpu_load: 1,
        temp_c: before.at(-1)!.temp_c,
        power_watts: null,
        state: "ok",
      });
    });

    test("a host with an open alert shows it and its severity", async () => {
      const host = (await hosts("state", 10))[0];
      expect(host).toMatchObject({ host_id: "us-cloud-2", state: "critical" });
      expect(host?.alerts.map((one) => one.id)).toEqual(["a"]);
    });

    test("a silent host is stale, whatever its alerts", async () => {
      const { hosts } = await queryHosts(store.database, {
        region: null,
        part: null,
        sort: "state",
        limit: 10,
        after: null,
        nowMs: NOW_MS + 120_000,
      });
      expect(new Set(hosts.map((one) => one.state))).toEqual(new Set(["stale"]));
    });

    for (const sort of ["host_id", "state", "newest", "temp_c", "power_watts"] as const) {
      test(`pages of hosts by ${sort} give each host once, in the order of one page`, async () => {
        const whole = await hosts(sort, 100);
        expect(whole).toHaveLength(8);
        for (const limit of [1, 3, 8]) expect(await hosts(sort, limit)).toEqual(whole);
      });
    }

    test("hosts by a part of their name: letters of any size, in any order, page by page", async () => {
      const named = async (part: string, sort: HostSort = "host_id", after: string | null = null) =>
        await queryHosts(store.database, {
          region: null,
          part,
          sort,
          limit: 2,
          after,
          nowMs: NOW_MS,
        });
      const names = ({ hosts }: { hosts: readonly HostJson[] }) => hosts.map((one) => one.host_id);
      expect(names(await named("US-Cloud-2"))).toEqual(["us-cloud-2"]);
      expect(names(await named("%"))).toEqual([]);
      for (const sort of ["host_id", "state", "temp_c"] as const) {
        const first = await named("cloud", sort);
        const second = await named("cloud", sort, first.next);
        const both = [...names(first), ...names(second)];
        const all = (await hosts(sort, 100)).filter((one) => one.host_id.includes("cloud"));
        expect(both).toEqual(all.map((one) => one.host_id).slice(0, 4));
      }
    });

    test("hosts by temperature come hottest first, the unmeasured last", async () => {
      const values = (await hosts("temp_c", 100)).map((one) => one.temp_c ?? -Infinity);
      expect(values).toEqual(values.toSorted((a, b) => b - a));
    });

    test("a made-up page mark is refused", async () => {
      const query = { region: null, part: null, sort: "host_id", limit: 1, nowMs: NOW_MS } as const;
      for (const after of ["x", "W10", btoa(JSON.stringify(["state", "a", "b", "1"]))]) {
        expect(await failureOf(queryHosts(store.database, { ...query, after }))).toBeInstanceOf(
          RangeError,
        );
      }
    });

    test("one host in detail has its rows and its closed alerts too", async () => {
      const [host] = await queryHost(store.database, "us-cloud-2", null, NOW_MS);
      const rows = ALL.filter((one) => one.host_id === "us-cloud-2").length;
      expect(host?.rows).toBe(rows);
      expect(host?.alerts.map((one) => one.id)).toEqual(["a"]);
      expect(host?.recent_alerts.map((one) => one.id)).toEqual(["b", "a"]);
      expect(await queryHost(store.database, "nobody", null, NOW_MS)).toEqual([]);
    });

    const readings = async (change: Partial<ReadingsQuery>) => {
      const rows: ReadingJson[] = [];
      const query: ReadingsQuery = {
        region: null,
        hostId: null,
        fromMs: null,
        toMs: null,
        limit: 1e6,
        order: "asc",
        ...change,
      };
      for await (const page of queryReadings(store.database, query)) rows.push(...page);
      return rows;
    };

    test("readings have exactly the seven columns", async () => {
      const [first] = await readings({ limit: 1 });
      expect(Object.keys(first!)).toEqual([
        "host_id",
        "region",
        "timestamp",
        "temp_c",
        "cpu_load",
        "voltage",
        "power_watts",
      ]);
    });

    test("readings obey region, host, range, limit and order", async () => {
      expect(await readings({})).toHaveLength(ALL.length);
      expect((await readings({ region: "Germany" })).every((one) => one.region === "Germany"))
        .toBe(true);
      expect(await readings({ hostId: "DE-HPC-3" })).toHaveLength(200);
      const range = { fromMs: FROM_MS + 10_000, toMs: FROM_MS + 20_000 };
      const ten = await readings(range);
      expect(ten.map((one) => one.timestamp)).toEqual(
        HISTORY.slice(10, 20).map((one) => isoUtc(one.atMs)),
      );
      expect(await readings({ ...range, order: "desc" })).toEqual(ten.toReversed());
      expect(await readings({ ...range, limit: 3 })).toEqual(ten.slice(0, 3));
    });

    test("readings come once each over many pages, also where times are equal", async () => {
      const many = await kind.open();
      const equal = manyReadings(12_345).map((one) => ({
        ...one,
        atMs: FROM_MS + (one.offset % 3) * 1000,
        power_watts: one.offset,
      }));
      await new StoreWriter(many.database).commitLive(liveBatch({ readings: equal }));
      for (const order of ["asc", "desc"] as const) {
        const seen: number[] = [];
        const query = {
          region: null,
          hostId: null,
          fromMs: null,
          toMs: null,
          limit: 12_000,
          order,
        };
        for await (const page of queryReadings(many.database, query)) {
          seen.push(...page.map((one) => one.power_watts!));
        }
        expect(seen).toHaveLength(12_000);
        expect(new Set(seen).size).toBe(12_000);
      }
      await many.close();
    }, 60_000);

    test("alerts list the open ones first and filter by state", async () => {
      const ids = async (state: "open" | "closed" | null) =>
        (await queryAlertPage(store.database, { ...EVERY_ALERT, state, limit: 10 })).map((one) =>
          one.id
        );
      expect(await ids(null)).toEqual(["a", "b"]);
      expect(await ids("open")).toEqual(["a"]);
      expect(await ids("closed")).toEqual(["b"]);
      expect(await loadOpenAlerts(store.database)).toEqual([HOT.alert]);
    });

    test("an alert is acknowledged once, and an unknown one not at all", async () => {
      await store.database.query("update rackwatch.alerts set acknowledged_at = null");
      const first = await acknowledgeAlert(store.database, "b", NOW_MS);
      expect(first?.acknowledged).toBe(isoUtc(NOW_MS));
      expect(await acknowledgeAlert(store.database, "b", NOW_MS + 5)).toEqual(first);
      expect(await acknowledgeAlert(store.database, "zzz", NOW_MS)).toBeNull();
    });

    test("dead letters come newest first, with file and offset", async () => {
      expect(await queryDeadLetters(store.database, 1)).toMatchObject([{
        source: LIVE_ORIGIN.path,
        source_name: "feed",
        run_id: LIVE_ORIGIN.runId,
        offset: 300,
        code: "missing_field",
        raw: "{oops",
      }]);
    });

    test("the live seed holds newest values, newest readings, open alerts and rows", async () => {
      const seed = await queryLiveSeed(store.database);
      expect(seed.hosts).toHaveLength(8);
      expect(seed.hosts.find((one) => one.host_id === "us-cloud-0"))
        .toMatchObject({ atMs: NOW_MS - 500, cpu_load: 1 });
      expect(seed.newest).toHaveLength(50);
      expect(seed.newest[0]?.timestamp).toBe(
        isoUtc(HISTORY.at(-1)!.atMs > NOW_MS - 500 ? HISTORY.at(-1)!.atMs : NOW_MS - 500),
      );
      expect(seed.openAlerts.map((one) => one.id)).toEqual(["a"]);
      expect(seed.rowsByRegion).toEqual({ Germany: 1000, USA: 1002 });
    });
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
