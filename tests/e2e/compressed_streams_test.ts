/** Agents that compress their connections, through a whole process: real sockets, real archive. */
import { describe, expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as zlib from "node:zlib";
import type { Status } from "../../src/model/status.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { json, run, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { lineNow } from "./support/agent.ts";

const UP = [
  ...["up", "--no-demo", "--no-open", "--feed", "none"],
  ...["--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
];

interface Hosts {
  readonly hosts: readonly { readonly host_id: string }[];
}

const FORMATS = [
  { format: "gzip", pack: zlib.gzipSync },
  { format: "zstd", pack: zlib.zstdCompressSync },
] as const;

/** All of it, then the end; resolves once the connection is closed, with what was answered. */
function sendAll(at: { hostname: string; port: number }, bytes: Uint8Array): Promise<string> {
  let rest = bytes;
  let heard = "";
  const { promise, resolve } = Promise.withResolvers<string>();
  const push = (socket: Bun.Socket) => {
    while (rest.length > 0) {
      const taken = socket.write(rest);
      if (taken <= 0) return;
      rest = rest.subarray(taken);
    }
    socket.shutdown();
  };
  Bun.connect({
    ...at,
    allowHalfOpen: true,
    socket: {
      open: push,
      drain: push,
      data: (_socket, answer) => void (heard += String(answer)),
      end: (socket) => void socket.end(),
      close: () => resolve(heard),
    },
  }).catch(() => resolve("not connected"));
  return promise;
}

async function archivedText(dataDir: string): Promise<string> {
  const live = join(dataDir, "live_data");
  const runs = await readdir(live);
  return await readFile(join(live, runs[0]!, "part-000000.ndjson"), "utf8");
}

async function speedOf(rackwatch: Started, claim: (speed: Status["layers"]["speed"]) => boolean) {
  const url = await rackwatch.url();
  const status = await until(
    () => json<Status>(`${url}/api/status`),
    ({ layers }) => layers.speed.pending_lines === 0 && claim(layers.speed),
  );
  return status.layers.speed;
}

for (const { format, pack } of FORMATS) {
  describe(`connections of ${format}`, () => {
    test("are archived as their content, and a broken one is told of", async () => {
      await using directory = await temporaryDirectory();
      const dataDir = ["--data-dir", directory.path];
      await using rackwatch = start([...UP, ...dataDir]);
      await rackwatch.url();
      const token = (await run(["token", "create", "rack-7", ...dataDir])).stdout.trim();
      const greeting = JSON.stringify({ token }) + "\n";
      const at = await rackwatch.address("listening for agents");
      const lines = Array.from({ length: 500 }, (_, i) => `${lineNow(`web-${i % 5}`, { i })}\n`);
      const good = [greeting, ...lines.slice(0, 400)].map((line) => pack(line));
      expect(await sendAll(at, Buffer.concat(good))).toBe("");
      const bad = [greeting, lines.slice(400).join("")].map((line) => pack(line));
      const heard = await sendAll(at, Buffer.concat([...bad, Buffer.from("no member")]));
      expect(JSON.parse(heard).error.code).toBe("damaged_stream");
      const told = await rackwatch.log((line) => line["code"] === "damaged_stream");
      expect(told["from"]).toBe("127.0.0.1");
      expect(told["reason"]).toContain(`the ${format} stream is damaged at its offset`);

      const speed = await speedOf(rackwatch, ({ committed_rows }) => committed_rows >= 500);
      expect(speed).toMatchObject({ received_lines: 500, dead_letters: 0, broken_streams: 1 });
      expect(speed.refused_agents).toEqual({ damaged_stream: 1 });
      const metrics = await (await fetch(`${await rackwatch.url()}/metrics`)).text();
      expect(metrics).toContain("rackwatch_speed_broken_streams_total 1");
      expect(metrics)
        .toContain('rackwatch_speed_agents_refused_total{reason="damaged_stream"} 1');
      expect(await rackwatch.stop()).toBe(0);
      expect(await archivedText(directory.path)).toBe(lines.join(""));
      expect((await run(["verify", ...dataDir])).code).toBe(0);
    }, 60_000);

    test(
      "with damaged bytes: received are committed and rejected, and the next is taken",
      async () => {
        await using directory = await temporaryDirectory();
        const dataDir = ["--data-dir", directory.path];
        await using rackwatch = start([...UP, ...dataDir]);
        await rackwatch.url();
        const at = await rackwatch.address("listening for agents");
        const random = seededRandom(17);
        const many = Array.from({ length: 60 }, () => {
          const lines = Array.from({ length: 30 }, (_, i) => `${lineNow(`h-${i}`)}\n`).join("");
          const stream = Buffer.concat([pack(lineNow("first") + "\n"), pack(lines)]);
          stream[Math.floor(random.next() * stream.length)] = Math.floor(random.next() * 256);
          return sendAll(at, stream);
        });
        const heard = await Promise.all(many);
        expect(heard.filter((answer) => answer.includes("damaged_stream")).length).toBeGreaterThan(
          9,
        );
        await sendAll(at, pack(`${lineNow("the-last")}\n`));
        const url = await rackwatch.url();
        await until(
          () => json<Hosts>(`${url}/api/hosts?limit=1000`).catch((): Hosts => ({ hosts: [] })),
          ({ hosts }) => hosts.some(({ host_id }) => host_id === "the-last"),
        );
        const speed = await speedOf(rackwatch, () => true);
        expect(speed.received_lines).toBe(
          speed.committed_rows + speed.dead_letters + speed.ignored_records,
        );
        expect(speed.broken_streams).toBeGreaterThan(9);
        expect(await rackwatch.stop()).toBe(0);
        expect((await run(["verify", ...dataDir])).code).toBe(0);
      },
      60_000,
    );
  });
}
