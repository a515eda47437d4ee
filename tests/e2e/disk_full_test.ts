/** A disk that is really full under a running process, and has room again. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import type { Status } from "../../src/model/status.ts";
import { json, run, setUntilTimeout, until } from "../support/rackwatch.ts";
import { canMountSmallDisk, mountSmallDisk } from "../support/small_disk.ts";
import { connectAgent, lineNow } from "./support/agent.ts";
import { startCrashable } from "./support/crashable.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(120_000);
setUntilTimeout(110_000);

const HAS_SMALL_DISK = await canMountSmallDisk();

const UP = [
  ...["up", "--no-demo", "--no-open", "--feed", "none"],
  ...["--http", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--no-compress"],
];
/** Beyond what fits on the disk: more than waits in memory and in both ends' socket buffers. */
const BURST_BYTES = LIMITS.archiveQueueBytesMax + 56_000_000;
const LINE_BYTES = 1_000;
/** Room for the burst, and for an embedded store with its log. */
const DISK_BYTES = 384 * 1_048_576;

/** Every file of the archive with its size. */
async function archivedFiles(dataDir: string): Promise<Map<string, number>> {
  const live = join(dataDir, "live_data");
  const files = new Map<string, number>();
  for (const name of (await readdir(live, { recursive: true })).sort()) {
    const found = await stat(join(live, name));
    if (found.isFile()) files.set(name, found.size);
  }
  return files;
}

for (const kind of HOT_STORES) {
  describe.if(HAS_SMALL_DISK)(`a full disk, ${kind.name}`, () => {
    const isEmbedded = kind.name !== "PostgreSQL";
    // An embedded store gets into it while it writes, and has to stop before the archive does.
    const leaveBytes = isEmbedded ? LIMITS.storeRoomBytesMin + 8_000_000 : 0;

    test("pauses senders and deletes nothing; with room it goes on by itself", async () => {
      await using disk = (await mountSmallDisk(DISK_BYTES))!;
      const store = kind.make();
      const options = { ...store, enter: disk.enter };
      const dataDir = join(disk.path, "data");
      const outside = join(disk.outside, "data");
      await using rackwatch = startCrashable([...UP, "--data-dir", dataDir], options);
      const url = await rackwatch.url();
      const status = () => json<Status>(`${url}/api/status`);
      using agent = await connectAgent(await rackwatch.address("listening for agents"));
      const sent = new Bun.CryptoHasher("sha256");
      let sentLines = 0;
      const send = async (count: number) => {
        const lines = Array.from(
          { length: count },
          (_, i) => lineNow(`host-${i % 50}`, { note: "x".repeat(LINE_BYTES - 100) }),
        );
        for (const line of lines) sent.update(`${line}\n`);
        sentLines += count;
        await agent.send(lines);
      };
      await send(1_000);
      await until(
        status,
        ({ store, layers: { speed } }) =>
          store.state === "ready" && speed.archived_lines === 1_000 && speed.pending_lines === 0,
      );

      await disk.fill(leaveBytes);
      const before = await archivedFiles(outside);
      let isTaken = false;
      const burst = send(Math.ceil((leaveBytes + BURST_BYTES) / LINE_BYTES)).then(() =>
        isTaken = true
      );
      await rackwatch.log(({ message }) => message.startsWith("disk full"));
      await until(status, ({ layers }) => layers.speed.state === "paused");

      // It lives, and says so everywhere.
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      const ready = await fetch(`${url}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.text()).toContain("disk is full");
      expect(await (await fetch(`${url}/metrics`)).text())
        .toContain(`rackwatch_speed_state{state="paused"} 1`);
      // What waits in memory has a bound, and then the sender has to wait.
      const waiting = (now: Status) =>
        now.layers.speed.received_bytes - now.layers.speed.archived_bytes;
      const full = await until(status, (now) => waiting(now) > LIMITS.archiveQueueBytesMax / 2);
      expect(waiting(full)).toBeLessThan(LIMITS.archiveQueueBytesMax * 1.5);
      expect(isTaken).toBe(false);
      for (const [name, bytes] of before) {
        expect((await archivedFiles(outside)).get(name)).toBeGreaterThanOrEqual(bytes);
      }

      if (isEmbedded) {
        await until(
          status,
          ({ store }) => store.state === "down" && store.last_error!.includes("waits for room"),
        );
        // Nor is it opened, or taken for damaged, while it could not write its log.
        await rackwatch.crash("store");
        await rackwatch.log(({ message }) => message === "the embedded store is not opened");
      }

      await disk.makeRoom();
      await burst;
      const after = await until(
        status,
        ({ store, layers: { speed } }) =>
          store.state === "ready" && speed.state === "running" &&
          speed.archived_lines === sentLines && speed.pending_lines === 0,
      );
      expect(after.layers.speed.committed_rows).toBe(sentLines);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);

      const [run_id] = await readdir(join(outside, "live_data"));
      const parts = (await readdir(join(outside, "live_data", run_id!))).sort()
        .filter((name) => name.endsWith(".ndjson"));
      const archived = new Bun.CryptoHasher("sha256");
      for (const part of parts) {
        archived.update(await readFile(join(outside, "live_data", run_id!, part)));
      }
      expect(archived.digest("hex")).toBe(sent.digest("hex"));
      expect((await readdir(outside)).filter((name) => name.includes("damaged"))).toEqual([]);

      expect(await rackwatch.stop()).toBe(0);
      const verified = await run(["verify", "--json", "--data-dir", dataDir], options);
      expect(JSON.parse(verified.stdout)).toMatchObject({
        same: true,
        runs: [{ rows: sentLines, dead_letters: 0 }],
      });
      await store.drop();
    });
  });
}
