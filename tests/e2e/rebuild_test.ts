/** The hot store thrown away, or built anew beside a running rackwatch: each a real process. */
import { SQL } from "bun";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Status } from "../../src/model/status.ts";
import { readControl } from "../../src/runtime/control_file.ts";
import { json, run, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { wireLines } from "../workers/support/speed_lives.ts";
import { HOT_STORES, type HotStore } from "./support/hot_stores.ts";

setDefaultTimeout(120_000);

const LAB_ROWS = 40;
const LINES = 300;

/** A data directory with a history file, its source declared, and a rackwatch that agents may feed. */
async function prepare(store: HotStore, unit: "fahrenheit" | "celsius" = "fahrenheit") {
  const directory = await temporaryDirectory();
  const config = join(directory.path, "rackwatch.toml");
  const lab = Array.from(
    { length: LAB_ROWS },
    (_, i) => `lab-${i % 4},2026-01-31T12:${String(i).padStart(2, "0")}:00Z,${100 + i * 3}`,
  );
  await writeFile(join(directory.path, "lab.csv"), `host,time,temp\n${lab.join("\n")}\n`);
  await declare(config, unit);
  const words = ["--config", config, "--data-dir", directory.path];
  const up = () =>
    start([
      "up",
      ...words,
      ...["--http", "127.0.0.1:0", "--feed", "none", "--listen", "127.0.0.1:0"],
    ], store);
  const command = (...more: string[]) => run([...more, ...words], store);
  return { directory, config, up, command, path: directory.path };
}

function declare(config: string, unit: string): Promise<void> {
  return writeFile(
    config,
    `[[source]]\nname = "lab"\npath = "lab.csv"\nhost_id = "host"\ntimestamp = "time"\n` +
      `region = "Lab"\ntemp_c = { column = "temp", unit = "${unit}" }\n`,
  );
}

async function agent(rackwatch: Started) {
  const { hostname, port } = await rackwatch.address("listening for agents");
  return await Bun.connect({ hostname, port, socket: { data: () => {} } });
}

async function applied(rackwatch: Started, lines: number): Promise<Status> {
  const url = await rackwatch.url();
  return await until(
    () => json<Status>(`${url}/api/status`),
    ({ layers: { speed, batch } }) =>
      speed.archived_lines === lines && speed.pending_lines === 0 &&
      batch.rows_loaded + batch.files_skipped > 0 && batch.state === "idle",
  );
}

const lines = (count: number) =>
  wireLines(count, (i) => ({ temp_c: i < count / 2 ? 60 : 85 + i % 7, cpu_load: i % 95 }));

/** Everything the API says of what is stored. */
async function answers(url: string): Promise<Record<string, unknown>> {
  const range = "from=2025-01-01T00:00:00Z&to=2027-01-01T00:00:00Z";
  const paths = [
    `/api/series?metric=temp_c&points=50&${range}`,
    `/api/series?metric=cpu_load&region=Lab&points=50&${range}`,
    `/api/histogram?metric=temp_c&bins=20&${range}`,
    `/api/hosts`,
    `/api/hosts/lab-1`,
    `/api/readings?limit=1000&order=asc&${range}`,
    `/api/readings?format=csv&region=Lab&${range}`,
    `/api/alerts`,
    `/api/dead-letters`,
  ];
  const found: Record<string, unknown> = {};
  for (const path of paths) {
    found[path] = stable(await (await fetch(url + path)).text());
  }
  const regions = await json<{ region: string; rows: number; newest: unknown; hosts: number }[]>(
    `${url}/api/regions`,
  );
  found["/api/regions"] = regions.map(({ region, rows, hosts }) => ({ region, rows, hosts }));
  const runs = await json<{ kind: string; lines: number }[]>(`${url}/api/runs`);
  found["/api/runs"] = runs.filter((one) => one.kind === "live" && one.lines > 0);
  return found;
}

/** When a reject was stored, and which batch run holds a file, is of the store's own life. */
function stable(text: string): string {
  return text.replace(/"(?:at|stored_at|run_id)":\s*"[^"]*",?/g, "");
}

async function drop(store: HotStore, dataDir: string): Promise<void> {
  const url = store.environment["DATABASE_URL"];
  if (url === undefined) return await rm(join(dataDir, "store"), { recursive: true });
  const sql = new SQL(url, { max: 1 });
  await sql.unsafe("drop schema rackwatch cascade");
  await sql.close();
}

for (const kind of HOT_STORES) {
  describe(`the ${kind.name}`, () => {
    test("thrown away, gives the same answers on every path after a start", async () => {
      const store = kind.make();
      const place = await prepare(store);
      const first = place.up();
      const socket = await agent(first);
      socket.write(lines(LINES) + "no json\n");
      await applied(first, LINES + 1);
      socket.end();
      expect(await first.stop()).toBe(0);
      // A start with nothing new, so that both sides have been closed and opened once.
      const second = place.up();
      await applied(second, 0);
      await until(async () => fetch(`${await second.url()}/readyz`), (response) => response.ok);
      const before = await answers(await second.url());
      expect(await second.stop()).toBe(0);

      await drop(store, place.path);
      const third = place.up();
      const url = await third.url();
      await until(() => fetch(`${url}/readyz`), (response) => response.ok);
      await until(
        () => json<{ rows: number }[]>(`${url}/api/regions`),
        (regions) => regions.reduce((sum, one) => sum + one.rows, 0) === LINES + LAB_ROWS,
      );
      expect(await answers(url)).toEqual(before);
      expect(await third.stop()).toBe(0);
      expect((await place.command("verify")).code).toBe(0);
      await store.drop();
      await place.directory[Symbol.asyncDispose]();
    });

    test("is built anew beside a running process while lines come, each one there once", async () => {
      const store = kind.make();
      const place = await prepare(store);
      await using rackwatch = place.up();
      const url = await rackwatch.url();
      const socket = await agent(rackwatch);
      socket.write(lines(LINES));
      await applied(rackwatch, LINES);
      let sent = LINES;
      const feeding = setInterval(() => {
        socket.write(lines(20));
        sent += 20;
      }, 10);
      const { code, stdout, stderr } = await place.command("rebuild", "--json");
      clearInterval(feeding);
      expect(stderr).toContain("asking the process");
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ batch: { rowsLoaded: LAB_ROWS } });
      socket.write(lines(20));
      sent += 20;
      const { layers: { speed } } = await applied(rackwatch, sent);
      expect(speed.committed_rows).toBe(sent);
      const rows = await until(
        () => json<{ rows: number }[]>(`${url}/api/regions`),
        (regions) => regions.reduce((sum, one) => sum + one.rows, 0) === sent + LAB_ROWS,
      );
      expect(rows.length).toBeGreaterThan(1);
      const verified = await place.command("verify", "--json");
      expect(JSON.parse(verified.stdout)).toMatchObject({ same: true });
      expect(verified.code).toBe(0);
      expect(await rackwatch.stop()).toBe(0);
      expect((await place.command("verify")).code).toBe(0);
      await store.drop();
      await place.directory[Symbol.asyncDispose]();
    });

    test("is as it was after a rebuild that was killed, and nothing is left of that", async () => {
      const store = kind.make();
      const place = await prepare(store);
      const first = place.up();
      const socket = await agent(first);
      socket.write(lines(5_000));
      await applied(first, 5_000);
      socket.end();
      expect(await first.stop()).toBe(0);
      for (const afterMs of [600, 900, 1_200, 1_600]) {
        const rebuilding = start([
          "rebuild",
          ...["--config", place.config, "--data-dir", place.path],
        ], store);
        // A different moment each time; whichever it hits, the outcome must be the same.
        await Promise.race([rebuilding.process.exited, Bun.sleep(afterMs)]);
        rebuilding.process.kill("SIGKILL");
        await rebuilding.process.exited;
        const { code, stdout } = await place.command("verify", "--json");
        expect(JSON.parse(stdout)).toMatchObject({ same: true });
        expect(code).toBe(0);
      }
      const again = place.up();
      await applied(again, 0);
      const regions = await json<{ rows: number }[]>(`${await again.url()}/api/regions`);
      expect(regions.reduce((sum, one) => sum + one.rows, 0)).toBe(5_000 + LAB_ROWS);
      expect(await again.stop()).toBe(0);
      await store.drop();
      await place.directory[Symbol.asyncDispose]();
    });

    test("shows what a changed unit would do, changes nothing, and then takes it", async () => {
      const store = kind.make();
      const place = await prepare(store);
      expect((await place.command("rebuild")).code).toBe(0);
      const same = JSON.parse((await place.command("rebuild", "--dry-run", "--json")).stdout);
      expect(same.sources).toMatchObject([{ source: "lab", changed: false }]);

      await declare(place.config, "celsius");
      const { code, stdout } = await place.command("rebuild", "--dry-run", "--json");
      expect(code).toBe(0);
      const [lab] = JSON.parse(stdout).sources;
      expect(lab).toMatchObject({
        changed: true,
        before: { readings: LAB_ROWS, rejects: 0, metrics: { temp_c: { min: 37.8 } } },
        after: { metrics: { temp_c: { min: 100 } } },
      });
      expect(lab.after.rejects).toBeGreaterThan(0);
      const again = JSON.parse((await place.command("rebuild", "--dry-run", "--json")).stdout);
      expect(again.sources[0].before).toEqual(lab.before);

      expect((await place.command("rebuild")).code).toBe(0);
      const taken = JSON.parse((await place.command("rebuild", "--dry-run", "--json")).stdout);
      expect(taken.sources).toMatchObject([{ source: "lab", changed: false, before: lab.after }]);
      await store.drop();
      await place.directory[Symbol.asyncDispose]();
    });
  });
}

