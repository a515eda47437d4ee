/** The hot store thrown away: a start gives back the same answers on every path of the API. */
import { SQL } from "bun";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { METRICS } from "../../src/model/reading.ts";
import type { Status } from "../../src/model/status.ts";
import {
  json,
  run,
  setUntilTimeout,
  start,
  type Started,
  temporaryDirectory,
  until,
} from "../support/rackwatch.ts";
import { HOT_STORES, type HotStore } from "./support/hot_stores.ts";

setDefaultTimeout(120_000);
setUntilTimeout(110_000);

const RACK_ROWS = 40, RACK_REJECTS = 2;
const LIVE_LINES = 300, LIVE_REJECTS = 3;
const RANGE = "from=2025-01-01T00:00:00Z&to=2027-01-01T00:00:00Z";

/** Two racks that measured at the same times, at the same places of their files. */
const rackCsv = (rack: string) =>
  "host,time,temp\n" + Array.from({ length: RACK_ROWS }, (_, i) => {
    const time = `2026-01-31T12:${String(i).padStart(2, "0")}:00Z`;
    return `${rack}-${i % 4},${time},${i % 20 === 13 ? "hot" : 20 + i * 2}\n`;
  }).join("");

const TOML = `[[source]]
name = "lab"
path = "rack-*.csv"
host_id = "host"
timestamp = "time"
region = "Lab"
temp_c = { column = "temp", unit = "celsius" }
`;

/** Old enough that the last minute is empty. A life begins with the times that the last ended with. */
function liveLines(life: number, startMs: number): string {
  const hosts = ["us-cloud-1", "DE-HPC-1", "IND-SRV-1", "rack-a-1"];
  const lines = Array.from({ length: LIVE_LINES }, (_, i) => {
    const second = (life - 1) * (LIVE_LINES / 3 - 1) + Math.floor(i / 3);
    const timestamp = new Date(startMs + second * 1_000).toISOString();
    const host_id = hosts[i % hosts.length];
    return JSON.stringify({
      host_id,
      timestamp,
      temp_c: i < 150 ? 60 + life : 85 + i % 7,
      cpu_load: (i * life) % 95,
      voltage: 11 + life / 10,
      power_watts: 100 + i,
    });
  });
  const rejects = ["no JSON", '{"host_id": "x"}', '{"host_id": "y", "timestamp": 5}'];
  return [...lines, ...rejects].map((line) => line + "\n").join("");
}

const HOSTS = ["us-cloud-1", "DE-HPC-1", "IND-SRV-1"];
/** While the racks measure. */
const MOMENT = "2026-01-31T12:30:00Z";
const REGIONS = ["USA", "Germany", "India", "Lab"];

const PATHS = [
  "/api/regions",
  ...METRICS.flatMap((metric) => [
    ...[
      "",
      ...REGIONS.map((region) => `&region=${region}&flags=1`),
      ...HOSTS.map((h) => `&host_id=${h}`),
    ]
      .flatMap((what) =>
        [7, 50, 2_000].map((points) =>
          `/api/series?metric=${metric}&points=${points}&${RANGE}${what}`
        )
      ),
    ...["", "&region=Lab", "&flags=1"].map((what) =>
      `/api/histogram?metric=${metric}&bins=20&${RANGE}${what}`
    ),
  ]),
  ...["", "&region=Lab", "&region=USA&flags=1"].flatMap((what) =>
    [7, 100, 500].map((points) => `/api/heatmap?points=${points}&bins=30&${RANGE}${what}`)
  ),
  ...["host_id", "state", "newest", ...METRICS].map((sort) => `/api/hosts?sort=${sort}`),
  "/api/hosts?region=Lab&limit=3",
  ...HOSTS.map((host) => `/api/hosts/${host}`),
  "/api/hosts/rack-a-1?region=Lab",
  ...["asc", "desc"].map((order) => `/api/readings?limit=1000&order=${order}&${RANGE}`),
  `/api/readings?format=csv&region=Lab&${RANGE}`,
  `/api/readings?format=ndjson&host_id=us-cloud-1&limit=70&${RANGE}`,
  `/api/timeline?points=200&${RANGE}`,
  `/api/board?at=${MOMENT}`,
  `/api/grid?metric=temp_c&at=${MOMENT}`,
  `/api/outliers?metric=temp_c&from=2026-01-31T12:20:00Z&to=${MOMENT}`,
  `/api/alerts?at=${MOMENT}`,
  "/api/alerts",
  "/api/alerts?state=open",
  "/api/alerts?state=closed",
  "/api/alerts?host=1&severity=critical&region=USA",
  "/api/dead-letters?limit=100",
  "/api/dead-letters?code=invalid_json&source=live",
  "/api/dead-letters/summary",
  "/api/sources",
  "/api/runs",
];

/** Says how this process is, not what is stored. */
const OF_THE_PROCESS = ["/api/status", "/api/alert-rules"];

/** What each path says, but for what must differ: see the two functions below. */
async function answers(url: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const path of PATHS) {
    const response = await fetch(url + path);
    expect([path, response.status]).toEqual([path, 200]);
    const text = await response.text();
    if (path === "/api/dead-letters/summary" || path === "/api/sources") {
      found[path] = withoutStoring(JSON.parse(text));
    } else if (path.startsWith("/api/dead-letters")) found[path] = deadLetters(JSON.parse(text));
    else if (path.startsWith("/api/runs")) found[path] = liveRuns(JSON.parse(text));
    else found[path] = text;
  }
  return found;
}

