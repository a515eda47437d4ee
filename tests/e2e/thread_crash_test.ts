/** A thread of a running `up` crashes: it is started again, and the others never notice. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Status } from "../../src/model/status.ts";
import { sendAcknowledged } from "../support/ack_client.ts";
import { json, run, setUntilTimeout, temporaryDirectory, until } from "../support/rackwatch.ts";
import { lineNow } from "./support/agent.ts";
import { type Crashable, startCrashable, type ThreadName } from "./support/crashable.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(120_000);
setUntilTimeout(110_000);

const DEMO = [
  ...["up", "--demo", "--no-open", "--http", "127.0.0.1:0", "--feed", "tcp://127.0.0.1:0"],
  ...["--listen", "127.0.0.1:0", "--rate", "200"],
];
const HISTORY_ROWS = 30_000;

/** A browser's stream: how many frames came, and whether it ended. */
async function watch(url: string) {
  const stopped = new AbortController();
  const { body } = await fetch(`${url}/events?hz=10`, { signal: stopped.signal });
  const seen = { frames: 0, hasEnded: false };
  const decoder = new TextDecoder();
  void (async () => {
    for await (const chunk of body!) {
      seen.frames += decoder.decode(chunk, { stream: true }).split("event: frame").length - 1;
    }
  })().catch(() => {}).finally(() => seen.hasEnded = true);
  return { seen, stop: () => stopped.abort() };
}

async function crash(rackwatch: Crashable, thread: ThreadName): Promise<void> {
  await rackwatch.crash(thread);
  const told = await rackwatch.log(({ message }) => message.startsWith(`the ${thread} worker`));
  expect(told).toMatchObject({ reason: expect.stringContaining("crashed by a test") });
}

for (const kind of HOT_STORES) {
  describe(`a thread crashes, ${kind.name}`, () => {
    const begin = async () => {
      const directory = await temporaryDirectory();
      const store = kind.make();
      const rackwatch = startCrashable([...DEMO, "--data-dir", directory.path], store);
      const url = await rackwatch.url();
      const status = () => json<Status>(`${url}/api/status`);
      const isLoaded = ({ layers: { batch } }: Status) =>
        batch.state === "idle" && batch.files + batch.files_skipped === 3;
      /** Stops it, and holds the store against the archive. */
      const end = async () => {
        expect(await rackwatch.stop()).toBe(0);
        const { stdout } = await run(["verify", "--json", "--data-dir", directory.path], store);
        await store.drop();
        await directory[Symbol.asyncDispose]();
        const report = JSON.parse(stdout) as {
          same: boolean;
          runs: { run: string; rows: number; lines: number; dead_letters: number }[];
        };
        expect(report.same).toBe(true);
        return report.runs;
      };
      return { rackwatch, url, status, isLoaded, end };
    };

    test("speed: a new run goes on, an acknowledged stream has each line once", async () => {
      const { rackwatch, url, status, isLoaded, end } = await begin();
      await until(status, isLoaded);
      const before = await until(status, ({ layers }) => layers.speed.committed_rows > 100);
      const page = await watch(url);
      await until(() => page.seen.frames, (frames) => frames > 0);

      const lines = Array.from({ length: 5_000 }, (_, i) => lineNow(`acknowledged-${i}`));
      let acked = 0;
      const sending = sendAcknowledged(lines, {
        stream: "crash",
        onAck: (count) => acked = count,
        address: async () => {
          const { layers: { speed } } = await until(
            status,
            ({ layers: { speed } }) => speed.listen !== null,
          );
          const { hostname, port } = new URL(speed.listen!.replace("tcp:", "http:"));
          return { host: hostname, port: Number(port) };
        },
      });
      await until(() => acked, (count) => count > 200);
      await crash(rackwatch, "speed");

      const { layers } = await until(
        status,
        ({ layers: { speed } }) =>
          speed.run_id !== before.layers.speed.run_id && speed.state === "running" &&
          speed.committed_rows > 100,
      );
      expect(layers.generator.sent_lines).toBeGreaterThan(before.layers.generator.sent_lines);
      expect(await sending).toBeGreaterThan(1);
      const framesMeanwhile = page.seen.frames;
      await until(() => page.seen.frames, (frames) => frames > framesMeanwhile + 3);
      expect(page.seen.hasEnded).toBe(false);
      const hosts = new Set<string>();
      await until(status, ({ layers: { speed } }) => speed.pending_lines < 200);
      const stored = await until(async () => {
        const answer = await fetch(`${url}/api/readings?format=csv&limit=100000`);
        return (await answer.text()).split("\n").filter((row) => row.includes("acknowledged-"));
      }, (rows) => rows.length >= lines.length);
      for (const row of stored) hosts.add(/acknowledged-\d+/.exec(row)![0]);
      expect([stored.length, hosts.size]).toEqual([lines.length, lines.length]);
      page.stop();
      await end();
    });

    test("batch, while it loads: ingest never notices, every row of history is there once", async () => {
      const { rackwatch, url, status, isLoaded, end } = await begin();
      const before = await until(
        status,
        ({ layers: { batch, speed } }) => batch.state === "loading" && speed.state === "running",
      );
      const page = await watch(url);
      await crash(rackwatch, "batch");

      await until(
        status,
        ({ layers: { speed } }) => speed.archived_lines > before.layers.speed.archived_lines + 100,
      );
      const after = await until(status, isLoaded);
      expect(after.layers.speed.run_id).toBe(before.layers.speed.run_id);
      expect(page.seen.hasEnded).toBe(false);
      page.stop();
      const runs = await end();
      const history = runs.filter((one) => !one.run.startsWith("stream_run"));
      expect(history.reduce((sum, one) => sum + one.rows, 0)).toBe(HISTORY_ROWS);
    });

    test("generator: the speed layer dials it again, in the same run", async () => {
      const { rackwatch, url, status, isLoaded, end } = await begin();
      await until(status, isLoaded);
      const before = await until(status, ({ layers }) => layers.speed.committed_rows > 100);
      const page = await watch(url);
      await crash(rackwatch, "generator");

      const after = await until(
        status,
        ({ layers: { speed } }) =>
          speed.reconnects > 0 && speed.connection === "connected" &&
          speed.archived_lines > before.layers.speed.archived_lines + 200,
      );
      expect(after.layers.speed.run_id).toBe(before.layers.speed.run_id);
      expect(after.layers.batch).toEqual(before.layers.batch);
      expect(page.seen.hasEnded).toBe(false);
      page.stop();
      await end();
    });
  });
}
