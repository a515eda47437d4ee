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
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeHistory } from "../../src/generator/history.ts";
import { isoUtc } from "../../src/model/reading.ts";
import type { Database, Row } from "../../src/store/database.ts";
import { emptyStore } from "../../src/store/empty_store.ts";
import { FaultyFiles, systemError } from "../archive/support/faulty_files.ts";
import { temporaryDirectory, until } from "../support/rackwatch.ts";
import { type OpenStore, stopStores, storesUnderTest } from "../support/stores.ts";
import { loadOnce, startBatch } from "./support/batch_passes.ts";
import { FlakyDatabase } from "./support/flaky_database.ts";
import { hastyClock } from "./support/speed_lives.ts";

afterAll(stopStores);
setDefaultTimeout(30_000);

const END_MS = Date.UTC(2025, 10, 21, 12);

async function one(database: Database, text: string): Promise<Row> {
  return (await database.query(text))[0]!;
}

function rowCount(database: Database): Promise<Row> {
  return one(
    database,
    `select (select count(*) from server_metrics) as rows,
      (select coalesce(sum(readings), 0)::bigint from rackwatch.rollups
        where step_s = 10 and host_key = 0) as rolled_up`,
  );
}

async function batchRuns(dataDir: string) {
  const directory = join(dataDir, "batch_data");
  const runs = (await readdir(directory)).sort();
  return await Promise.all(runs.map(async (run) => {
    const path = join(directory, run);
    const lines = async (name: string) =>
      (await readFile(join(path, name), "utf8")).split("\n").slice(0, -1)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    return {
      manifest: JSON.parse(await readFile(join(path, "manifest.json"), "utf8")),
      readings: await lines("readings-000000.ndjson"),
      deadLetters: await lines("dead_letters.ndjson"),
    };
  }));
}

