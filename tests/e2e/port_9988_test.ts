/** Either side of the live feed taken by a program that knows the wire format and nothing else. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { SQL } from "bun";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Status } from "../../src/model/status.ts";
import { json, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import { HOT_STORES } from "./support/hot_stores.ts";
import {
  legacyLine,
  type LegacyReading,
  readLegacyLines,
  startLegacySender,
  type Step,
} from "./support/legacy_peer.ts";

setDefaultTimeout(60_000);

const TIME = String.raw`"timestamp": "\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"`;
const WHOLE = String.raw`"temp_c": \d{2}, "cpu_load": \d{1,2}`;
const line = (host: string, voltage: string, power: string) =>
  new RegExp(
    `^{"host_id": "${host}", ${TIME}, ${WHOLE}, "voltage": ${voltage}, "power_watts": ${power}}\\n$`,
  );
/** What each region sends, to the letter; 0.0 is what it does not measure. */
const WIRE = [
  line(String.raw`IND-SRV-\d+`, String.raw`0\.0`, String.raw`0\.0`),
  line(String.raw`us-cloud-\d+`, String.raw`1[12]\.\d{1,2}`, String.raw`0\.0`),
  line(String.raw`DE-HPC-\d+`, String.raw`0\.0`, String.raw`\d{3,4}\.\d`),
];

describe("the feed's serving side", () => {
  test("generate feed writes the wire format to the letter, to each of its readers", async () => {
    await using directory = await temporaryDirectory();
    const words = ["generate", "feed", "--feed", "tcp://127.0.0.1:0", "--rate", "2000"];
    await using feed = start(words, { directory: directory.path });
    const at = await feed.address("listening");
    const [one, other] = await Promise.all([readLegacyLines(at, 3_000), readLegacyLines(at, 500)]);
    const wrong = [...one, ...other].filter((text) => !WIRE.some((region) => region.test(text)));
    expect(wrong).toEqual([]);
    const counts = WIRE.map((region) => one.filter((text) => region.test(text)).length);
    expect(Math.min(...counts)).toBeGreaterThan(700);
    for (const text of one) {
      const reading = JSON.parse(text) as LegacyReading;
      expect(Number.isInteger(reading.temp_c) && Number.isInteger(reading.cpu_load)).toBe(true);
      // Its clock is UTC and says no zone.
      expect(Math.abs(Date.parse(`${reading.timestamp}Z`) - Date.now())).toBeLessThan(60_000);
    }
    expect(await feed.stop()).toBe(0);
  });

  test("generate feed with a number of rows sends these, and ends", async () => {
    await using directory = await temporaryDirectory();
    const words = ["generate", "feed", "--feed", "tcp://127.0.0.1:0", "--rate", "0"];
    await using feed = start([...words, "--rows", "5000"], { directory: directory.path });
    const lines = await readLegacyLines(await feed.address("listening"));
    expect(lines.length).toBe(5_000);
    expect(await feed.process.exited).toBe(0);
  });
});

const READINGS: readonly LegacyReading[] = [
  india("02:42:56", 67, 42),
  usa("02:42:57", 35, 11.93),
  germany("02:42:57", 91, 1043),
  india("02:42:58", 85, 95),
  usa("02:42:58", 36, 12),
  germany("02:42:59", 58, 400.5),
  usa("02:42:59", 37, 11.8),
];
const HALF = legacyLine(READINGS[0]!).slice(0, 40);

/** Cleanly after a line, in the middle of one, and before the first of a connection. */
const STEPS: readonly Step[] = [
  ...READINGS.slice(0, 3).map(legacyLine),
  "hang up",
  ...READINGS.slice(3, 5).map(legacyLine),
  HALF,
  "hang up",
  "hang up",
  ...READINGS.slice(5).map(legacyLine),
];

/** As the store has them: °C, percent, UTC, and null where 0.0 said that nothing is measured. */
const STORED = READINGS.map((reading) => ({
  host_id: reading.host_id,
  region: { IN: "India", us: "USA", DE: "Germany" }[reading.host_id.slice(0, 2)],
  timestamp: `${reading.timestamp.replace(" ", "T")}Z`,
  temp_c: reading.temp_c,
  cpu_load: reading.cpu_load,
  voltage: reading.voltage || null,
  power_watts: reading.power_watts || null,
}));

