/**
 * An acknowledging agent and a rackwatch that is killed again and again, as real processes. Longer,
 * by hand: RACKWATCH_TEST_KILLS=200 bun test tests/e2e/acknowledgement_test.ts
 */
import { describe, expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { compareRunIds } from "../../src/archive/names.ts";
import type { VerifyReport } from "../../src/workers/verify/verify_store.ts";
import { sendAcknowledged } from "../support/ack_client.ts";
import { run, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

const WORDS = [
  ...["up", "--no-demo", "--no-open", "--feed", "none"],
  ...["--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
];
const KILLS = Number(process.env["RACKWATCH_TEST_KILLS"] ?? 10);
const LINES = KILLS * 2_000;

for (const kind of HOT_STORES) {
  describe(`acknowledgement, ${kind.name}`, () => {
    test(
      `${LINES} lines over ${KILLS} kills are each archived and stored once, in order`,
      async () => {
        await using directory = await temporaryDirectory();
        const store = kind.make();
        const startedMs = Date.now() - 20_000;
        const lines = Array.from({ length: LINES }, (_, i) => {
          // A blank line and one that is none count as well; the archive has their very bytes.
          if (i % 50 === 7) return "";
          if (i % 50 === 8) return "no JSON, é ☃ \u0000\r";
          const timestamp = new Date(startedMs + i).toISOString();
          return JSON.stringify({ host_id: "agent", timestamp, temp_c: 50, power_watts: i + 1 });
        });
        let rackwatch: Started = start([...WORDS, "--data-dir", directory.path], store);
        let restarting: Promise<void> = Promise.resolve();
        let kills = 0, isKilled = false;
        const restart = async () => {
          isKilled = true;
          rackwatch.process.kill("SIGKILL");
          await rackwatch.process.exited;
          rackwatch = start([...WORDS, "--data-dir", directory.path], store);
          isKilled = false;
        };
        const connections = await sendAcknowledged(lines, {
          stream: "agent-1",
          address: async () => {
            await restarting;
            const { hostname: host, port } = await rackwatch.address("listening for agents");
            return { host, port };
          },
          onAck: (acked) => {
            if (
              isKilled || acked <= ((kills + 0.5) * LINES) / (KILLS + 1) || kills >= KILLS
            ) return;
            kills++;
            restarting = restart();
          },
        });
        expect({ kills, connections }).toEqual({ kills: KILLS, connections: KILLS + 1 });
        const sent = Buffer.from(lines.map((line) => line + "\n").join(""));
        expect(sent.equals(await archivedBytes(directory.path))).toBe(true);
        const numbers = lines.flatMap((line, i) => line.startsWith("{") ? [i + 1] : []);
        expect(await storedNumbers(await rackwatch.url(), numbers.length)).toEqual(numbers);
        expect(await rackwatch.stop()).toBe(0);
        const verified = await run(["verify", "--json", "--data-dir", directory.path], store);
        const { same, runs } = JSON.parse(verified.stdout) as VerifyReport;
        expect({ code: verified.code, same }).toEqual({ code: 0, same: true });
        expect(runs.reduce((sum, one) => sum + one.dead_letters, 0)).toBe(LINES / 50);
        await store.drop();
      },
      KILLS * 18_000,
    );
  });
}

async function archivedBytes(dataDir: string): Promise<Buffer> {
  const live = join(dataDir, "live_data");
  const bytes: Uint8Array[] = [];
  for (const run of (await readdir(live)).sort(compareRunIds)) {
    for (const name of (await readdir(join(live, run))).sort()) {
      const path = join(live, run, name);
      if (name.endsWith(".ndjson")) bytes.push(await readFile(path));
      else if (name.endsWith(".zst")) bytes.push(Bun.zstdDecompressSync(await readFile(path)));
    }
  }
  return Buffer.concat(bytes);
}

/** The readings' numbers in the order of their times, which is the order of sending. */
async function storedNumbers(url: string, count: number): Promise<number[]> {
  return await until(async () => {
    const answer = await fetch(`${url}/api/readings?limit=1000000&order=asc&format=ndjson`);
    const rows = (await answer.text()).split("\n").filter((row) => row !== "");
    return rows.map((row) => (JSON.parse(row) as { power_watts: number }).power_watts);
  }, (numbers) => numbers.length >= count);
}
