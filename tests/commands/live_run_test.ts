/** What can be done with an archived live run, each command a process of its own. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { open, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HOT_STORES } from "../e2e/support/hot_stores.ts";
import { json, run, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import { wireLines } from "../workers/support/speed_lives.ts";

setDefaultTimeout(60_000);

// One kind is enough here: what differs between the stores is tested below the commands.
const store = HOT_STORES.at(-1)!.make();
afterAll(() => store.drop());

const LINES = 400;

describe("an archived run", () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let sent = "";
  let runId = "";
  const data = () => ["--data-dir", directory.path];
  const partPath = () => join(directory.path, "live_data", runId, "part-000000.ndjson");

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const csv = "host,time,temp_fahrenheit,region\n" +
      Array.from(
        { length: 50 },
        (_, i) =>
          `lab-${i % 4},2026-01-31T12:${String(i).padStart(2, "0")}:00Z,${100 + i * 3},Lab\n`,
      ).join("");
    await writeFile(join(directory.path, "lab.csv"), csv);
    await writeFile(
      join(directory.path, "rackwatch.toml"),
      `[[source]]\nname = "lab"\npath = "lab.csv"\n`,
    );
    sent =
      wireLines(LINES, (i) => ({ temp_c: i < LINES / 2 ? 60 : 85 + i % 7, cpu_load: i % 95 })) +
      "no json\n";
    const words = ["--config", join(directory.path, "rackwatch.toml"), "--http", "127.0.0.1:0"];
    const listen = ["--feed", "none", "--listen", "127.0.0.1:0"];
    const rackwatch = start(["up", ...words, ...listen, ...data()], store);
    const url = await rackwatch.url();
    const { hostname, port } = await rackwatch.address("listening for agents");
    const socket = await Bun.connect({ hostname, port, socket: { data: () => {} } });
    socket.write(sent);
    socket.flush();
    const { layers } = await until(
      () => json<{ layers: Layers }>(`${url}/api/status`),
      ({ layers: { speed, batch } }) =>
        speed.archived_lines === LINES + 1 && speed.pending_lines === 0 && batch.rows_loaded === 50,
    );
    runId = layers.speed.run_id;
    socket.end();
    expect(await rackwatch.stop()).toBe(0);
  });
  afterAll(() => directory[Symbol.asyncDispose]());

  test("verifies, as one JSON object on stdout", async () => {
    const { code, stdout } = await run(["verify", "--json", ...data()], store);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      same: true,
      runs: [
        { run: runId, lines: LINES + 1, rows: LINES, dead_letters: 1, differences: [] },
        { kind: "batch", lines: 50, rows: 50, dead_letters: 0, differences: [] },
      ],
    });
  });

  test("the batch command holds its rollups against the archive, and says so", async () => {
    const words = ["batch", "--config", join(directory.path, "rackwatch.toml"), ...data()];
    const { code, stdout } = await run([...words, "--json"], store);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).reconciliation).toMatchObject({ runs: 1, differing_buckets: 0 });
    const again = await run(words, store);
    expect(again.stdout).toMatch(/1 live run reconciled with the archive up to .*: 0 of \d+/);
  });

  test("replayed, gives the bytes that were received", async () => {
    const words = ["replay", runId, "--speed", "0", "--feed", "127.0.0.1:0"];
    const replay = start([...words, ...data()], store);
    const { hostname, port } = await replay.address("serving an archived run");
    const heard = await allBytes(hostname, port);
    expect(heard).toBe(sent);
    expect(await replay.process.exited).toBe(0);
  });

  test("replayed to another rackwatch, gives the same readings and rejects", async () => {
    const replay = start(
      ["replay", runId, "--speed", "0", "--feed", "127.0.0.1:0", ...data()],
      store,
    );
    const { hostname, port } = await replay.address("serving an archived run");
    await using other = await temporaryDirectory();
    const second = HOT_STORES.at(-1)!.make();
    const feed = ["--no-demo", "--feed", `tcp://${hostname}:${port}`];
    const words = ["up", ...feed, "--http", "127.0.0.1:0", "--data-dir", other.path];
    const rackwatch = start(words, second);
    const url = await rackwatch.url();
    await until(
      () => json<{ layers: Layers }>(`${url}/api/status`),
      ({ layers: { speed } }) => speed.archived_lines === LINES + 1 && speed.pending_lines === 0,
    );
    expect(await replay.process.exited).toBe(0);
    const serve = start(["serve", "--http", "127.0.0.1:0", "--no-open", ...data()], store);
    const first = await serve.url();
    await until(() => fetch(`${first}/readyz`), (response) => response.ok);
    for (
      const path of [
        "readings?region=USA&limit=1000&order=asc&format=ndjson",
        "histogram?metric=temp_c&region=USA&from=2025-01-01&to=2027-01-01",
        "series?metric=cpu_load&region=USA&points=50&from=2025-01-01&to=2027-01-01",
      ]
    ) {
      const answers = await Promise.all(
        [first, url].map(async (at) => await (await fetch(`${at}/api/${path}`)).text()),
      );
      expect([path, answers[1]]).toEqual([path, answers[0]]);
    }
    const [before, after] = await Promise.all(
      [first, url].map((at) => json<{ region: string }[]>(`${at}/api/alerts`)),
    );
    expect(after).toEqual(before!.filter((one) => one.region === "USA"));
    expect(after).not.toBeEmpty();
    const rejects = await json<{ raw: string; code: string }[]>(`${url}/api/dead-letters`);
    expect(rejects).toMatchObject([{ raw: "no json", code: "invalid_json" }]);
    expect(await rackwatch.stop()).toBe(0);
    expect(await serve.stop()).toBe(0);
    await second.drop();
  });

  test("rebuilt, the API answers the same", async () => {
    const serve = start(["serve", "--http", "127.0.0.1:0", "--no-open", ...data()], store);
    const url = await serve.url();
    const now = Date.now();
    const live = `from=${now - 600_000}&to=${now}`;
    const history = "from=2026-01-31T12:00:00Z&to=2026-01-31T13:00:00Z";
    const paths = [
      `series?metric=temp_c&${live}`,
      `series?metric=temp_c&region=Lab&${history}`,
      `histogram?metric=temp_c&${live}`,
      `histogram?metric=temp_c&region=Lab&${history}`,
      "readings?limit=1000&order=asc",
      "alerts",
      "hosts?limit=100",
    ];
    const answers = () =>
      Promise.all(paths.map(async (path) => {
        const answer = await json<Record<string, unknown>>(`${url}/api/${path}`);
        // Keys that stand for the moment of asking.
        return JSON.stringify(answer, (key, value) =>
          /^(now|server_ms|state)$/.test(key) ? 0 : value);
      }));
    await until(() => fetch(`${url}/readyz`), (response) => response.ok);
    const before = await answers();
    expect(before[4]).toContain("us-cloud-1");
    expect(before[5]).toContain("temperature");

    const { code, stdout } = await run(
      ["rebuild", "--json", "--config", join(directory.path, "rackwatch.toml"), ...data()],
      store,
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      live: { lines: LINES + 1, rows: LINES, deadLetters: 1 },
      batch: { rowsLoaded: 50 },
    });
    const after = await answers();
    paths.forEach((path, index) => expect([path, after[index]]).toEqual([path, before[index]]));
    expect(await serve.stop()).toBe(0);
  });

  test("with a flipped bit does not verify, and the offset is named", async () => {
    const bytes = await readFile(partPath());
    const file = await open(partPath(), "r+");
    await file.write(new Uint8Array([bytes[1000]! ^ 1]), 0, 1, 1000);
    const { code, stdout } = await run(["verify", ...data()], store);
    await file.write(new Uint8Array([bytes[1000]!]), 0, 1, 1000);
    await file.close();
    expect(code).toBe(1);
    expect(stdout).toContain(`DIFFERS  ${runId}`);
    expect(stdout).toMatch(/part-000000\.ndjson offset \d+: \d+ bytes are damaged/);
  });

  test("archives its history under batch_data", async () => {
    const [first] = await readdir(join(directory.path, "batch_data"));
    const lines = await readFile(
      join(directory.path, "batch_data", first!, "readings-000000.ndjson"),
      "utf8",
    );
    expect(lines.trimEnd().split("\n")).toHaveLength(50);
  });
});

test("verify of a store that is not there fails and says so", async () => {
  await using directory = await temporaryDirectory();
  const environment = { DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing" };
  const { code, stdout, stderr } = await run(["verify", "--data-dir", directory.path], {
    environment,
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("ECONNREFUSED");
});

interface Layers {
  readonly speed: { archived_lines: number; pending_lines: number; run_id: string };
  readonly batch: { rows_loaded: number };
}

function allBytes(hostname: string, port: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    Bun.connect({
      hostname,
      port,
      socket: {
        data: (_socket, bytes) => void chunks.push(Uint8Array.from(bytes)),
        close: () => resolve(Buffer.concat(chunks).toString()),
        error: (_socket, error) => reject(error),
      },
    }).catch(reject);
  });
}
