/** The hot store built anew, also beside a running rackwatch: each a real process. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Status } from "../../src/model/status.ts";
import { readControl } from "../../src/runtime/control_file.ts";
import {
  json,
  run,
  setUntilTimeout,
  start,
  type Started,
  temporaryDirectory,
  until,
} from "../support/rackwatch.ts";
import { wireLines } from "../workers/support/speed_lives.ts";
import { HOT_STORES, type HotStore } from "./support/hot_stores.ts";

setDefaultTimeout(120_000);
setUntilTimeout(110_000);

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

/** Lines of agents in a shape of their own, and no history. */
function declareLive(config: string, unit: string): Promise<void> {
  return writeFile(
    config,
    `[[source]]\nname = "field"\nlisten = true\nhost_id = "name"\ntimestamp = "at"\n` +
      `region = "Field"\ntemp_c = { column = "t", unit = "${unit}" }\n`,
  );
}

/** Times of the newest reading, as the event stream tells them until the signal aborts. */
async function headsOf(url: string, signal: AbortSignal): Promise<number[]> {
  let text = "";
  try {
    const response = await fetch(url, { signal });
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) text += chunk;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return [...text.matchAll(/"headMs":(\d+)/g)].map(([, atMs]) => Number(atMs));
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

for (const kind of HOT_STORES) {
  describe(`the ${kind.name}`, () => {
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
      const watching = new AbortController();
      const shown = headsOf(`${url}/events?hz=10`, watching.signal);
      const { code, stdout, stderr } = await place.command("rebuild", "--json");
      clearInterval(feeding);
      watching.abort();
      // The picture went on: its newest time rose from frame to frame, and never fell.
      const heads = await shown;
      expect(heads).toEqual(heads.toSorted((a, b) => a - b));
      expect(new Set(heads).size).toBeGreaterThan(3);
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

    test("asked over HTTP with the token, takes a changed unit of live lines", async () => {
      const store = kind.make();
      const environment = { ...store.environment, RACKWATCH_TOKEN: "s3cret-s3cret" };
      const place = await prepare({ ...store, environment });
      await declareLive(place.config, "fahrenheit");
      const first = place.up();
      const socket = await agent(first);
      socket.write(JSON.stringify({ token: "s3cret-s3cret" }) + "\n");
      const fieldLine = (i: number) =>
        JSON.stringify({ name: `f-${i % 3}`, at: Date.now() - 60_000 + i, t: 50 + i * 2 }) + "\n";
      socket.write(Array.from({ length: 100 }, (_, i) => fieldLine(i)).join(""));
      const url = await first.url();
      const headers = { "Content-Type": "application/json", Authorization: "Bearer s3cret-s3cret" };
      const rows = async (at: string) =>
        (await (await fetch(`${at}/api/regions`, { headers })).json() as { rows: number }[])
          .reduce((sum, one) => sum + one.rows, 0);
      await until(() => fetch(`${url}/readyz`), (response) => response.ok);
      await until(() => rows(url), (count) => count === 100);
      expect(await first.stop()).toBe(0);

      await declareLive(place.config, "celsius");
      const second = place.up();
      const again = await second.url();
      await until(() => fetch(`${again}/readyz`), (response) => response.ok);
      const rebuild = (body: string, more: Record<string, string>) =>
        fetch(`${again}/api/rebuild`, { method: "POST", body, headers: more });
      const { Authorization: _authorization, ...without } = headers;
      expect((await rebuild("{}", without)).status).toBe(401);
      const last = async (response: Response) =>
        JSON.parse((await response.text()).trim().split("\n").at(-1)!).result.report;
      const { sources } = await last(await rebuild('{"dry_run":true}', headers));
      expect(sources).toMatchObject([{
        layer: "speed",
        changed: true,
        before: { readings: 100, rejects: 0, metrics: { temp_c: { min: 10 } } },
        after: { metrics: { temp_c: { min: 50 } } },
      }]);
      const { readings, rejects } = sources[0].after;
      expect({ sum: readings + rejects, some: rejects > 0 }).toEqual({ sum: 100, some: true });
      expect(await rows(again)).toBe(100);
      const report = await last(await rebuild("{}", headers));
      expect(report.live).toMatchObject({ lines: 100, rows: readings, deadLetters: rejects });
      await until(() => rows(again), (count) => count === readings);
      expect(await second.stop()).toBe(0);
      expect((await place.command("verify")).code).toBe(0);
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
