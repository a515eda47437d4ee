/** How processes end: in order at the first signal, at once at the second. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { HOT_STORES } from "../e2e/support/hot_stores.ts";
import { TcpGate } from "../e2e/support/tcp_gate.ts";
import { run, start, temporaryDirectory, until } from "../support/rackwatch.ts";

setDefaultTimeout(60_000);

async function archivedBytes(dataDir: string): Promise<number> {
  const live = join(dataDir, "live_data");
  const [run] = await readdir(live).catch(() => []);
  if (run === undefined) return 0;
  return (await stat(join(live, run, "part-000000.ndjson")).catch(() => null))?.size ?? 0;
}

/** Of a stop, by the contract. */
const STOP_MS_MAX = 5_000;

for (const kind of HOT_STORES) {
  describe(`on ${kind.name}`, () => {
    test("SIGTERM under load ends within 5 s with exit 0, and nothing is lost", async () => {
      await using directory = await temporaryDirectory();
      const store = kind.make();
      const feed = start(["generate", "feed", "--rate", "30000", "--feed", "127.0.0.1:0"]);
      const { hostname, port } = await feed.address("serving simulated");
      const data = ["--data-dir", directory.path];
      const stream = start(["stream", "--feed", `${hostname}:${port}`, ...data], store);
      await until(() => archivedBytes(directory.path), (bytes) => bytes > 1_000_000);
      const startedMs = performance.now();
      const code = await stream.stop();
      const tookMs = performance.now() - startedMs;
      await feed.stop();
      expect(code).toBe(0);
      expect(tookMs).toBeLessThan(STOP_MS_MAX);

      // What was not in the hot store yet comes into it at the next start.
      const next = start([
        "stream",
        "--no-demo",
        "--listen",
        "127.0.0.1:0",
        "--feed",
        "none",
        ...data,
      ], store);
      await next.log((line) => line.message === "listening for agents");
      expect(await next.stop()).toBe(0);
      const { stdout } = await run(["verify", "--json", ...data], store);
      const { same, runs } = JSON.parse(stdout);
      expect(same).toBe(true);
      expect(runs[1].lines).toBe(runs[1].rows + runs[1].dead_letters);
      await store.drop();
    });
  });
}

const postgres = HOT_STORES.find((kind) => kind.name === "PostgreSQL");

test.if(postgres !== undefined)(
  "SIGTERM under load while the store is away ends within 5 s with exit 0, and nothing is lost",
  async () => {
    await using directory = await temporaryDirectory();
    const store = postgres!.make();
    using gate = new TcpGate(store.environment["DATABASE_URL"]!);
    gate.open();
    const feed = start(["generate", "feed", "--rate", "30000", "--feed", "127.0.0.1:0"]);
    const { hostname, port } = await feed.address("serving simulated");
    const data = ["--data-dir", directory.path];
    const stream = start(["stream", "--feed", `${hostname}:${port}`, ...data], {
      environment: { DATABASE_URL: gate.url },
    });
    await until(() => archivedBytes(directory.path), (bytes) => bytes > 1_000_000);
    gate.cut();
    await stream.log((line) => line.message.includes("the hot store can't be written"));
    const before = await archivedBytes(directory.path);
    await until(() => archivedBytes(directory.path), (bytes) => bytes > before + 1_000_000);
    const startedMs = performance.now();
    expect(await stream.stop()).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(STOP_MS_MAX);
    await feed.stop();

    const next = start([
      "stream",
      "--no-demo",
      "--listen",
      "127.0.0.1:0",
      "--feed",
      "none",
      ...data,
    ], store);
    await next.log((line) => line.message === "listening for agents");
    expect(await next.stop()).toBe(0);
    const { stdout } = await run(["verify", "--json", ...data], store);
    const { same, runs } = JSON.parse(stdout);
    expect(same).toBe(true);
    expect(runs[1].lines).toBe(runs[1].rows + runs[1].dead_letters);
    await store.drop();
  },
);

test("a second signal ends it at once", async () => {
  await using directory = await temporaryDirectory();
  const feed = start(["generate", "feed", "--rate", "0", "--feed", "127.0.0.1:0"]);
  const { hostname, port } = await feed.address("serving simulated");
  const words = ["--feed", `${hostname}:${port}`, "--data-dir", directory.path];
  const stream = start(["stream", ...words]);
  await stream.log((line) => line.message === "connected to the feed");
  stream.process.kill("SIGTERM");
  await stream.log((line) => line.message === "stopping");
  stream.process.kill("SIGINT");
  expect(await stream.process.exited).toBe(130);
  await feed.stop();
});

test("a store that is not there keeps nothing from stopping", async () => {
  await using directory = await temporaryDirectory();
  const environment = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing" };
  const words = ["up", "--no-demo", "--feed", "none", "--http", "127.0.0.1:0"];
  const rackwatch = start([...words, "--data-dir", directory.path], { environment });
  await rackwatch.url();
  const startedMs = performance.now();
  expect(await rackwatch.stop()).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(STOP_MS_MAX);
});

test("the data directory is free again after a stop", async () => {
  await using directory = await temporaryDirectory();
  const words = ["up", "--no-demo", "--feed", "none", "--http", "127.0.0.1:0"];
  const rackwatch = start([...words, "--data-dir", directory.path]);
  await rackwatch.url();
  expect(await rackwatch.stop()).toBe(0);
  const { code } = await run(["verify", "--data-dir", directory.path]);
  expect(code).toBe(0);
});
