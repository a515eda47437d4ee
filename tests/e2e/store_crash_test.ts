/** The embedded store's thread crashes in a running process: everything else goes on. */
import { SQL } from "bun";
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdir, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import type { Status } from "../../src/model/status.ts";
import { json, run, setUntilTimeout, temporaryDirectory, until } from "../support/rackwatch.ts";
import { connectAgent, lineNow } from "./support/agent.ts";
import { startCrashable } from "./support/crashable.ts";

setDefaultTimeout(120_000);
setUntilTimeout(110_000);

const LAB_ROWS = 40;

/** `up` on the embedded store with one history file, an agent, and the store's SQL port. */
async function begin() {
  const directory = await temporaryDirectory();
  const config = join(directory.path, "rackwatch.toml");
  const lab = Array.from(
    { length: LAB_ROWS },
    (_, i) => `lab-${i % 4},2026-01-31T12:${String(i).padStart(2, "0")}:00Z,${20 + i}`,
  );
  await writeFile(join(directory.path, "lab.csv"), `host,time,temp\n${lab.join("\n")}\n`);
  await writeFile(
    config,
    `[[source]]\nname = "lab"\npath = "lab.csv"\nhost_id = "host"\ntimestamp = "time"\n` +
      `region = "Lab"\ntemp_c = "temp"\n`,
  );
  const place = ["--config", config, "--data-dir", directory.path];
  const words = ["up", "--no-demo", "--no-open", "--feed", "none", "--http", "127.0.0.1:0"];
  const up = () =>
    startCrashable(
      [...words, "--listen", "127.0.0.1:0", "--sql", "127.0.0.1:0", ...place],
    );
  const verify = async () => {
    const { stdout, code } = await run(["verify", "--json", ...place]);
    return { code, report: JSON.parse(stdout) };
  };
  return { directory, up, verify };
}

async function follow(rackwatch: ReturnType<typeof startCrashable>) {
  const url = await rackwatch.url();
  const agent = await connectAgent(await rackwatch.address("listening for agents"));
  const status = () => json<Status>(`${url}/api/status`);
  let sent = 0;
  return {
    url,
    agent,
    status,
    sent: () => sent,
    send: async (count: number) => {
      await agent.send(Array.from({ length: count }, (_, i) => lineNow(`host-${i % 7}`)));
      sent += count;
    },
    settled: (rows: number) =>
      until(
        status,
        ({ store, layers: { speed, batch } }) =>
          store.state === "ready" && speed.archived_lines === sent && speed.pending_lines === 0 &&
          batch.state === "idle" && store.rows === rows,
      ),
  };
}

/** As a SQL client counts them: no layer's own word. */
async function storedRows(address: string): Promise<number> {
  const client = new SQL(`postgres://postgres@${address}/postgres`, { max: 1 });
  const [{ rows }] = await client.unsafe("select count(*)::int as rows from server_metrics");
  await client.close();
  return rows;
}

test("ingest goes on, the store comes back by itself, and every line is there once", async () => {
  const { directory, up, verify } = await begin();
  await using _ = directory;
  await using rackwatch = up();
  const { agent, status, send, settled, sent } = await follow(rackwatch);
  await send(300);
  await settled(300 + LAB_ROWS);
  const sql = (await status()).store.sql!;

  for (let crash = 0; crash < 3; crash++) {
    await rackwatch.crash("store");
    const away = await until(status, ({ store }) => store.state === "down");
    const before = away.layers.speed.archived_lines;
    const grown = await until(async () => {
      await send(20);
      return await status();
    }, ({ layers: { speed } }) => speed.archived_lines > before);
    expect(grown.layers.speed.state).toBe("running");
    await until(status, ({ store }) => store.state === "ready");
  }
  await send(100);
  const after = await settled(sent() + LAB_ROWS);
  expect(after.layers.speed).toMatchObject({ committed_rows: sent(), last_error: null });

  // SQL clients find it where it was.
  expect(after.store.sql).toBe(sql);
  expect(await storedRows(sql)).toBe(sent() + LAB_ROWS);

  agent[Symbol.dispose]();
  expect(await rackwatch.stop()).toBe(0);
  const { code, report } = await verify();
  expect(report).toMatchObject({ same: true });
  expect(code).toBe(0);
});