/** A CSV of India's, a row a second. */
function indiaCsv(rows: number, firstTemp = 40, header?: string): string {
  const lines = Array.from({ length: rows }, (_, index) => {
    const at = isoUtc(END_MS + index * 1000).slice(0, 19).replace("T", " ");
    return `IND-SRV-${index % 3},${at},${firstTemp + index % 10},${10 + index % 80}`;
  });
  return [header ?? "server_code,timestamp_ist,temp_celsius,cpu_usage_percent", ...lines]
    .map((line) => line + "\n").join("");
}

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

    test("a damaged file is refused and named, and its old rows stay", async () => {
      await writeHistory({ dataDir, rows: 100, hosts: 3, endMs: END_MS });
      await loadOnce({ dataDir, database });
      const path = join(dataDir, "germany_hpc/cluster_metrics.parquet");
      await writeFile(path, (await readFile(path)).subarray(0, 700));
      const report = await loadOnce({ dataDir, database });
      const file = report.files.find((one) => one.path.endsWith(".parquet"))!;
      expect(file).toMatchObject({ state: "refused", rowsLoaded: 0 });
      expect(file.detail).not.toBeEmpty();
      expect(await rowCount(database)).toEqual({ rows: 300, rolled_up: 300 });
      expect(await one(database, "select code from rackwatch.dead_letters"))
        .toEqual({ code: "damaged_file" });
    });

    test("a file that can't be read is refused, the others are loaded", async () => {
      const toml = `[[source]]\nname = "lab"\npath = ["/proc/self/mem", "ok.csv"]\nregion = "Lab"`;
      await put("ok.csv", "host_id,timestamp,temp_c\na,2025-01-01T00:00:00Z,5\n");
      const report = await loadOnce({ dataDir, database, toml });
      expect(report.files.map(({ path, state }) => [path, state])).toEqual([
        ["/proc/self/mem", "refused"],
        ["ok.csv", "loaded"],
      ]);
      expect(report.files[0]!.detail).toContain("/proc/self/mem");
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

    test("a stop in the middle of a file leaves no run open, and the next load is exact", async () => {
      await put("india_lab/big.csv", indiaCsv(12_000));
      const first = startBatch({ dataDir, database }, "once");
      await until(first.status, (status) => (status?.rows_loaded ?? 0) > 0);
      await first.layer.stop();
      expect(first.messages.some((one) => one.type === "report")).toBe(false);
      const report = await loadOnce({ dataDir, database });
      expect(report).toMatchObject({ rowsRead: 12_000, rowsLoaded: 12_000 });
      expect(await rowCount(database)).toEqual({ rows: 12_000, rolled_up: 12_000 });
      expect((await batchRuns(dataDir)).map(({ manifest }) => manifest.state))
        .toEqual(["closed", "closed"]);
    });

    test("with the store away in the middle of a file, it is loaded once in the end", async () => {
      await put("india_lab/big.csv", indiaCsv(12_000));
      const clock = hastyClock(10);
      const watching = startBatch({ dataDir, database, clock }, "watch");
      await until(watching.status, (status) => (status?.rows_loaded ?? 0) > 0);
      database.isAway = true;
      await until(watching.status, (status) => status?.state === "failed");
      expect(watching.status()!.last_error).toBe("connection refused");
      database.isAway = false;
      const done = await until(watching.status, (status) => status?.files === 1);
      await watching.layer.stop();
      expect(done).toMatchObject({ rows_read: 12_000, rows_loaded: 12_000, last_error: null });
      expect(await rowCount(database)).toEqual({ rows: 12_000, rolled_up: 12_000 });
    });

    test("once, with a store that stays away, it gives up and says why", async () => {
      await put("india_lab/a.csv", indiaCsv(10));
      database.isAway = true;
      const once = startBatch({ dataDir, database, clock: hastyClock(100) }, "once");
      await once.layer.finished;
      expect(once.messages.at(-1)).toEqual({
        type: "fatal",
        message: expect.stringContaining("connection refused"),
        exitCode: 1,
      });
    });

    test("an archive that can't be written is fatal, with the exit code of a failed disk", async () => {
      await put("india_lab/a.csv", indiaCsv(10));
      const files = new FaultyFiles();
      files.fault = (operation, path) =>
        operation === "write" && path.includes("readings") ? systemError("EIO") : null;
      const once = startBatch({ dataDir, database, files }, "once");
      await once.layer.finished;
      expect(once.messages.at(-1)).toMatchObject({ type: "fatal", exitCode: 74 });
    });

    test("answers lost during COMMIT double nothing", async () => {
      await put("india_lab/a.csv", indiaCsv(100));
      const clock = hastyClock(10);
      database.answersLost = 3;
      const report = await loadOnce({ dataDir, database, clock });
      expect(report.files[0]).toMatchObject({ rowsLoaded: 100 });
      expect(await rowCount(database)).toEqual({ rows: 100, rolled_up: 100 });
    });

    test("watching picks up a file that comes and one that changes", async () => {
      const clock = hastyClock(10);
      const watching = startBatch({ dataDir, database, clock }, "watch");
      await until(watching.status, (status) => status?.state === "idle");
      await put("india_lab/new.csv", indiaCsv(40));
      await until(watching.status, (status) => status?.rows_loaded === 40);
      await put("india_lab/new.csv", indiaCsv(10, 70));
      await until(watching.status, (status) => status?.rows_loaded === 50);
      await watching.layer.stop();
      expect(await rowCount(database)).toEqual({ rows: 10, rolled_up: 10 });
      expect(watching.messages.filter((one) => one.type === "changed")).toHaveLength(2);
    });

    test("a file that turns out damaged halfway leaves no rows, and none are counted as loaded", async () => {
      const toml = `[[source]]\nname = "lab"\npath = "*.csv.gz"\nregion = "Lab"
        timezone = "UTC"\nhost_id = "server_code"\ntimestamp = "timestamp_ist"`;
      const whole = Bun.gzipSync(indiaCsv(20_000));
      await put("cut.csv.gz", whole.subarray(0, whole.length * 0.9));
      const watching = startBatch({ dataDir, database, toml, clock: hastyClock(10) }, "watch");
      const status = await until(watching.status, (one) => one?.files_refused === 1);
      await watching.layer.stop();
      const seen = watching.messages.map((one) =>
        one.type === "status" ? one.status.rows_loaded : 0
      );
      expect(Math.max(...seen)).toBeGreaterThan(0);
      expect(status).toMatchObject({ files: 0, rows_loaded: 0 });
      expect(status!.rows_rejected).toBe(status!.rows_read);
      expect(await rowCount(database)).toEqual({ rows: 0, rolled_up: 0 });
    });
  });
}
