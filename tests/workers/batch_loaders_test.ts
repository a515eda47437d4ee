/** History files loaded side by side, in real threads, into a real PostgreSQL. */
import {
  afterAll,
  afterEach,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SILENT_LOG } from "../../src/log.ts";
import { DEFAULT_ALERT_RULES } from "../../src/model/alert.ts";
import { isoUtc } from "../../src/model/iso_time.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import { LoaderPool, loadersFor } from "../../src/workers/batch/loader_pool.ts";
import { verifyStore } from "../../src/workers/verify/verify_store.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { batchRuns, END_MS, one, rowCount } from "./support/batch_history.ts";
import { loadOnce, startBatch } from "./support/batch_passes.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

const FILES = 5;
const ROWS = 3_000;
const TOML = `[[source]]
name = "racks"
path = "racks/*.csv"
region = { column = "region" }
host_id = "host"
timestamp = "time"
temp_c = { column = "temp", unit = "celsius" }
`;

/** Every file has every host, so that all of them write the same rollups; every 500th row is none. */
function csv(file: number): string {
  const lines = Array.from({ length: ROWS }, (_, row) => {
    const time = isoUtc(END_MS + row * 1000 + file);
    const temp = row % 500 === 7 ? "hot" : 60 + (row + file * 7) % 35;
    return `Region ${row % 3},host-${row % 20},${time},${temp}\n`;
  });
  return `region,host,time,temp\n${lines.join("")}`;
}

const [postgres] = (await storesUnderTest()).filter((kind) => kind.name === "postgres");

describe.skipIf(postgres === undefined)("history files side by side", () => {
  let store: OpenStore;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let pool: LoaderPool;

  beforeEach(async () => {
    store = await postgres!.open();
    directory = await temporaryDirectory();
    const access = { kind: "postgres", url: store.url! } as const;
    const start = {
      version: "0.0.0",
      dataDir: directory.path,
      logFormat: "json",
      store: access,
      rules: DEFAULT_ALERT_RULES,
    } as const;
    pool = new LoaderPool(start, 3, 1);
  });
  afterEach(async () => {
    pool.stop();
    await store.close();
    await directory[Symbol.asyncDispose]();
  });

  const put = async (path: string, content: string | Uint8Array) => {
    await mkdir(dirname(join(directory.path, path)), { recursive: true });
    await writeFile(join(directory.path, path), content);
  };
  const putAll = () =>
    Promise.all(Array.from({ length: FILES }, (_, file) => put(`racks/${file}.csv`, csv(file))));
  const options = () => ({ dataDir: directory.path, database: store.database, toml: TOML });
  const differences = async () => {
    const report = await verifyStore({
      settings: { dataDir: directory.path, sources: [], configFile: null },
      database: store.database,
      tools: { files: REAL_FILES, clock: REAL_CLOCK, log: SILENT_LOG },
      signal: new AbortController().signal,
      onProgress: () => {},
      isBeside: false,
    });
    return report!.runs.flatMap((run) => run.differences);
  };

  test("each row once, in the order of the files in the report, and the archive agrees", async () => {
    await putAll();
    const report = await loadOnce({ ...options(), loaders: pool });
    expect(
      report.files.map(({ path, state, rowsLoaded, rowsRejected }) =>
        `${path} ${state} ${rowsLoaded} ${rowsRejected}`
      ),
    ).toEqual(Array.from({ length: FILES }, (_, file) => `racks/${file}.csv loaded 2994 6`));
    expect(await rowCount(store.database)).toEqual({ rows: 14_970, rolled_up: 14_970 });
    expect(await differences()).toEqual([]);
  });

  test("rollups and alerts are those of a load one after another", async () => {
    await putAll();
    const derived = async () =>
      await store.database.query(
        `select step_s, host_key = 0 as whole, bucket, sum(readings)::bigint as readings,
          sum(temp_c_sum_micro)::bigint as temp
        from rackwatch.rollups group by 1, 2, 3 order by 1, 2, 3`,
      );
    await loadOnce({ ...options(), loaders: pool });
    const aside = await derived();
    const alerts = await one(store.database, "select count(*) as n from rackwatch.alerts");
    await store.close();
    store = await postgres!.open();
    await loadOnce(options());
    expect(await derived()).toEqual(aside);
    expect(await one(store.database, "select count(*) as n from rackwatch.alerts")).toEqual(alerts);
  });

  test("a damaged file is refused, the others are loaded", async () => {
    await putAll();
    const whole = Bun.gzipSync(csv(2));
    await put("racks/2.csv", whole.subarray(0, whole.length / 2));
    const report = await loadOnce({ ...options(), loaders: pool });
    expect(report.files.map(({ state }) => state))
      .toEqual(["loaded", "loaded", "refused", "loaded", "loaded"]);
    expect(await differences()).toEqual([]);
  });

  test("what is loaded already stays as it is", async () => {
    await putAll();
    await loadOnce({ ...options(), loaders: pool });
    const again = await loadOnce({ ...options(), loaders: pool });
    expect(again.files.map(({ state }) => state)).toEqual(Array(FILES).fill("known"));
    expect(await rowCount(store.database)).toEqual({ rows: 14_970, rolled_up: 14_970 });
  });

  test("files that changed replace their rows", async () => {
    await putAll();
    await loadOnce({ ...options(), loaders: pool });
    for (let file = 0; file < 3; file++) await put(`racks/${file}.csv`, csv(file + FILES));
    const report = await loadOnce({ ...options(), loaders: pool });
    expect(report.files.map(({ state }) => state))
      .toEqual(["replaced", "replaced", "replaced", "known", "known"]);
    expect(await rowCount(store.database)).toEqual({ rows: 14_970, rolled_up: 14_970 });
    expect(await differences()).toEqual([]);
  });

  test("stopped in the middle, nothing is half in the archive's run that the store has", async () => {
    await putAll();
    const { layer } = startBatch({
      ...options(),
      loaders: pool,
      onMessage: (message) => {
        if (message.type === "status" && message.status.rows_read > 0) void layer.stop();
      },
    }, "once");
    await layer.finished;
    const { begun } = await one(store.database, "select count(*) as begun from rackwatch.origins");
    expect(begun).toBeLessThanOrEqual(3);
    const [run] = await batchRuns(directory.path);
    expect(run!.manifest.state).toBe("closed");
    await loadOnce(options());
    expect(await rowCount(store.database)).toEqual({ rows: 14_970, rolled_up: 14_970 });
    expect(await differences()).toEqual([]);
  });
});

test("as many as there are cores and one, within the limit", () => {
  expect([1, 2, 3, 64].map(loadersFor)).toEqual([2, 3, 4, 4]);
});
