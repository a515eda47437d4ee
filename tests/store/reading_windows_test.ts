import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FLAG_FUTURE, type Reading } from "../../src/model/reading.ts";
import { deriveFrom } from "../../src/rollup/fold.ts";
import type { Database, Row, SqlValue } from "../../src/store/database.ts";
import { liveEnds } from "../../src/store/queries/live_news.ts";
import { queryHistogram } from "../../src/store/queries/histogram.ts";
import {
  namesOfHosts,
  numbersOf,
  openChunks,
  takeRows,
} from "../../src/store/queries/open_chunks.ts";
import type { Wanted } from "../../src/store/queries/reading_window.ts";
import { queryReadings, type ReadingsQuery } from "../../src/store/queries/readings.ts";
import { querySeries } from "../../src/store/queries/series.ts";
import { StoreWriter } from "../../src/store/writer.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { checkpoint, LIVE_ORIGIN, liveBatch, reading } from "./fixtures.ts";

/**
 * Chunks of every shape: of one reading and of many, of a moment and of days, cut by hosts, over
 * one another in time, with equal times in different parts, and with one host's name in two regions.
 */
const FROM_MS = Date.UTC(2025, 10, 21, 12);
const BATCHES = batches();
const ALL = BATCHES.flat();

function batches(): (Reading & { readonly path: string })[][] {
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(seed / 2 ** 32 * below);
  };
  let id = 0;
  return Array.from({ length: 40 }, (_, batch) => {
    const path = `${LIVE_ORIGIN.path}${batch % 3}`;
    const size = batch % 13 === 0 ? 1_500 : 1 + random(60);
    return Array.from({ length: size }, () => {
      const isLate = batch % 5 === 4 && random(4) === 0;
      const isFuture = random(50) === 0;
      const atMs = FROM_MS + batch * 700 + random(5) * 250 -
        (isLate ? random(3 * 86_400_000) : 0) + (isFuture ? 3_600_000 : 0);
      const region = random(2) === 0 ? "USA" : "Germany";
      return {
        ...reading({
          host_id: `host-${random(batch % 13 === 0 ? 40 : 6)}`,
          region,
          atMs,
          cpu_load: random(3) === 0 ? null : random(1000) / 10,
          power_watts: id,
          flags: isFuture ? FLAG_FUTURE : 0,
          offset: id++ * 100,
        }),
        path,
      };
    });
  });
}

const EVERYTHING: ReadingsQuery = {
  region: null,
  hostId: null,
  fromMs: null,
  toMs: null,
  limit: 1e6,
  order: "desc",
};

afterAll(stopStores);