describe("the control file", () => {
  test("is its owner's alone, lets a command in where a token is set, and is gone after a stop", async () => {
    const kind = HOT_STORES[0]!;
    const store = kind.make();
    const place = await prepare({ ...store, environment: { ...store.environment } });
    const guarded = { environment: { ...store.environment, RACKWATCH_TOKEN: "s3cret-s3cret" } };
    await using rackwatch = start([
      "up",
      ...["--config", place.config, "--data-dir", place.path, "--http", "127.0.0.1:0"],
      ...["--feed", "none"],
    ], guarded);
    const url = await rackwatch.url();
    await until(() => readControl(place.path), (control) => control !== null);
    const path = join(place.path, "rackwatch.control.json");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const post = (headers: Record<string, string>) =>
      fetch(`${url}/api/verify`, {
        method: "POST",
        body: "{}",
        headers: { "Content-Type": "application/json", ...headers },
      });
    expect((await post({})).status).toBe(401);
    const byToken = await post({ Authorization: "Bearer s3cret-s3cret" });
    expect(byToken.status).toBe(200);
    expect((await byToken.text()).trim().split("\n").at(-1)).toContain(`"same":true`);
    // The command is not told the token: it has the key.
    expect((await place.command("verify")).code).toBe(0);
    expect(await rackwatch.stop()).toBe(0);
    expect(existsSync(path)).toBe(false);
    await place.directory[Symbol.asyncDispose]();
  });
});