describe("the feed's reading side", () => {
  for (const kind of HOT_STORES) {
    test(`up dials a plain sender again and again, ${kind.name}: each line is read once`, async () => {
      await using directory = await temporaryDirectory();
      const store = kind.make();
      const sender = await startLegacySender(STEPS);
      const feed = ["--feed", `tcp://127.0.0.1:${sender.port}`];
      const words = ["up", ...feed, "--http", "127.0.0.1:0", "--data-dir", directory.path];
      await using rackwatch = start(words, store);
      const url = await rackwatch.url();
      const lines = READINGS.length + 1;
      const { mode, layers: { speed } } = await until(
        () => json<Status>(`${url}/api/status`),
        ({ layers: { speed } }) =>
          speed.committed_rows + speed.dead_letters === lines && speed.pending_lines === 0,
      );
      expect(mode).toBe("live");
      expect(speed).toMatchObject({
        received_lines: lines,
        archived_lines: lines,
        dead_letters: 1,
      });
      expect(speed.connection).toBe("connected");
      expect([sender.connections, sender.togetherMax]).toEqual([4, 1]);
      // One more where the sender had not noticed yet that its client was gone.
      expect(speed.reconnects).toBeGreaterThanOrEqual(3);
      expect(await json(`${url}/api/readings?order=asc`)).toEqual(STORED);
      expect(await json(`${url}/api/dead-letters`)).toMatchObject([{
        code: "invalid_json",
        raw: HALF,
      }]);
      expect(await rackwatch.stop()).toBe(0);
      expect(await archived(directory.path)).toBe(sent());
      sender.stop();
      await store.drop();
    });
  }

  const postgres = HOT_STORES.find(({ name }) => name === "PostgreSQL");
  if (postgres === undefined) return;
  test("stream brings a plain sender's lines into server_metrics", async () => {
    await using directory = await temporaryDirectory();
    const store = postgres.make();
    const sender = await startLegacySender(READINGS.map(legacyLine));
    const words = ["stream", "--feed", `tcp://127.0.0.1:${sender.port}`];
    await using stream = start([...words, "--data-dir", directory.path], store);
    await stream.log((one) => one.message === "migrated the store");
    const sql = new SQL(store.environment["DATABASE_URL"]!, { max: 1 });
    const select = async (): Promise<readonly Record<string, unknown>[]> =>
      await sql`select host_id, timestamp, temp_c, cpu_load, voltage, power_watts
        from server_metrics`;
    // Not there before the last migration.
    const rows = await until(
      () => select().catch(() => []),
      ({ length }) => length === READINGS.length,
    );
    const wanted = STORED.map(({ region: _, timestamp, ...rest }) => ({
      ...rest,
      timestamp: new Date(timestamp),
    }));
    expect(rows.map((row) => ({ ...row })).sort(byTime)).toEqual(wanted.toSorted(byTime));
    await sql.close();
    expect(await stream.stop()).toBe(0);
    sender.stop();
    await store.drop();
  });
});

function india(time: string, temp_c: number, cpu_load: number): LegacyReading {
  const timestamp = `2025-11-21 ${time}`;
  return { host_id: "IND-SRV-7", timestamp, temp_c, cpu_load, voltage: 0, power_watts: 0 };
}

function usa(time: string, temp_c: number, voltage: number): LegacyReading {
  const timestamp = `2025-11-21 ${time}`;
  return { host_id: "us-cloud-4711", timestamp, temp_c, cpu_load: 42, voltage, power_watts: 0 };
}

function germany(time: string, temp_c: number, power_watts: number): LegacyReading {
  const timestamp = `2025-11-21 ${time}`;
  return { host_id: "DE-HPC-12", timestamp, temp_c, cpu_load: 10, voltage: 0, power_watts };
}

function byTime(a: Record<string, unknown>, b: Record<string, unknown>): number {
  return Number(a["timestamp"]) - Number(b["timestamp"]) ||
    String(a["host_id"]).localeCompare(String(b["host_id"]));
}

/** The half line's connection ended it: the archive ends it too. */
function sent(): string {
  return STEPS.filter((step) => step !== "hang up")
    .map((step) => step.endsWith("\n") ? step : `${step}\n`).join("");
}

async function archived(dataDir: string): Promise<string> {
  const live = join(dataDir, "live_data");
  const [run = "", ...others] = await readdir(live);
  expect(others).toEqual([]);
  return await readFile(join(live, run, "part-000000.ndjson"), "utf8");
}
