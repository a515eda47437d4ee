/** Where a reading came from, a host's alerts and the rules, on both stores, over known readings. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DEFAULT_ALERT_RULES } from "../../src/model/alert.ts";
import type { FoundRecord } from "../../src/model/origin.ts";
import type { ReadingOrigin } from "../../src/store/queries/reading_origins.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { errorCode, NOW_MS, testServer } from "./context.ts";
import { ALERT, fillStore, ODD_HOST, READINGS, RUN } from "./known_readings.ts";

afterAll(stopStores);

const FOUND: FoundRecord = {
  raw: "<b>raw</b>",
  note: null,
  offsetIs: "byte",
  mappedBy: "feed",
  mappingIs: "changed",
  mapping: [{ field: "temp_c", column: "t", value: "1", unit: "celsius", rule: "as it is" }],
};

for (const kind of await storesUnderTest()) {
  describe(`origins on ${kind.name}`, () => {
    const places: ReadingOrigin[] = [];
    let store: OpenStore;
    let server: ReturnType<typeof testServer>;
    beforeAll(async () => {
      store = await kind.open();
      await fillStore(store.database);
      server = testServer({
        database: () => store.database,
        findRecord: (place) => {
          places.push(place);
          return Promise.resolve(FOUND);
        },
      });
    }, 60_000);
    afterAll(() => store.close());

    const get = (path: string, query: Record<string, string>, on = server) =>
      on.app.request(`${path}?${new URLSearchParams(query)}`);
    const json = async (path: string, query: Record<string, string>, on = server) => {
      const response = await get(path, query, on);
      expect({ path, status: response.status }).toEqual({ path, status: 200 });
      return await response.json() as { readings: unknown[] };
    };
    const odd = READINGS.at(-1)!;
    const timestamp = new Date(odd.atMs).toISOString();

    test("a reading is told with layer, run, part, offset, raw text and rules", async () => {
      const answer = await json("/api/readings/origin", { host_id: ODD_HOST, timestamp });
      expect(answer.readings).toEqual([{
        host_id: ODD_HOST,
        region: "India",
        timestamp: "2025-11-21T11:59:53Z",
        temp_c: 55,
        cpu_load: null,
        voltage: null,
        power_watts: null,
        flags: [],
        layer: "speed",
        run_id: RUN,
        source: "feed",
        path: `live_data/${RUN}/part-000000.ndjson`,
        part: 0,
        offset: odd.offset,
        offset_is: "byte",
        raw: FOUND.raw,
        note: null,
        mapped_by: "feed",
        mapping_is: "changed",
        mapping: FOUND.mapping,
      }]);
      expect(places.at(-1)).toMatchObject({ file: null, reading: { offset: odd.offset } });
    });

    test("only readings of that host, that region and that millisecond", async () => {
      const next = new Date(odd.atMs + 1).toISOString();
      const host_id = "twin";
      const [, twin] = READINGS.filter((one) => one.host_id === "twin");
      const at = new Date(twin!.atMs).toISOString();
      const ask = (query: Record<string, string>) => json("/api/readings/origin", query);
      expect((await ask({ host_id: ODD_HOST, timestamp: next })).readings).toEqual([]);
      expect((await ask({ host_id: "nobody", timestamp })).readings).toEqual([]);
      expect((await ask({ host_id, timestamp: at })).readings.length).toBe(1);
      expect((await ask({ host_id, timestamp: at, region: "Germany" })).readings).toEqual([]);
    });

    test("without an archive the place is told, and that there is no raw text", async () => {
      const bare = testServer({ database: () => store.database });
      const query = { host_id: ODD_HOST, timestamp };
      const { readings } = await json("/api/readings/origin", query, bare);
      expect(readings).toMatchObject([{
        raw: null,
        note: expect.stringContaining("no archive"),
        mapping: [],
      }]);
    });

    test("what is missing or unknown in a question is named", async () => {
      const missing = await get("/api/readings/origin", { host_id: "a" });
      expect([missing.status, await errorCode(missing)]).toEqual([400, "missing_parameter"]);
      const later = new Date(NOW_MS + 3_600_000).toISOString();
      expect((await get("/api/alerts/host", { host_id: "a", at: later })).status).toBe(400);
      expect((await get("/api/alert-rules", { metric: "temp_c" })).status).toBe(400);
    });

    test("a host's alerts are its own, and as they were at a moment", async () => {
      const host_id = ALERT.hostId;
      expect(await json("/api/alerts/host", { host_id })).toMatchObject([{ id: ALERT.id }]);
      const before = new Date(ALERT.openedAtMs - 1).toISOString();
      expect(await json("/api/alerts/host", { host_id, at: before }) as unknown).toEqual([]);
      expect(await json("/api/alerts/host", { host_id: "twin" }) as unknown).toEqual([]);
    });

    test("the rules are told as they are judged by", async () => {
      expect(await json("/api/alert-rules", {}) as unknown).toEqual({ rules: DEFAULT_ALERT_RULES });
    });
  });
}
