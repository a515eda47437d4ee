import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeHistory } from "../../src/generator/history.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { temporaryDirectory, until } from "../support/rackwatch.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { batchRuns, END_MS, indiaCsv, one, rowCount } from "./support/batch_history.ts";
import { loadOnce, startBatch } from "./support/batch_passes.ts";
import { FlakyDatabase } from "./support/flaky_database.ts";
import { hastyClock } from "./support/speed_lives.ts";

afterAll(stopStores);
setDefaultTimeout(60_000);

for (const kind of await storesUnderTest()) {
  describe(`the batch layer on ${kind.name}`, () => {
    let store: OpenStore;
    let database: FlakyDatabase;
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
    let dataDir: string;

    beforeAll(async () => {
      store = await kind.open();
    });
    afterAll(() => store.close());
    beforeEach(async () => {
      await emptyStore(store.database);
      database = new FlakyDatabase(store.database);
      directory = await temporaryDirectory();
      dataDir = directory.path;
    });
    afterEach(() => directory[Symbol.asyncDispose]());

    const put = async (path: string, content: string | Uint8Array) => {
      await mkdir(dirname(join(dataDir, path)), { recursive: true });
      await writeFile(join(dataDir, path), content);
    };

    test("the three demo files: every row once, in the units of the vocabulary", async () => {
      await writeHistory({ dataDir, rows: 200, hosts: 3, endMs: END_MS });
      const report = await loadOnce({ dataDir, database });
      expect(report).toMatchObject({ rowsRead: 600, rowsLoaded: 600, rowsRejected: 0 });
      expect(report.files.map(({ source, state }) => [source, state])).toEqual([
        ["india_lab", "loaded"],
        ["us_cloud", "loaded"],
        ["germany_hpc", "loaded"],
      ]);
      expect(await rowCount(database)).toEqual({ rows: 600, rolled_up: 600 });
      const regions = await database.query(
        `select region, count(*) as n, min(temp_c) > 20 and max(temp_c) < 100 as celsius,
          max(cpu_load) > 1 and max(cpu_load) <= 100 as percent, count(voltage) as volts,
          count(power_watts) as watts
        from server_metrics group by region order by region`,
      );
      expect(regions).toEqual([
        { region: "Germany", n: 200, celsius: true, percent: null, volts: 0, watts: 200 },
        { region: "India", n: 200, celsius: true, percent: true, volts: 0, watts: 0 },
        { region: "USA", n: 200, celsius: true, percent: true, volts: 200, watts: 0 },
      ]);
      const { newest } = await one(
        database,
        `select max("timestamp") as newest from server_metrics`,
      );
      expect(newest).toBe(END_MS);
    });

    test("readings and manifest are archived under batch_data", async () => {
      await put("india_lab/a.csv", indiaCsv(3) + "IND-SRV-9,2025-02-30 00:00:00,1,1\n");
      const report = await loadOnce({ dataDir, database });
      const [run] = await batchRuns(dataDir);
      expect(run!.manifest).toMatchObject({ run_id: report.runId, state: "closed" });
      expect(run!.manifest.inputs).toMatchObject([{
        path: "india_lab/a.csv",
        state: "loaded",
        rows_read: 4,
        rows_loaded: 3,
        rows_rejected: 1,
      }]);
      expect(run!.readings[0]).toMatchObject({
        host_id: "IND-SRV-0",
        region: "India",
        timestamp: "2025-11-21T06:30:00Z",
        temp_c: 40,
        cpu_load: 10,
        voltage: null,
        power_watts: null,
      });
      expect(run!.deadLetters).toMatchObject([{
        source: "india_lab/a.csv",
        code: "invalid_time",
        raw: "IND-SRV-9,2025-02-30 00:00:00,1,1",
      }]);
      expect(report.files[0]!.rejectsByCode).toEqual({ invalid_time: 1 });
      expect(await one(database, "select count(*) as n from rackwatch.dead_letters"))
        .toEqual({ n: 1 });
    });

    test("the same files again load nothing and open no run", async () => {
      await put("india_lab/a.csv", indiaCsv(50));
      await loadOnce({ dataDir, database });
      const again = await loadOnce({ dataDir, database });
      expect(again).toMatchObject({ runId: null, rowsRead: 0, rowsLoaded: 0 });
      expect(again.files[0]!.state).toBe("known");
      expect(await rowCount(database)).toEqual({ rows: 50, rolled_up: 50 });
      expect(await batchRuns(dataDir)).toHaveLength(1);
    });

    test("a changed file replaces its own rows and no others, rollups too", async () => {
      await put("india_lab/a.csv", indiaCsv(50));
      await put("india_lab/b.csv", indiaCsv(30));
      await loadOnce({ dataDir, database });
      await put("india_lab/a.csv", indiaCsv(20, 60));
      const report = await loadOnce({ dataDir, database });
      expect(report.files.map(({ path, state }) => [path, state])).toEqual([
        ["india_lab/a.csv", "replaced"],
        ["india_lab/b.csv", "known"],
      ]);
      expect(await rowCount(database)).toEqual({ rows: 50, rolled_up: 50 });
      expect(await one(database, "select count(*) as n from server_metrics where temp_c >= 60"))
        .toEqual({ n: 20 });
    });

    test("a fourth region with its own columns and units needs configuration only", async () => {
      const toml = `
        [[source]]
        name = "brasil_lab"
        path = "brasil/*.csv"
        region = "Brasil"
        timezone = "America/Sao_Paulo"
        decimal = ","
        csv = { delimiter = ";" }
        host_id = "maquina"
        timestamp = { column = "hora", format = "DD/MM/YYYY HH:mm" }
        temp_c = { column = "temperatura", unit = "fahrenheit" }
        power_watts = { column = "potencia", unit = "kilowatts" }
      `;
      await put(
        "brasil/dados.csv",
        "maquina;hora;temperatura;potencia\nSP-1;21/11/2025 09:00;122,0;1,5\n",
      );
      const report = await loadOnce({ dataDir, database, toml });
      expect(report).toMatchObject({ rowsLoaded: 1, rowsRejected: 0 });
      expect(
        await one(
          database,
          `select host_id, region, "timestamp" as at, temp_c, power_watts from server_metrics`,
        ),
      ).toEqual({
        host_id: "SP-1",
        region: "Brasil",
        at: Date.UTC(2025, 10, 21, 12),
        temp_c: 50,
        power_watts: 1500,
      });
    });

    test("files of one source may rename, reorder, gain and lose columns and change unit", async () => {
      await put("india_lab/1.csv", indiaCsv(2));
      await put(
        "india_lab/2.csv",
        "temp_fahrenheit,rack,server_id,timestamp_ist\n104,R7,IND-SRV-7,2025-11-21 13:00:00\n",
      );
      const report = await loadOnce({ dataDir, database });
      expect(report).toMatchObject({ rowsLoaded: 3, rowsRejected: 0 });
      expect(report.files.map((file) => file.unknownColumns)).toEqual([[], ["rack"]]);
      expect(
        await database.query(
          `select temp_c, cpu_load from server_metrics where host_id = 'IND-SRV-7'`,
        ),
      ).toEqual([{ temp_c: 40, cpu_load: null }]);
      const [run] = await batchRuns(dataDir);
      expect(run!.readings.at(-1)).toMatchObject({ extra: { rack: "R7" } });
      expect(run!.readings[0]).not.toHaveProperty("extra");
    });

    test("host and region are read from each file's path, and a path without them is refused", async () => {
      const toml = `[[source]]
name = "lake"
path = ["lake/{site}/**/*.csv"]
host_id = { path = "host" }
region = { path = "site" }
timestamp = "at"
temp_c = "temp_c"
`;
      await put("lake/eastus/host=a1/day=1/x.csv", "at,temp_c\n2025-11-21T09:00:00Z,41\n");
      await put("lake/westus/host=b%2F2/x.csv", "at,temp_c\n2025-11-21T09:00:00Z,42\n");
      await put("lake/westus/x.csv", "at,temp_c\n2025-11-21T09:00:00Z,43\n");
      const report = await loadOnce({ dataDir, database, toml });
      expect(report).toMatchObject({ rowsLoaded: 2, rowsRejected: 0 });
      const rows = await database.query(
        "select host_id, region, temp_c from server_metrics order by temp_c",
      );
      expect(rows).toEqual([
        { host_id: "a1", region: "eastus", temp_c: 41 },
        { host_id: "b/2", region: "westus", temp_c: 42 },
      ]);
      expect(report.files.find(({ state }) => state === "refused")).toMatchObject({
        path: "lake/westus/x.csv",
        detail: expect.stringContaining('has no part host; its parts are site = "westus"'),
      });
    });

    test("watching picks up a file that comes and one that changes", async () => {
      const clock = hastyClock(10);
      const watching = startBatch({ dataDir, database, clock }, "watch");
      await until(watching.status, (status) => status?.state === "idle");
      await put("india_lab/new.csv", indiaCsv(40));
      // Its rows are counted before it is taken; written until then, it would be read again.
      await until(watching.status, (status) => status?.rows_loaded === 40 && status.files === 1);
      await put("india_lab/new.csv", indiaCsv(10, 70));
      await until(watching.status, (status) => status?.rows_loaded === 50);
      await watching.layer.stop();
      expect(await rowCount(database)).toEqual({ rows: 10, rolled_up: 10 });
      expect(watching.messages.filter((one) => one.type === "changed")).toHaveLength(2);
    });
  });
}
