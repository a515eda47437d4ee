/** Lines over HTTP into a real process: archived to the byte, and every request answered. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { LIMITS } from "../../src/limits.ts";
import type { Status } from "../../src/model/status.ts";
import {
  json,
  run,
  setUntilTimeout,
  start,
  temporaryDirectory,
  until,
} from "../support/rackwatch.ts";
import { canMountSmallDisk, mountSmallDisk } from "../support/small_disk.ts";
import { lineNow } from "./support/agent.ts";
import { startCrashable } from "./support/crashable.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(120_000);
setUntilTimeout(110_000);

const HAS_SMALL_DISK = await canMountSmallDisk();

const UP = ["up", "--no-demo", "--no-open", "--feed", "none", "--http", "127.0.0.1:0"];

function post(url: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  return fetch(url, { method: "POST", body: body as string, headers });
}

async function isTaking(url: string): Promise<void> {
  await until(() => fetch(`${url}/health`), ({ status }) => status === 200);
}

const golden = (name: string) =>
  Bun.file(join(import.meta.dir, `../golden/requests/${name}.bin`)).bytes();

/** All live bytes, oldest run first. */
async function archivedText(dataDir: string): Promise<string> {
  const live = join(dataDir, "live_data");
  const texts: string[] = [];
  for (const name of (await readdir(live, { recursive: true })).sort()) {
    if (name.endsWith(".ndjson")) texts.push(await readFile(join(live, name), "utf8"));
  }
  return texts.join("");
}

function linesNow(count: number, more: Readonly<Record<string, unknown>> = {}): string {
  return Array.from({ length: count }, (_, i) => lineNow(`host-${i % 50}`, more) + "\n").join("");
}

async function errorOf(response: Response): Promise<{ code: string; message: string }> {
  const { error } = await response.json() as { error: { code: string; message: string } };
  return error;
}

for (const kind of HOT_STORES) {
  describe(`lines over HTTP, ${kind.name}`, () => {
    test("are archived to the byte when the answer comes, and survive a kill right after", async () => {
      await using directory = await temporaryDirectory();
      const store = kind.make();
      const words = [...UP, "--data-dir", directory.path, "--no-compress"];
      await using rackwatch = start(words, store);
      const url = await rackwatch.url();
      await isTaking(url);
      const small = linesNow(3), coded = linesNow(1_000);
      const large = linesNow(8_000, { note: "x".repeat(900) });
      const point = "cpu,host=web-1 usage_idle=97.5 1763692976000000000\n";
      expect(await (await post(`${url}/ingest`, small)).json()).toEqual({ archived_lines: 3 });
      expect((await post(`${url}/write?db=any`, point)).status).toBe(204);
      const gzip = { "content-encoding": "gzip" };
      expect((await post(`${url}/ingest`, gzipSync(coded), gzip)).status).toBe(200);
      const answer = await post(`${url}/ingest`, large);
      rackwatch.process.kill("SIGKILL");
      expect(await answer.json()).toEqual({ archived_lines: 8_000 });
      expect(await archivedText(directory.path)).toBe(small + point + coded + large);
      await rackwatch.process.exited;

      await using again = start(words, store);
      await isTaking(await again.url());
      expect(await again.stop()).toBe(0);
      const report = await run(["verify", "--json", "--data-dir", directory.path], store);
      expect(JSON.parse(report.stdout)).toMatchObject({ same: true });
      await store.drop();
    });

    test("of a body that is too large are refused in words, and counted", async () => {
      await using directory = await temporaryDirectory();
      const store = kind.make();
      await using rackwatch = start([...UP, "--data-dir", directory.path], store);
      const url = await rackwatch.url();
      await isTaking(url);
      const body = "x".repeat(LIMITS.httpBodyBytesMax + 1);
      const response = await post(`${url}/ingest`, body);
      expect(response.status).toBe(413);
      expect((await errorOf(response)).code).toBe("body_too_large");
      expect(await (await fetch(`${url}/metrics`)).text())
        .toContain('rackwatch_ingest_refused_total{path="/ingest",reason="body_too_large"} 1');
      expect(await rackwatch.stop()).toBe(0);
      await store.drop();
    });

    test("become readings, whichever of the agents' ways they came", async () => {
      await using directory = await temporaryDirectory();
      const store = kind.make();
      await using rackwatch = start([...UP, "--data-dir", directory.path], store);
      const url = await rackwatch.url();
      await isTaking(url);
      const point = `cpu,cpu=cpu-total,host=tg-1,region=Lab usage_idle=75 ${Date.now()}000000\n`;
      expect((await post(`${url}/api/v2/write?org=x&bucket=y`, point)).status).toBe(204);
      const protobuf = { "content-type": "application/x-protobuf" };
      expect((await post(`${url}/v1/metrics`, await golden("otlp"), protobuf)).status).toBe(200);
      const written = await post(`${url}/api/v1/write`, await golden("remote_write"), {
        ...protobuf,
        "content-encoding": "snappy",
      });
      expect(written.status).toBe(204);
      const { layers: { speed } } = await until(
        () => json<Status>(`${url}/api/status`),
        ({ layers }) => layers.speed.archived_lines > 2 && layers.speed.pending_lines === 0,
      );
      expect(speed).toMatchObject({ dead_letters: 0, received_lines: speed.archived_lines });
      const { hosts } = await json<{ hosts: { host_id: string }[] }>(`${url}/api/hosts`);
      const names = hosts.map((host) => host.host_id).sort();
      expect(names).toEqual(["h:9100", "otel-1", "tg-1"]);
      expect(await rackwatch.stop()).toBe(0);
      await store.drop();
    });
  });
}