/** When a reject was stored, by which load of its history file, and so their order. */
function deadLetters(found: readonly Record<string, unknown>[]) {
  return found
    .map(({ at: _at, run_id, ...rest }) => rest["layer"] === "batch" ? rest : { run_id, ...rest })
    .map((one) => JSON.stringify(one)).sort();
}

/** When the store took something in, and by which load of a history file. */
function withoutStoring(found: readonly Record<string, unknown>[]) {
  return found.map((
    {
      first: _first,
      last: _last,
      updated: _updated,
      last_record: _lastRecord,
      silent: _silent,
      silent_s: _silentS,
      ...rest
    },
  ) => {
    const { runs: _runs, ...others } = rest;
    return rest["layer"] === "batch" ? others : rest;
  });
}

/** Starts are runs as well, and so are loads; those that were there before are as they were. */
function liveRuns(found: readonly { kind: string; lines: number }[]) {
  return found.filter((one) => one.kind === "live" && one.lines > 0);
}

async function drop(store: HotStore, dataDir: string): Promise<void> {
  const url = store.environment["DATABASE_URL"];
  if (url === undefined) return await rm(join(dataDir, "store"), { recursive: true });
  const sql = new SQL(url, { max: 1 });
  await sql.unsafe("drop schema rackwatch cascade");
  await sql.close();
}

async function settled(rackwatch: Started, liveRows: number): Promise<string> {
  const url = await rackwatch.url();
  const rows = liveRows + 2 * (RACK_ROWS - RACK_REJECTS);
  await until(() => fetch(`${url}/readyz`), (response) => response.ok);
  await until(
    () => json<{ rows: number }[]>(`${url}/api/regions`),
    (regions) => regions.reduce((sum, one) => sum + one.rows, 0) === rows,
  );
  await until(
    () => json<Status>(`${url}/api/status`),
    ({ layers: { speed, batch } }) => speed.pending_lines === 0 && batch.state === "idle",
  );
  return url;
}

test("every path that API.md names is asked", async () => {
  const text = await readFile(resolve(import.meta.dir, "../../docs/API.md"), "utf8");
  const named = [...text.matchAll(/^\| .*/gm)].flatMap(([row]) =>
    [...row.split("|")[1]!.matchAll(/`(\/api\/[a-z-]+(?:\/:host_id)?)/g)].map(([, path]) => path!)
  );
  const isAsked = (path: string) => {
    const pattern = new RegExp(`^${path.replace("/:host_id", "/[^?]+")}($|\\?)`);
    return OF_THE_PROCESS.includes(path) || PATHS.some((asked) => pattern.test(asked));
  };
  expect(named.length).toBeGreaterThan(9);
  expect(named.filter((path) => !isAsked(path))).toEqual([]);
});

for (const kind of HOT_STORES) {
  describe(`the ${kind.name}`, () => {
    test("thrown away, gives the same answers on every path after a start", async () => {
      await using directory = await temporaryDirectory();
      const store = kind.make();
      const config = join(directory.path, "rackwatch.toml");
      await writeFile(config, TOML);
      const words = ["--config", config, "--data-dir", directory.path];
      const up = () =>
        start([
          "up",
          ...words,
          ...["--http", "127.0.0.1:0", "--feed", "none", "--listen", "127.0.0.1:0"],
        ], store);
      const startMs = Date.now() - 1_200_000;
      for (const life of [1, 2]) {
        // The second rack comes between the two lives.
        const rack = life === 1 ? "rack-b" : "rack-a";
        await writeFile(join(directory.path, `${rack}.csv`), rackCsv(rack));
        const rackwatch = up();
        const url = await rackwatch.url();
        const { hostname, port } = await rackwatch.address("listening for agents");
        await until(
          () => json<Status>(`${url}/api/status`),
          ({ layers: { batch } }) => batch.rows_loaded > 0 && batch.state === "idle",
        );
        const socket = await Bun.connect({ hostname, port, socket: { data: () => {} } });
        socket.write(liveLines(life, startMs));
        socket.end();
        await until(
          () => json<Status>(`${url}/api/status`),
          ({ layers: { speed } }) =>
            speed.archived_lines === LIVE_LINES + LIVE_REJECTS && speed.pending_lines === 0,
        );
        expect(await rackwatch.stop()).toBe(0);
      }
      const before = up();
      const expected = await answers(await settled(before, 2 * LIVE_LINES));
      expect(await before.stop()).toBe(0);
      expect(expected["/api/dead-letters?limit=100"])
        .toHaveLength(2 * (LIVE_REJECTS + RACK_REJECTS));
      expect(expected["/api/alerts?state=open"]).toContain("us-cloud-1");

      await drop(store, directory.path);
      const after = up();
      const found = await answers(await settled(after, 2 * LIVE_LINES));
      for (const path of PATHS) expect([path, found[path]]).toEqual([path, expected[path]]);
      expect(await after.stop()).toBe(0);
      expect((await run(["verify", ...words], store)).code).toBe(0);
      await store.drop();
    });
  });
}
