/** The paths that read the hot store, on both stores, over known readings. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Board } from "../../src/model/live_event.ts";
import type { ReadingJson } from "../../src/model/reading.ts";
import type { HostGridJson } from "../../src/server/host_grid.ts";
import type { TimelineJson } from "../../src/store/queries/timeline.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { errorCode, NOW_MS, testServer } from "./context.ts";
import { ALERT, fillStore, ODD_HOST, READINGS, RUN } from "./known_readings.ts";

afterAll(stopStores);

for (const kind of await storesUnderTest()) {
  describe(`routes on ${kind.name}`, () => {
    let store: OpenStore;
    let server: ReturnType<typeof testServer>;
    beforeAll(async () => {
      store = await kind.open();
      await fillStore(store.database);
      server = testServer({ database: () => store.database });
    }, 60_000);
    afterAll(() => store.close());

    const get = (path: string) => server.app.request(path);
    const json = async <T>(path: string): Promise<T> => {
      const response = await get(path);
      expect({ path, status: response.status }).toEqual({ path, status: 200 });
      return await response.json() as T;
    };

    test("regions tell hosts, rows, the newest reading and the last minute", async () => {
      const regions = await json<Record<string, unknown>[]>("/api/regions");
      expect(regions.map((one) => one["region"])).toEqual(["Germany", "India", "USA"]);
      expect(regions[1]).toMatchObject({
        hosts: 2,
        rows: 4,
        newest: "2025-11-21T11:59:53Z",
        last_minute: {
          cpu_load: { mean: 15, min: 10, max: 20 },
          voltage: null,
          power_watts: null,
        },
      });
    });

    test("the board of a moment is told in the live one's shape", async () => {
      const { board } = await json<{ board: Board }>(`/api/board?at=${NOW_MS - 10_500}`);
      expect(board).toMatchObject({
        serverMs: NOW_MS - 10_500,
        headMs: NOW_MS - 11_000,
        alertsOpen: { warning: 0, critical: 1 },
        troubles: [{ host_id: "=cmd()", severity: "critical", value: 91 }],
      });
      expect(board.regions.map(({ region, hosts, rows }) => ({ region, hosts, rows }))).toEqual([
        { region: "Germany", hosts: 1, rows: 1 },
        { region: "India", hosts: 1, rows: 3 },
        { region: "USA", hosts: 1, rows: 1 },
      ]);
      const before = await json<{ board: Board }>("/api/board?at=2025-11-21T11:00:00Z");
      expect(before.board).toMatchObject({ headMs: null, alertsOpen: { warning: 0, critical: 0 } });
    });

    test("the time line tells readings and opened alerts, without from and to of all there is", async () => {
      const line = await json<TimelineJson>("/api/timeline");
      expect(line).toMatchObject({ first: NOW_MS - 1_800_000, head: NOW_MS - 7_000 });
      const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
      expect([line.count, line.alerts.critical, line.alerts.warning].map(sum)).toEqual([
        READINGS.length,
        1,
        0,
      ]);
      const part = await json<TimelineJson>(
        "/api/timeline?from=2025-11-21T11:59:30Z&to=2025-11-21T12:00:00Z&points=10",
      );
      expect(part).toMatchObject({
        step_ms: 10_000,
        t: [NOW_MS - 30_000, NOW_MS - 20_000, NOW_MS - 10_000],
        count: [0, 4, 4],
        alerts: { warning: [0, 0, 0], critical: [0, 1, 0] },
      });
    });

    test("the grid has every host, now and as it was", async () => {
      const grid = await json<HostGridJson>("/api/grid?metric=temp_c");
      expect(grid).toEqual({
        at: "2025-11-21T12:00:00Z",
        metric: "temp_c",
        regions: [
          {
            region: "Germany",
            hosts: ["=cmd()", "rack/7 a", "twin"],
            values: [91, 61, 62],
            ages_s: [11, 10, 9],
            states: ["critical", "ok", "ok"],
          },
          {
            region: "India",
            hosts: [ODD_HOST, "IND-SRV-1"],
            values: [55, 50],
            ages_s: [7, 12],
            states: ["ok", "ok"],
          },
          {
            region: "USA",
            hosts: ["twin", "us-cloud-1"],
            values: [63, 67.1],
            ages_s: [8, 15],
            states: ["ok", "ok"],
          },
        ],
      });
      expect(await json<HostGridJson>(`/api/grid?metric=temp_c&at=${NOW_MS}`)).toEqual(grid);
      const { regions } = await json<HostGridJson>(
        `/api/grid?metric=cpu_load&at=${NOW_MS - 19_000}`,
      );
      expect(regions).toEqual([
        { region: "India", hosts: ["IND-SRV-1"], values: [10], ages_s: [1], states: ["ok"] },
      ]);
    });

    test("a moment that has not come is refused", async () => {
      for (const path of ["/api/board", "/api/alerts"]) {
        const response = await get(`${path}?at=${NOW_MS + 1}`);
        expect({ path, status: response.status }).toEqual({ path, status: 400 });
        expect(await errorCode(response)).toBe("invalid_parameter");
      }
    });

    test("a series has columns of one length, means of its buckets and null in the gaps", async () => {
      const query = "metric=temp_c&region=India&from=2025-11-21T11:59:00Z&to=2025-11-21T12:00:00Z";
      const series = await json<Record<string, (number | null)[]>>(`/api/series?${query}&points=6`);
      expect(series["step_ms"] as unknown).toBe(10_000);
      expect(series["t"]!.length).toBe(6);
      expect(series["mean"]).toEqual([null, null, null, null, 45, 55]);
      expect(series["min"]).toEqual([null, null, null, null, 40, 55]);
      expect(series["max"]).toEqual([null, null, null, null, 50, 55]);
      expect(series["count"]).toEqual([0, 0, 0, 0, 2, 1]);
    });

    test("a series without from and to is the last hour", async () => {
      const series = await json<{ t: number[]; count: number[] }>("/api/series?metric=temp_c");
      expect(series.t[0]).toBe(NOW_MS - 3_600_000);
      expect(series.count.reduce((sum, count) => sum + count, 0)).toBe(READINGS.length);
    });

    test("a histogram counts every reading once, by region", async () => {
      const { edges, counts } = await json<{ edges: number[]; counts: Record<string, number[]> }>(
        "/api/histogram?metric=temp_c&bins=12",
      );
      expect(edges.length - 1).toBeLessThanOrEqual(12);
      const sums = Object.entries(counts).map(([region, each]) => {
        expect(each.length).toBe(edges.length - 1);
        return [region, each.reduce((sum, count) => sum + count, 0)];
      });
      expect(Object.fromEntries(sums)).toEqual({ Germany: 3, India: 4, USA: 2 });
    });

    test("a heatmap counts every reading once, in the bucket of its time", async () => {
      const { t, step_ms, edges, counts } = await json<
        { t: number[]; step_ms: number; edges: number[]; counts: number[][] }
      >("/api/heatmap?points=60&bins=12");
      expect([step_ms, t[0]]).toEqual([60_000, NOW_MS - 3_600_000]);
      expect(counts.map((bins) => bins.length)).toEqual(t.map(() => edges.length - 1));
      const sums = counts.map((bins) => bins.reduce((sum, count) => sum + count, 0));
      expect(sums.reduce((sum, each) => sum + each, 0)).toBe(9);
      const india = await json<{ counts: number[][] }>("/api/heatmap?points=60&region=India");
      expect(india.counts.flat().reduce((sum, count) => sum + count, 0)).toBe(4);
    });

    test("hosts come page by page, each once, whatever the sort", async () => {
      for (const sort of ["host_id", "temp_c", "state", "newest", "power_watts"]) {
        const seen: string[] = [];
        for (let after = "";;) {
          const page: { hosts: { host_id: string; region: string }[]; next: string | null } =
            await json(`/api/hosts?sort=${sort}&limit=2${after}`);
          expect(page.hosts.length).toBeLessThanOrEqual(2);
          seen.push(...page.hosts.map((host) => `${host.region}/${host.host_id}`));
          if (page.next === null) break;
          after = `&after=${encodeURIComponent(page.next)}`;
        }
        expect(seen.length).toBe(7);
        expect(new Set(seen).size).toBe(7);
      }
    });

    test("a cursor that this sort did not give is refused", async () => {
      const { next } = await json<{ next: string }>("/api/hosts?sort=temp_c&limit=1");
      for (const query of [`sort=state&after=${next}`, "after=abc", "after=W10"]) {
        const response = await get(`/api/hosts?${query}`);
        expect(response.status).toBe(400);
        expect(await errorCode(response)).toBe("invalid_parameter");
      }
    });

    test("one host is told with its state and its alerts", async () => {
      const host = await json<Record<string, unknown>>(
        `/api/hosts/${encodeURIComponent("=cmd()")}`,
      );
      expect(host).toMatchObject({ host_id: "=cmd()", temp_c: 91, state: "critical", rows: 1 });
      expect(host["alerts"]).toMatchObject([{ id: ALERT.id, severity: "critical" }]);
    });

    for (const path of ["/api/hosts/rack/7%20a", "/api/hosts/rack%2F7%20a"]) {
      test(`a host named with a slash is found at ${path}`, async () => {
        expect(await json<Record<string, unknown>>(path)).toMatchObject({ host_id: "rack/7 a" });
      });
    }

    test("a host's name in two regions needs its region", async () => {
      const response = await get("/api/hosts/twin");
      expect(response.status).toBe(400);
      expect(await errorCode(response)).toBe("ambiguous_host");
      const host = await json<Record<string, unknown>>("/api/hosts/twin?region=USA");
      expect(host).toMatchObject({ region: "USA", temp_c: 63 });
    });

    test("a host that isn't there gets 404", async () => {
      for (const path of ["/api/hosts/nobody", "/api/hosts/us-cloud-1?region=India"]) {
        const response = await get(path);
        expect(response.status).toBe(404);
        expect(await errorCode(response)).toBe("no_such_host");
      }
    });

    test("readings are the newest first, with exactly the seven columns", async () => {
      const readings = await json<ReadingJson[]>("/api/readings");
      expect(readings.map((one) => one.host_id)).toEqual(
        READINGS.map((one) => one.host_id).reverse(),
      );
      expect(readings.find((one) => one.host_id === "us-cloud-1")).toEqual({
        host_id: "us-cloud-1",
        region: "USA",
        timestamp: "2025-11-21T11:59:45Z",
        temp_c: 67.1,
        cpu_load: 42,
        voltage: 11.93,
        power_watts: null,
      });
    });

    test("readings can be chosen by region, host, time, number and order", async () => {
      const hosts = async (query: string) =>
        (await json<ReadingJson[]>(`/api/readings?${query}`)).map((one) => one.host_id);
      expect(await hosts("region=USA&order=asc")).toEqual(["us-cloud-1", "twin"]);
      expect(await hosts("host_id=twin&region=Germany")).toEqual(["twin"]);
      expect(await hosts(`from=${NOW_MS - 9_000}&to=${NOW_MS - 7_000}`)).toEqual(["twin", "twin"]);
      expect(await hosts("limit=1")).toEqual([ODD_HOST]);
      expect(await hosts("host_id=nobody")).toEqual([]);
    });

    test("readings as NDJSON are the same, one a line", async () => {
      const text = await (await get("/api/readings?format=ndjson")).text();
      const lines = text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
      expect(lines).toEqual(await json("/api/readings"));
    });

    test("readings as CSV are a file in which no host's name is a formula", async () => {
      const response = await get("/api/readings?format=csv&region=Germany&order=asc");
      expect(response.headers.get("content-type")).toStartWith("text/csv");
      expect(response.headers.get("content-disposition")).toStartWith("attachment");
      expect(await response.text()).toBe(
        "host_id,region,timestamp,temp_c,cpu_load,voltage,power_watts\r\n" +
          "'=cmd(),Germany,2025-11-21T11:59:49Z,91,,,500\r\n" +
          "rack/7 a,Germany,2025-11-21T11:59:50Z,61,,,700\r\n" +
          "twin,Germany,2025-11-21T11:59:51Z,62,,,\r\n",
      );
    });

    test("HEAD of readings says what would come and asks nothing of the store", async () => {
      const response = await server.app.request("/api/readings?format=csv", { method: "HEAD" });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toStartWith("text/csv");
      expect(await response.text()).toBe("");
    });

    test("alerts are told with rule, host, value, limit and times", async () => {
      for (const path of ["/api/alerts", "/api/alerts?state=open"]) {
        expect(await json<unknown[]>(path)).toMatchObject([{
          id: ALERT.id,
          rule: "temperature",
          host_id: "=cmd()",
          region: "Germany",
          value: 91,
          limit: 90,
          opened: "2025-11-21T11:59:49Z",
          closed: null,
        }]);
      }
      expect(await json<unknown[]>("/api/alerts?state=closed")).toEqual([]);
    });

    test("alerts are filtered by region, host, rule and severity, and go on after one", async () => {
      const ids = async (query: string) =>
        (await json<{ id: string }[]>(`/api/alerts?${query}`)).map((one) => one.id);
      const fits = "region=Germany&host=CMD&rule=temperature&severity=critical";
      expect(await ids(fits)).toEqual([ALERT.id]);
      for (const other of ["region=USA", "host=twin", "rule=cpu", "severity=warning"]) {
        expect(await ids(other)).toEqual([]);
      }
      const place = `open,2025-11-21T11:59:49Z,${ALERT.id}`;
      expect(await ids(`after=${encodeURIComponent(place)}`)).toEqual([]);
      expect(await ids(`after=${encodeURIComponent(`open,${NOW_MS},z`)}`)).toEqual([ALERT.id]);
    });

    test("dead letters are counted by rule and source, sources with their rows", async () => {
      const at = expect.stringMatching(/Z$/);
      expect(await json<unknown>("/api/dead-letters/summary")).toEqual([
        expect.objectContaining({
          layer: "speed",
          source_name: "feed",
          count: 1,
          first: at,
          last: at,
        }),
      ]);
      expect(await json<unknown[]>("/api/dead-letters?source=feed&layer=speed")).toHaveLength(1);
      expect(await json<unknown[]>("/api/dead-letters?layer=batch")).toEqual([]);
      expect(await json<unknown>("/api/sources")).toEqual([{
        layer: "speed",
        kind: "archive",
        name: "feed",
        declared: false,
        files: 1,
        files_refused: 0,
        files_loading: 0,
        runs: 1,
        rows: READINGS.length,
        rejects: 1,
        first_reading: null,
        last_reading: null,
        updated: at,
        last_record: at,
        silent_s: expect.any(Number),
        silent_after_s: 300,
        silent: false,
        schema: null,
        schema_changes: [],
      }]);
    });

    test("a live run is told with what the hot store made of its lines", async () => {
      const run = {
        runId: RUN,
        kind: "live",
        state: "closed",
        startedAtMs: NOW_MS,
        closedAtMs: NOW_MS,
        firstArrivalMs: NOW_MS,
        lastArrivalMs: NOW_MS,
        lines: READINGS.length + 1,
        bytes: 1_200,
        rows: null,
        rejects: null,
        parts: 1,
        deletedParts: 0,
        unknownColumns: [],
        recovered: false,
        tornBytes: 0,
        quarantinedCount: 0,
      } as const;
      const runs = () => Promise.resolve([run, { ...run, runId: `${RUN}_2` }]);
      const other = testServer({ database: () => store.database, runs });
      expect(await (await other.app.request("/api/runs")).json()).toMatchObject([
        { run_id: RUN, rows: READINGS.length, rejects: 1, first_reading: null },
        { run_id: `${RUN}_2`, rows: null, rejects: null },
      ]);
    });

    test("an alert is acknowledged once, however its id is written in the path", async () => {
      const acknowledge = async (id: string) => {
        const response = await server.app.request(`/api/alerts/${id}/acknowledge`, {
          method: "POST",
        });
        expect(response.status).toBe(200);
        return await response.json() as { acknowledged: string };
      };
      const first = await acknowledge(encodeURIComponent(ALERT.id));
      expect(first.acknowledged).toBe("2025-11-21T12:00:00Z");
      server.clock.atMs += 60_000;
      const second = await acknowledge(ALERT.id.replaceAll("=", "%3D"));
      server.clock.atMs -= 60_000;
      expect(second.acknowledged).toBe(first.acknowledged);
    });

    test("a note stays with the acknowledgement until another one replaces it", async () => {
      const acknowledge = async (body: string) => {
        const path = `/api/alerts/${encodeURIComponent(ALERT.id)}/acknowledge`;
        const headers = { "Content-Type": "application/json" };
        return await server.app.request(path, { method: "POST", headers, body });
      };
      for (
        const [body, note] of [
          ['{"note":"fan 3 is \u{1f525}"}', "fan 3 is \u{1f525}"],
          ["{}", "fan 3 is \u{1f525}"],
          ["", "fan 3 is \u{1f525}"],
          ['{"note":"replaced"}', "replaced"],
          ['{"note":""}', null],
        ] as const
      ) {
        const alert = await (await acknowledge(body)).json() as {
          acknowledged_note: string | null;
        };
        expect<unknown>({ body, note: alert.acknowledged_note }).toEqual({ body, note });
      }
      const long = "x".repeat(501);
      for (
        const body of ['{"note":1}', '{"text":""}', "[]", '{"note":"a\\nb"}', `{"note":"${long}"}`]
      ) {
        const response = await acknowledge(body);
        expect({ body, status: response.status }).toEqual({ body, status: 400 });
        expect(await errorCode(response)).toBe("invalid_note");
      }
    });

    test("an alert that isn't there gets 404", async () => {
      const response = await server.app.request("/api/alerts/none/acknowledge", { method: "POST" });
      expect(response.status).toBe(404);
      expect(await errorCode(response)).toBe("no_such_alert");
    });

    test("dead letters are told with their place, their rule and the raw text as text", async () => {
      const response = await get("/api/dead-letters");
      expect(response.headers.get("content-type")).toStartWith("application/json");
      expect(await response.json()).toMatchObject([{
        source: `live_data/${RUN}/part-000000.ndjson`,
        offset: 1_500,
        code: "invalid_json",
        raw: "<script>alert(1)</script>{oops",
      }]);
    });
  });
}