describe("a request with lines", () => {
  const begin = async () => {
    const directory = await temporaryDirectory();
    const rackwatch = startCrashable([...UP, "--data-dir", directory.path]);
    const url = await rackwatch.url();
    await isTaking(url);
    return {
      rackwatch,
      url,
      dataDir: directory.path,
      async [Symbol.asyncDispose]() {
        await rackwatch[Symbol.asyncDispose]();
        await directory[Symbol.asyncDispose]();
      },
    };
  };

  test("that waits when the speed thread crashes gets 503, and the next ones are taken", async () => {
    await using house = await begin();
    const { rackwatch, url } = house;
    await rackwatch.stallDisk("speed");
    const waiting = post(`${url}/ingest`, linesNow(1));
    // It waits: what was received is not archived.
    await until(
      () => json<Status>(`${url}/api/status`),
      ({ layers }) => layers.speed.received_bytes > 0,
    );
    await rackwatch.crash("speed");
    const refused = await waiting;
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).not.toBeNull();
    expect(await errorOf(refused)).toMatchObject({
      code: "failed",
      message: expect.stringContaining("may be archived all the same"),
    });
    const sent = linesNow(2);
    await until(() => post(`${url}/ingest`, sent), ({ status }) => status === 200);
    expect(await archivedText(house.dataDir)).toEndWith(sent);
  });

  test("is refused with 503 in time, and with 429 where too many wait, while a disk hangs", async () => {
    await using house = await begin();
    const { rackwatch, url } = house;
    await rackwatch.stallDisk("speed");
    const waiting = Array.from(
      { length: LIMITS.ingestRequestsMax },
      () => post(`${url}/ingest`, linesNow(1)),
    );
    const busy = await until(() => post(`${url}/ingest`, ""), ({ status }) => status !== 200);
    expect(busy.status).toBe(429);
    expect(busy.headers.get("retry-after")).toBe("1");
    expect((await errorOf(busy)).code).toBe("too_busy");
    const answers = await Promise.all(waiting);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect((await errorOf(answers[0]!)).code).toBe("too_slow");
    // The speed layer has their lines still: their places are not free.
    expect((await post(`${url}/ingest`, "")).status).toBe(429);
  });

  test("that waits when a disk fails is answered before the process ends", async () => {
    await using house = await begin();
    await house.rackwatch.breakDisk("speed");
    const refused = await post(`${house.url}/ingest`, linesNow(1));
    expect(refused.status).toBe(503);
    expect((await errorOf(refused)).code).toBe("failed");
    expect(await house.rackwatch.process.exited).toBe(74);
  });

  test("that is under way at a stop is answered, and what was confirmed is archived", async () => {
    await using house = await begin();
    const { rackwatch, url } = house;
    const confirmed: string[] = [];
    const send = async (client: number) => {
      for (let i = 0;; i++) {
        const sent = linesNow(200, { client, i });
        const answer = await post(`${url}/ingest`, sent).catch(() => null);
        if (answer?.status === 200) confirmed.push(sent);
        // Refused, or not connected any more: the end has begun.
        if (answer === null || answer.status === 503) return;
        expect(answer.status).toBe(200);
      }
    };
    const sending = Array.from({ length: 8 }, (_, client) => send(client));
    await until(() => confirmed.length, (count) => count > 20);
    expect(await rackwatch.stop()).toBe(0);
    await Promise.all(sending);
    const archived = await archivedText(house.dataDir);
    expect(confirmed.filter((sent) => !archived.includes(sent))).toEqual([]);
  });

  test("gets 503 from a process that only serves", async () => {
    await using directory = await temporaryDirectory();
    await using serving = start(
      ["serve", "--no-open", "--http", "127.0.0.1:0", "--data-dir", directory.path],
    );
    const refused = await post(`${await serving.url()}/ingest`, linesNow(1));
    expect(refused.status).toBe(503);
    expect((await errorOf(refused)).code).toBe("not_the_writer");
  });

  test.if(HAS_SMALL_DISK)("gets 503 on a full disk, and is taken once there is room", async () => {
    await using disk = (await mountSmallDisk(256 * 1_048_576))!;
    const dataDir = join(disk.path, "data");
    const words = [...UP, "--no-compress", "--data-dir", dataDir];
    await using rackwatch = start(words, { enter: disk.enter });
    const url = await rackwatch.url();
    await isTaking(url);
    await disk.fill();
    const waiting = post(`${url}/ingest`, linesNow(10_000));
    await rackwatch.log(({ message }) => message.startsWith("disk full"));
    const refused = await until(() => post(`${url}/ingest`, ""), ({ status }) => status === 503);
    expect((await errorOf(refused)).code).toBe("disk_full");
    await disk.makeRoom();
    expect(await (await waiting).json()).toEqual({ archived_lines: 10_000 });
    await until(() => post(`${url}/ingest`, linesNow(1)), ({ status }) => status === 200);
  });
});
