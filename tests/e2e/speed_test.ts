/** The speed layer as a process: bytes in, bytes archived, lines committed or dead-lettered. */
import { describe, expect, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Status } from "../../src/model/status.ts";
import { json, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

const LISTEN = [
  ...["up", "--no-demo", "--no-open", "--feed", "none"],
  ...["--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
];

/** Sends bytes in slices of the given size, each a packet of its own, then closes. */
async function send(at: { hostname: string; port: number }, text: string, sliceBytes: number) {
  const bytes = new TextEncoder().encode(text);
  let sent = 0;
  await new Promise<void>((resolve, reject) => {
    const push = (socket: Bun.Socket) => {
      while (sent < bytes.length) {
        const taken = socket.write(bytes.subarray(sent, sent + sliceBytes));
        if (taken <= 0) return;
        sent += taken;
        socket.flush();
      }
      socket.end();
    };
    void Bun.connect({
      hostname: at.hostname,
      port: at.port,
      socket: {
        open: (socket) => {
          socket.setNoDelay(true);
          push(socket);
        },
        drain: push,
        data: () => {},
        close: () => resolve(),
        error: (_socket, error) => reject(error),
      },
    });
  });
}

async function archivedText(dataDir: string): Promise<string> {
  const live = join(dataDir, "live_data");
  const texts: string[] = [];
  for (const run of (await readdir(live)).sort()) {
    for (const name of (await readdir(join(live, run))).sort()) {
      if (/^part-\d+\.ndjson$/.test(name)) {
        texts.push(await readFile(join(live, run, name), "utf8"));
      } else if (/^part-\d+\.ndjson\.zst$/.test(name)) {
        texts.push(
          new TextDecoder().decode(Bun.zstdDecompressSync(await readFile(join(live, run, name)))),
        );
      }
    }
  }
  return texts.join("");
}

function line(host: string, second: number, more: Record<string, unknown> = {}): string {
  const at = new Date(Date.now() - 30_000 + second).toISOString().slice(0, 23).replace("T", " ");
  return JSON.stringify({ host_id: host, timestamp: at, temp_c: 50, cpu_load: 40, ...more });
}

async function settled(url: string, lines: number): Promise<Status> {
  return await until(
    () => json<Status>(`${url}/api/status`),
    ({ layers: { speed } }) => speed.received_lines >= lines && speed.pending_lines === 0,
  );
}

async function listening(rackwatch: Started) {
  return { url: await rackwatch.url(), agents: await rackwatch.address("listening for agents") };
}

for (const kind of HOT_STORES) {
  describe(`speed layer, ${kind.name}`, () => {
    test("bytes sent are the archive's bytes, and every line is a row or a dead letter", async () => {
      await using directory = await temporaryDirectory();
      const store = kind.make();
      const rackwatch = start([...LISTEN, "--data-dir", directory.path], store);
      const { url, agents } = await listening(rackwatch);
      const sent = [
        line("IND-SRV-1", 1),
        line("us-cloud-1", 2, { voltage: 11.93 }) + "\r",
        "",
        "not json",
        `{"host_id": "x", "timestamp": "2026-02-30 00:00:00", "temp_c": 1}`,
        line("host-é-☃", 3),
        `{"__proto__": {"host_id": "p"}, "temp_c": 1}`,
        line("DE-HPC-1", 4, { power_watts: 0.5 }).replace("0.5", "1e400"),
        line("DE-HPC-2", 5, { temp_c: 1e9 }),
      ].join("\n") + "\n";
      await send(agents, sent, 1);

      const { layers: { speed } } = await settled(url, 8);
      expect(speed).toMatchObject({ received_lines: 8, blank_lines: 1, committed_rows: 3 });
      expect(speed.dead_letters).toBe(5);
      expect(await archivedText(directory.path)).toBe(sent);

      const readings = await json<{ host_id: string }[]>(
        `${url}/api/readings?limit=10`,
      );
      expect(readings.map((one) => one.host_id).sort()).toEqual([
        "IND-SRV-1",
        "host-é-☃",
        "us-cloud-1",
      ]);
      expect(await rackwatch.stop()).toBe(0);
      await store.drop();
    });

    test("readyz says 200 only once the speed layer takes lines", async () => {
      await using directory = await temporaryDirectory();
      const store = kind.make();
      for (let round = 0; round < 3; round++) {
        const rackwatch = start([...LISTEN, "--data-dir", directory.path], store);
        const url = await rackwatch.url();
        const { layers } = await until(
          async () => {
            const { ok } = await fetch(`${url}/readyz`);
            return ok ? await json<Status>(`${url}/api/status`) : null;
          },
          (status) => status !== null,
        ) as Status;
        expect(layers.speed).toMatchObject({
          state: "running",
          listen: expect.stringContaining("tcp"),
        });
        expect(await rackwatch.stop()).toBe(0);
      }
      await store.drop();
    });

    test("killed at once and again, it has every archived line exactly once", async () => {
      await using directory = await temporaryDirectory();
      const store = kind.make();
      const words = [...LISTEN, "--data-dir", directory.path];
      let sentLines = 0;
      for (let life = 0; life < 3; life++) {
        const rackwatch = start(words, store);
        const { url, agents } = await listening(rackwatch);
        const lines = Array.from({ length: 2_000 }, (_, i) => line(`host-${i % 7}`, i));
        await send(agents, lines.join("\n") + "\n", 65_536);
        sentLines += lines.length;
        // Archived, and at whatever point of being committed.
        await until(
          () => json<Status>(`${url}/api/status`),
          ({ layers }) => layers.speed.archived_lines === lines.length,
        );
        rackwatch.process.kill("SIGKILL");
        await rackwatch.process.exited;
      }
      const last = start(words, store);
      const url = await last.url();
      const regions = await until(
        () => json<{ rows: number }[]>(`${url}/api/regions`).catch(() => []),
        (answer) => answer.reduce((sum, one) => sum + one.rows, 0) >= sentLines,
      );
      expect(regions.reduce((sum, one) => sum + one.rows, 0)).toBe(sentLines);
      expect((await archivedText(directory.path)).split("\n").length - 1).toBe(sentLines);
      await last.stop();
      await store.drop();
    });
  });
}
