/** `verify` as an operator runs it: one flipped bit, one missing row, beside a running `up` or not. */
import { SQL } from "bun";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Sealer } from "../../src/archive/sealer.ts";
import { SILENT_LOG } from "../../src/log.ts";
import type { Status } from "../../src/model/status.ts";
import { REAL_CLOCK } from "../../src/runtime/clock.ts";
import { REAL_FILES } from "../../src/runtime/files.ts";
import type { VerifyReport } from "../../src/workers/verify/verify_store.ts";
import { json, run, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { wireLines } from "../workers/support/speed_lives.ts";
import { connectAgent } from "./support/agent.ts";
import { HOT_STORES, type HotStore, sqlUrl } from "./support/hot_stores.ts";
import { deleteReadings } from "../support/stored_readings.ts";

setDefaultTimeout(60_000);

const LINES = 400, ROWS = 50;

for (const kind of HOT_STORES) {
  describe(`verify, ${kind.name}`, () => {
    let store: HotStore;
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
    let words: string[];
    let liveRun = "", batchRun = "";
    const livePart = (suffix = "") =>
      join(directory.path, "live_data", liveRun, `part-000000.ndjson${suffix}`);
    const readings = () => join(directory.path, "batch_data", batchRun, "readings-000000.ndjson");

    beforeAll(async () => {
      store = kind.make();
      directory = await temporaryDirectory();
      const lab = Array.from(
        { length: ROWS },
        (_, i) => `lab-${i % 4},2026-01-31T12:${String(i).padStart(2, "0")}:00Z,${30 + i},r${i}`,
      );
      await writeFile(join(directory.path, "lab.csv"), `host,time,temp,rack\n${lab.join("\n")}\n`);
      const config = join(directory.path, "rackwatch.toml");
      await writeFile(
        config,
        `[[source]]\nname = "lab"\npath = "lab.csv"\nhost_id = "host"\ntimestamp = "time"\n` +
          `region = "Lab"\ntemp_c = { column = "temp", unit = "celsius" }\n`,
      );
      words = ["--config", config, "--data-dir", directory.path];
      const rackwatch = up();
      using agent = await connectAgent(await rackwatch.address("listening for agents"));
      await agent.send([...wireLines(LINES).trimEnd().split("\n"), "no JSON"]);
      await applied(rackwatch, LINES + 1);
      expect(await rackwatch.stop()).toBe(0);
      [liveRun, batchRun] = await Promise.all(
        ["live_data", "batch_data"].map(async (name) =>
          (await readdir(join(directory.path, name)))[0]!
        ),
      ) as [string, string];
    });
    afterAll(async () => {
      await store.drop();
      await directory[Symbol.asyncDispose]();
    });

    const up = (...more: string[]) =>
      start([
        ...["up", ...words, "--http", "127.0.0.1:0"],
        ...["--feed", "none", "--listen", "127.0.0.1:0", ...more],
      ], store);

    async function verify(): Promise<
      { code: number; stderr: string; said: Map<string, string[]> }
    > {
      const { code, stdout, stderr } = await run(["verify", "--json", ...words], store);
      const { same, runs } = JSON.parse(stdout) as VerifyReport;
      expect(same).toBe(code === 0);
      const differing = runs.filter((one) => one.differences.length > 0);
      return {
        code,
        stderr,
        said: new Map(differing.map((one) => [one.run, [...one.differences]])),
      };
    }

    /** Flips a bit for as long as `verify` looks. */
    async function withFlip(path: string, at: number): ReturnType<typeof verify> {
      const whole = await readFile(path);
      const flipped = Uint8Array.from(whole);
      flipped[at]! ^= 1;
      await writeFile(path, flipped);
      try {
        return await verify();
      } finally {
        await writeFile(path, whole);
      }
    }

    test("what was not touched is the same: exit 0, one line a run", async () => {
      const { code, stdout } = await run(["verify", ...words], store);
      expect(code).toBe(0);
      expect(stdout).toContain(`same     ${liveRun}: 401 lines, 400 readings, 1 rejects\n`);
      expect(stdout).toContain(`same     ${batchRun}: 50 lines, 50 readings, 0 rejects\n`);
      expect(stdout).toContain("2 runs compared, 0 differ");
    });

    test("one flipped bit of a live part: exit 1, run, part and offset", async () => {
      const { code, said } = await withFlip(livePart(), 1_000);
      expect(code).toBe(1);
      expect([...said.keys()]).toEqual([liveRun]);
      expect(said.get(liveRun)![0]).toMatch(
        new RegExp(`^live_data/${liveRun}/part-000000.ndjson offset \\d+: \\d+ bytes are damaged`),
      );
    });

    test("one flipped bit of a compressed part: the same", async () => {
      await new Sealer({
        directory: join(directory.path, "live_data"),
        files: REAL_FILES,
        clock: REAL_CLOCK,
        log: SILENT_LOG,
      }).pass(new AbortController().signal);
      expect((await verify()).code).toBe(0);
      const { code, said } = await withFlip(livePart(".zst"), 100);
      expect(code).toBe(1);
      expect(said.get(liveRun)![0]).toMatch(
        /part-000000\.ndjson offset \d+: \d+ bytes are damaged/,
      );
    });

    test("one flipped bit of an archived reading of history: the file, and where it tells, the row", async () => {
      const text = await readFile(readings(), "utf8");
      const ofValue = await withFlip(readings(), text.indexOf('"temp_c":35') + 10);
      expect(ofValue.code).toBe(1);
      expect(ofValue.said.get(batchRun)!.join("\n")).toMatch(
        /lab\.csv offset \d+: temp_c is 34 in the archive, 35 in the hot store/,
      );
      const ofColumn = await withFlip(readings(), text.indexOf('"r7"') + 2);
      expect(ofColumn.said.get(batchRun)).toEqual([
        `${batchRun}/readings-000000.ndjson: its bytes are not those that were archived (SHA-256)`,
      ]);
    });

    test("draws a progress bar on a terminal", async () => {
      let drawn = "";
      const child = Bun.spawn(
        [process.execPath, "run", resolve(import.meta.dir, "../../main.ts"), "verify", ...words],
        {
          env: { ...process.env, ...store.environment },
          terminal: { cols: 200, rows: 40, data: (_, bytes) => void (drawn += bytes.toString()) },
        },
      );
      expect(await child.exited).toBe(0);
      expect(drawn).toMatch(/verifying [█░]+ +\d+ % .* lines\/s/);
      expect(drawn).toContain("2 runs compared, 0 differ");
    });

    test("beside a running process: flipped bits and missing rows while lines come", async () => {
      const rackwatch = up(...(kind.name === "PostgreSQL" ? [] : ["--sql", "127.0.0.1:0"]));
      using agent = await connectAgent(await rackwatch.address("listening for agents"));
      let sent = 0;
      const feeding = setInterval(() => {
        void agent.send(wireLines(20).trimEnd().split("\n"));
        sent += 20;
      }, 50);
      await applied(rackwatch, 100);
      const whole = await verify();
      expect({ code: whole.code, said: whole.said }).toEqual({ code: 0, said: new Map() });
      expect(whole.stderr).toContain("asking the process");
      const flipped = await withFlip(livePart(".zst"), 100);
      expect(flipped.code).toBe(1);
      expect([...flipped.said.keys()]).toEqual([liveRun]);

      const sql = new SQL(await sqlUrl(rackwatch, store), { max: 1, prepare: false });
      await sql.unsafe(
        deleteReadings(
          `r.temp_c = 37 and r.host_key in
            (select host_key from rackwatch.hosts where host_id like 'lab-%')`,
        ),
      );
      await sql.unsafe(
        deleteReadings(
          `(c.origin_key, c.first_offset + r.record_offset) = (
            select n.origin_key, n.record_offset from rackwatch.readings n
            join rackwatch.origins o using (origin_key) where o.run_id = '${liveRun}'
            order by n.record_offset offset 7 limit 1)`,
        ),
      );
      await sql.close();
      const missing = await verify();
      clearInterval(feeding);
      expect(sent).toBeGreaterThan(100);
      expect(missing.code).toBe(1);
      expect([...missing.said.keys()].sort()).toEqual([batchRun, liveRun].sort());
      const [live] = missing.said.get(liveRun)!;
      const offset = Number(/offset (\d+): archived, and not in the hot store$/.exec(live!)?.[1]);
      expect(offset).toBe(lineStart(await unpacked(livePart(".zst")), 7));
      expect(missing.said.get(batchRun)![0]).toMatch(
        /^lab\.csv offset \d+: archived, and not in the hot store$/,
      );
      expect(await rackwatch.stop()).toBe(0);
      expect((await verify()).code).toBe(1);
    });
  });
}

async function applied(rackwatch: Started, lines: number): Promise<void> {
  const url = await rackwatch.url();
  await until(
    () => json<Status>(`${url}/api/status`),
    ({ layers: { speed, batch } }) =>
      speed.committed_rows + speed.dead_letters >= lines && batch.state === "idle" &&
      batch.rows_loaded + batch.files_skipped > 0,
  );
}

async function unpacked(path: string): Promise<Uint8Array> {
  return Bun.zstdDecompressSync(await readFile(path));
}

function lineStart(bytes: Uint8Array, index: number): number {
  let at = 0;
  for (let i = 0; i < index; i++) at = bytes.indexOf(10, at) + 1;
  return at;
}