test("a store that the crash damaged is moved aside and filled again, earlier runs too", async () => {
  const { directory, up, verify } = await begin();
  await using _ = directory;
  let rows = LAB_ROWS;
  {
    await using first = up();
    const { send, settled, sent } = await follow(first);
    await send(500);
    rows += sent();
    await settled(rows);
    expect(await first.stop()).toBe(0);
  }
  await using rackwatch = up();
  const { status, send, settled, sent } = await follow(rackwatch);
  await send(200);
  await settled(rows + sent());
  const sql = (await status()).store.sql!;

  await unlink(join(directory.path, "store", "PG_VERSION"));
  await rackwatch.crash("store");
  await rackwatch.log((line) => line.message.includes("moved aside"));
  await send(200);
  // SQL clients are let in before the new store has its tables.
  await until(() => storedRows(sql).catch(() => null), (count) => count === rows + sent());
  await settled(rows + sent());

  expect((await readdir(directory.path)).some((name) => name.startsWith("store.damaged-")))
    .toBe(true);
  expect(await rackwatch.stop()).toBe(0);
  const { report } = await verify();
  expect(report.same).toBe(true);
  // The first: history was loaded anew, and the batch run before has no rows any more.
  const rowsByRun = report.runs.map((one: { rows: number }) => one.rows);
  expect(rowsByRun.sort((a: number, b: number) => a - b)).toEqual([0, LAB_ROWS, 400, 500]);
});

test("in the middle of its transactions, under load: nothing is lost, nothing doubled", async () => {
  await using directory = await temporaryDirectory();
  const data = ["--data-dir", directory.path];
  const words = ["up", "--no-open", "--http", "127.0.0.1:0", ...data];
  {
    await using rackwatch = startCrashable(
      [...words, "--demo", "--rate", "3000", "--feed", "tcp://127.0.0.1:0"],
    );
    const url = await rackwatch.url();
    const status = () => json<Status>(`${url}/api/status`);
    let committed = 0;
    for (let crash = 0; crash < 3; crash++) {
      // History is being loaded at the first one, too.
      const now = await until(
        status,
        ({ store, layers: { speed } }) =>
          store.state === "ready" && speed.committed_rows > committed,
      );
      committed = now.layers.speed.committed_rows;
      await rackwatch.crash("store");
      await until(status, ({ store }) => store.state === "down");
    }
    await until(status, ({ layers: { speed } }) => speed.committed_rows > committed);
    expect(await rackwatch.stop()).toBe(0);
  }
  // What was not in the hot store yet comes into it at the next start.
  await using next = startCrashable([
    ...words,
    "--demo",
    "--rate",
    "1",
    "--feed",
    "tcp://127.0.0.1:0",
  ]);
  const url = await next.url();
  await until(
    () => json<Status>(`${url}/api/status`),
    ({ layers: { speed, batch } }) =>
      speed.state === "running" && batch.state === "idle" &&
      batch.files + batch.files_skipped === 3,
  );
  expect(await next.stop()).toBe(0);
  const { stdout } = await run(["verify", "--json", ...data]);
  const { same, runs } = JSON.parse(stdout);
  expect(same).toBe(true);
  for (const one of runs) {
    if (one.run.startsWith("stream_run")) expect(one.rows + one.dead_letters).toBe(one.lines);
  }
});

test("one that crashes again and again ends the process, with the reason and exit 1", async () => {
  const { directory, up } = await begin();
  await using _ = directory;
  await using rackwatch = up();
  const { status } = await follow(rackwatch);
  for (let crash = 0; crash <= LIMITS.storeRestartsMax; crash++) {
    await until(status, ({ store }) => store.state === "ready");
    await rackwatch.crash("store");
    if (crash === LIMITS.storeRestartsMax) break;
    await until(status, ({ store }) => store.state === "down");
  }
  expect(await rackwatch.process.exited).toBe(1);
  expect(rackwatch.logLines.some((line) => line.message.includes("crashed by a test"))).toBe(true);
});