for (const kind of await storesUnderTest()) {
  describe(`readings over chunks of every shape on ${kind.name}`, () => {
    let store: OpenStore;
    beforeAll(async () => {
      store = await kind.open();
      const writer = new StoreWriter(store.database);
      let at = 0;
      for (const readings of BATCHES) {
        await writer.commitLive(liveBatch({
          origin: { ...LIVE_ORIGIN, path: readings[0]!.path },
          readings,
          from: checkpoint(at),
          to: checkpoint(at += readings.length),
          derive: deriveFrom,
        }));
      }
    }, 60_000);
    afterAll(() => store.close());

    const ids = async (query: ReadingsQuery, pageRows: number, openReadingsMax?: number) => {
      const found: number[] = [];
      for await (const page of queryReadings(store.database, query, pageRows, openReadingsMax)) {
        expect(page.length).toBeGreaterThan(0);
        expect(page.length).toBeLessThanOrEqual(pageRows);
        found.push(...page.map((one) => one.power_watts!));
      }
      return found;
    };
    const timeMs = fc.oneof(
      fc.constant(null),
      fc.integer({ min: FROM_MS - 1_000, max: FROM_MS + 40_000 }),
      fc.integer({ min: FROM_MS - 3 * 86_400_000, max: FROM_MS + 4_000_000 }),
      fc.nat(ALL.length - 1).map((index) => ALL[index]!.atMs),
    );
    const anyQuery = fc.record({
      region: fc.constantFrom(null, "USA", "Germany", "Mars"),
      hostId: fc.constantFrom(null, "host-0", "host-5", "host-39", "nobody"),
      fromMs: timeMs,
      toMs: timeMs,
      limit: fc.constantFrom(1, 3, 50, 10_000),
      order: fc.constantFrom("asc" as const, "desc" as const),
      leavesOutFuture: fc.boolean(),
    });

    test("any question gives what sorting all readings gives, whatever the page", async () => {
      await fc.assert(
        fc.asyncProperty(anyQuery, fc.constantFrom(2, 17, 500), async (query, pageRows) => {
          const few = { ...query, limit: Math.min(query.limit, pageRows * 25) };
          expect(await ids(few, pageRows)).toEqual(expectedIds(few));
        }),
        { numRuns: 150, seed: 1 },
      );
    }, 120_000);

    test("the server's order is the same, where chunks hold too many to be opened", async () => {
      await fc.assert(
        fc.asyncProperty(
          anyQuery,
          fc.constantFrom(0, 20, 1_500),
          async (query, openReadingsMax) => {
            const few = { ...query, limit: Math.min(query.limit, 2_500) };
            expect(await ids(few, 100, openReadingsMax)).toEqual(expectedIds(few));
          },
        ),
        { numRuns: 60, seed: 2 },
      );
    }, 120_000);

    const open = (readingsMax: number) => {
      const range = { fromMs: null, toMs: null };
      const wanted: Wanted = { ...range, order: "asc", regionKeys: null, hostKeys: null };
      return openChunks(store.database, wanted, range, { readingsMax, withHosts: true });
    };

    test("all chunks of a window are opened, or none where they hold too many", async () => {
      const chunks = await open(ALL.length);
      expect(chunks.reduce((sum, one) => sum + one.readings, 0)).toBe(ALL.length);
      expect(await open(ALL.length - 1)).toEqual([]);
    });

    test("rows are taken of the chunks that were opened, and none where one of them is gone", async () => {
      const chunks = await open(ALL.length);
      const wanted = chunks.map((chunk) => ({
        chunk,
        rows: [...new Set([0, chunk.readings - 1])],
      }));
      const taken = await takeRows(store.database, wanted);
      for (const [index, { path, atMs, hostKeys }] of taken!.entries()) {
        const chunk = chunks[index]!;
        const rowsOf = (column: string) => {
          const values = numbersOf(column) as number[];
          return wanted[index]!.rows.map((row) => values[row]!);
        };
        expect(path).toBe(chunk.path);
        expect(atMs).toEqual(rowsOf(chunk.at_ms).map((ms) => chunk.first_ms + ms));
        expect(hostKeys).toEqual(rowsOf(chunk.host_key!));
      }
      const [one] = wanted;
      for (const gone of [{ place: "(9999,1)" }, { writer: "1" }]) {
        const other = { ...one!, chunk: { ...one!.chunk, ...gone } };
        expect(await takeRows(store.database, [...wanted, other])).toBeNull();
      }
    });

    test("keys of hosts of another table than the store's now name nobody", async () => {
      const [chunk] = await open(ALL.length);
      const keys = numbersOf(chunk!.host_key!) as number[];
      const names = await namesOfHosts(store.database, chunk!.hosts_table, keys);
      expect(names.size).toBe(new Set(keys).size);
      expect((await namesOfHosts(store.database, chunk!.hosts_table + 1, keys)).size).toBe(0);
    });

    test("a store that is replaced between two questions is asked anew", async () => {
      const replaced: Database = {
        ...store.database,
        kind: store.database.kind,
        query: async <R extends Row>(text: string, values?: readonly SqlValue[]) => {
          const rows = await store.database.query<R>(text, values);
          return rows.map((row) => "hosts_table" in row ? { ...row, hosts_table: 1 } : row);
        },
      };
      const query = { ...EVERYTHING, limit: 40 };
      const found = (await Array.fromAsync(queryReadings(replaced, query))).flat();
      expect(found.map((one) => one.power_watts!)).toEqual(expectedIds(query));
    });

    test("both orders page through everything in windows of two, each reading once", async () => {
      for (const order of ["asc", "desc"] as const) {
        for (const hostId of ["host-3", null]) {
          const query: ReadingsQuery = {
            region: hostId === null ? "USA" : null,
            hostId,
            fromMs: FROM_MS + 300,
            toMs: FROM_MS + 8_000,
            limit: 1e6,
            order,
          };
          expect(await ids(query, 2)).toEqual(expectedIds(query));
        }
      }
    }, 120_000);

    test("a host's fine series counts each reading once, by the region asked for", async () => {
      for (const region of [null, "USA", "Germany"]) {
        for (const hostId of ["host-0", "host-5", "host-39"]) {
          const range = { fromMs: FROM_MS + 3_000, toMs: FROM_MS + 20_000 };
          const series = await querySeries(store.database, {
            metric: "cpu_load",
            region,
            hostId,
            points: 17,
            ...range,
          });
          expect(series.step_ms).toBe(1_000);
          expect([...series.count]).toEqual(
            series.t.map((atMs) =>
              ALL.filter((one) =>
                one.cpu_load !== null && one.host_id === hostId && one.atMs >= atMs &&
                one.atMs < atMs + 1_000 && (region === null || one.region === region)
              ).length
            ),
          );
        }
      }
    });

    test("a histogram of rows takes a range that cuts chunks at the millisecond", async () => {
      for (const [fromMs, toMs] of [[1_251, 9_751], [0, 500], [-86_400_000, 2_500]] as const) {
        const range = { fromMs: FROM_MS + fromMs, toMs: FROM_MS + toMs };
        const { counts } = await queryHistogram(store.database, {
          metric: "cpu_load",
          region: "USA",
          bins: 10,
          ...range,
        });
        const total = (counts["USA"] ?? []).reduce((sum, one) => sum + one, 0);
        expect(total).toBe(
          ALL.filter((one) =>
            one.region === "USA" && one.cpu_load !== null && one.atMs >= range.fromMs &&
            one.atMs < range.toMs
          ).length,
        );
      }
    });

    test("live parts end at the last place of what is new enough", async () => {
      const parts = await store.database.query<{ origin_key: number; path: string }>(
        "select origin_key, path from rackwatch.origins",
      );
      for (const fromMs of [FROM_MS - 1e9, FROM_MS + 10_000.5, FROM_MS + 20_250, FROM_MS + 1e10]) {
        const ends = new Map<string, number>();
        for (const { path, atMs, offset } of ALL) {
          if (atMs >= fromMs) ends.set(path, Math.max(offset, ends.get(path) ?? 0));
        }
        const found = await liveEnds(store.database, fromMs);
        expect(
          new Map(parts.flatMap(({ path, origin_key }) => {
            const end = found.get(origin_key);
            return end === undefined ? [] : [[path, end] as const];
          })),
        ).toEqual(new Map([...ends].sort()));
      }
    });
  });
}

function expectedIds(query: ReadingsQuery): number[] {
  const sign = query.order === "asc" ? 1 : -1;
  return ALL.filter((one) =>
    (query.region === null || one.region === query.region) &&
    (query.hostId === null || one.host_id === query.hostId) &&
    (query.fromMs === null || one.atMs >= query.fromMs) &&
    (query.toMs === null || one.atMs < query.toMs) &&
    (query.leavesOutFuture !== true || one.flags === 0)
  ).toSorted((a, b) =>
    sign * (a.atMs - b.atMs || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) ||
      a.offset - b.offset)
  ).slice(0, query.limit).map((one) => one.power_watts!);
}
